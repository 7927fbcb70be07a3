/// What the errors of one device say.
struct ErrorText: Sendable {
    let target: SNMPTarget

    /// The device as people know it, with its address.
    private var device: String {
        let address = target.port == 161 ? target.host : "\(target.host) port \(target.port)"
        return target.label.isEmpty || target.label == target.host ? address : "\(target.label) (\(address))"
    }

    func error(_ code: SNMPError.Code, _ text: String, oid: OID? = nil) -> SNMPError {
        SNMPError(code, "\(device): \(text)", oid: oid)
    }

    var cancelled: SNMPError { error(.cancelled, "the request was cancelled") }

    var overdue: SNMPError {
        error(.notPermitted, "the time in which the SNMP request may be sent was over before it could leave")
    }

    var closed: SNMPError { error(.closed, "the SNMP session is closed") }

    var overloaded: SNMPError {
        error(.overloaded, "\(SessionState.maximumWaiting) SNMP requests are waiting already; ask less often")
    }

    var tooLong: SNMPError {
        error(.invalidArgument, "the request does not fit into a datagram; ask for fewer objects at once")
    }

    func invalid(_ text: String) -> SNMPError {
        error(.invalidArgument, text)
    }

    func unknownHost(_ reason: String) -> SNMPError {
        error(.unknownHost, "the host's name does not resolve (\(reason)); check the name or give the address")
    }

    func notSent(_ number: Int32) -> SNMPError {
        error(.sendFailed, "the SNMP request could not be sent: \(SystemError.text(number))")
    }

    /// No try was answered.
    ///
    /// - Parameter engineAnswered: Version 3: the engine has said who it is, but answers no request.
    func silence(tries: Int, timeout: UInt64, heardNonsense: Bool, engineAnswered: Bool) -> SNMPError {
        let milliseconds = timeout / 1_000_000
        let counted = tries == 1 ? "one try of \(milliseconds) ms" : "\(tries) tries of \(milliseconds) ms"
        if heardNonsense {
            return error(
                .badReply,
                "answers came to the SNMP request, but none of them could be read (\(counted))"
            )
        }
        switch target.credentials {
        case .v1, .v2c:
            return error(
                .noAnswer,
                "no SNMP answer to \(counted); the device is away, or the community is wrong, which looks the same"
            )
        case .v3(let user) where engineAnswered && user.privacy != nil:
            return error(
                .privacySilence,
                "the device's SNMP engine answers, but not to encrypted requests (\(counted)); "
                    + "the privacy passphrase or protocol of user \"\(user.name)\" is probably wrong"
            )
        case .v3(let user) where engineAnswered:
            return error(
                .noAnswer,
                "the device's SNMP engine answers, but not to requests of user \"\(user.name)\" (\(counted))"
            )
        case .v3:
            return error(.noAnswer, "no SNMP answer to \(counted); the device is away, or speaks no SNMP version 3")
        }
    }

    /// A version 3 engine refused the request unread.
    func refusal(_ report: EngineReport) -> SNMPError {
        let user = if case .v3(let user) = target.credentials { user.name } else { "" }
        switch report {
        case .unknownUser:
            return error(.unknownUser, "the device does not know the SNMP user \"\(user)\"")
        case .wrongDigest:
            return error(
                .wrongPassphrase,
                "the device does not accept the authentication of SNMP user \"\(user)\"; "
                    + "check the passphrase and the protocol"
            )
        case .decryptionError:
            return error(
                .wrongPassphrase,
                "the device cannot decrypt requests of SNMP user \"\(user)\"; "
                    + "check the privacy passphrase and the protocol"
            )
        case .unsupportedSecurityLevel:
            return error(
                .unsupportedSecurityLevel,
                "the device does not offer SNMP user \"\(user)\" this security level; "
                    + "check whether it has authentication and privacy there"
            )
        case .notInTimeWindow, .unknownEngine, .other:
            return error(
                .report(report.name),
                "the device's SNMP engine refuses the request again and again (\(report.name))"
            )
        }
    }
}
