internal import Power
internal import SNMPClient

/// Turns what went wrong below into what the agent acts on.
struct ErrorTranslation: Sendable {
    /// The PDU's name.
    let name: String

    /// A read that failed.
    func reading(_ error: SNMPError) -> DriverError {
        switch error.code {
        case .noAnswer: DriverError(.timeout, error.message)
        case .unknownHost, .sendFailed: DriverError(.unreachable, error.message)
        case .unknownUser, .wrongPassphrase, .privacySilence, .authorizationError, .unsupportedSecurityLevel:
            DriverError(.authentication, error.message)
        case .noSuchObject, .notWritable, .wrongTypeOrValue, .tooBig, .genErr, .report, .badReply:
            DriverError(.badReply, error.message)
        case .cancelled, .closed: DriverError(.cancelled, error.message)
        case .notPermitted: DriverError(.notPermitted, error.message)
        case .overloaded: DriverError(.busy, error.message)
        case .invalidArgument: DriverError(.unsupported, error.message)
        }
    }

    /// A switch of an outlet, or of several, that failed.
    func switching(_ error: SNMPError, _ what: String) -> DriverError {
        let message = "\(what): \(error.message)"
        switch error.code {
        case .noSuchObject:
            return DriverError(.refused, "\(message); check the model and that the device has this outlet")
        case .notWritable:
            return DriverError(
                .refused,
                "\(message); check that the community or user may write, and that the device allows switching by SNMP"
            )
        case .wrongTypeOrValue:
            return DriverError(.refused, "\(message); the outlet may be locked or not in manual mode on the device")
        // Silence after a write that needs the right privacy: nobody can tell whether it was done.
        case .privacySilence: return DriverError(.timeout, message)
        // The device may have carried out a part of it.
        case .genErr: return DriverError(.badReply, message)
        case .tooBig, .report: return DriverError(.refused, message)
        default: return DriverError(reading(error).code, message)
        }
    }

    func surveying(_ failure: SurveyFailure) -> DriverError {
        switch failure {
        case .request(let error): reading(error)
        case .device(let what): DriverError(.badReply, "\(name): \(what)")
        case .configuration(let what): DriverError(.unsupported, "\(name): \(what)")
        }
    }
}
