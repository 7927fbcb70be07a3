internal import Power

/// A step of a session in the native protocol.
enum NativeStep: String, Sendable {
    case starting = "starting a session"
    case authenticating = "answering the challenge"
    case switching = "switching"

    /// The error for an exchange that gave no answer.
    func error(_ failure: ExchangeError, _ endpoint: EnerGenieEndpoint) -> DriverError {
        switch failure {
        case .unreachable(let reason): error(.unreachable, endpoint, "it cannot be reached: \(reason)")
        case .timedOut: error(.timeout, endpoint, silence)
        case .closed(let reason): error(.interrupted, endpoint, "the connection broke before the answer: \(reason)")
        case .malformed(let what): error(.badReply, endpoint, "its answer is not of the protocol: \(what)")
        case .tooLarge: error(.badReply, endpoint, "it sent more than its protocol has")
        case .overdue: .overdue("EnerGenie \(endpoint): \(rawValue)")
        case .cancelled(_): error(.cancelled, endpoint, "the agent gave up")
        }
    }

    /// An error of this step.
    func error(_ code: DriverError.Code, _ endpoint: EnerGenieEndpoint, _ what: String) -> DriverError {
        DriverError(code, "EnerGenie \(endpoint): \(rawValue): \(what)")
    }

    private var silence: String {
        switch self {
        case .starting: "it takes the connection but does not answer; another session may be open"
        case .authenticating: "no answer, which is how it treats a wrong password; it may also be busy"
        case .switching: "it did not answer in time"
        }
    }
}
