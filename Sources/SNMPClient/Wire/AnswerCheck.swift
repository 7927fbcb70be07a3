/// Whether an answer is what was asked for.
struct AnswerCheck {
    let operation: Operation
    let version: SNMPVersion
    let errors: ErrorText

    /// The answer's values, or what the device says is wrong.
    func result(_ answer: Answer) -> Result<[VarBind], SNMPError> {
        if answer.errorStatus != 0 { return .failure(refusal(status: answer.errorStatus, index: answer.errorIndex)) }
        let asked = operation.varBinds
        switch operation.kind {
        case .get:
            guard answer.varBinds.count == asked.count,
                zip(answer.varBinds, asked).allSatisfy({ $0.oid == $1.oid })
            else {
                return .failure(errors.error(.badReply, "the SNMP answer is about other objects than were asked for"))
            }
        case .getNext:
            guard answer.varBinds.count == asked.count else {
                return .failure(errors.error(.badReply, "the SNMP answer has more or fewer objects than asked for"))
            }
        case .getBulk, .set:
            // How many GETBULK brings is the device's choice. What a SET did shows when it is read back; firmware is
            // careless with the echo.
            break
        }
        return .success(answer.varBinds)
    }

    /// The error for SNMP's error status (RFC 3416, section 3, and its section 4.2.5 for SET).
    private func refusal(status: Int32, index: Int32) -> SNMPError {
        let position = Int(index) - 1
        let oid = operation.varBinds.indices.contains(position) ? operation.varBinds[position].oid : nil
        let object = oid.map { "object \($0)" } ?? "an object"
        switch status {
        case 1:
            return errors.error(.tooBig, "the SNMP answer does not fit into a message; ask for less at once", oid: oid)
        case 2 where operation.isWrite:
            return errors.error(
                .noSuchObject,
                "the device has no writable \(object), or these credentials may only read (noSuchName)",
                oid: oid
            )
        case 2, 11, 18:
            return errors.error(.noSuchObject, "the device has no \(object) (\(name(status)))", oid: oid)
        case 3, 7, 8, 9, 10, 12:
            return errors.error(
                .wrongTypeOrValue,
                "the device refuses the value for \(object) (\(name(status)))",
                oid: oid
            )
        case 4, 6, 17:
            return errors.error(
                .notWritable,
                "\(object) cannot be written, or not with these credentials (\(name(status)))",
                oid: oid
            )
        case 16:
            return errors.error(
                .authorizationError,
                "the device does not let this SNMP user do this (authorizationError); "
                    + "check the user's access rights and security level on the device",
                oid: oid
            )
        default:
            return errors.error(.genErr, "the device failed on \(object) (\(name(status)))", oid: oid)
        }
    }

    private func name(_ status: Int32) -> String {
        let names = [
            "noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess", "wrongType", "wrongLength",
            "wrongEncoding", "wrongValue", "noCreation", "inconsistentValue", "resourceUnavailable", "commitFailed",
            "undoFailed", "authorizationError", "notWritable", "inconsistentName",
        ]
        let index = Int(status)
        return names.indices.contains(index) ? names[index] : "error status \(status)"
    }
}
