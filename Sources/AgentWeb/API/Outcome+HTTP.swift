import Agent
import HTTPTypes

extension Outcome.Status {
    /// How HTTP says it.
    func httpStatus(_ error: CommandResult.Problem?) -> HTTPResponse.Status {
        switch self {
        case .done: .ok
        case .failed: .badGateway
        case .unknown: .gatewayTimeout
        case .expired, .superseded: .conflict
        case .rejected:
            switch error.flatMap({ Outcome.Code(rawValue: $0.code) }) {
            case .badPayload: .badRequest
            case .unknownOutlet, .unknownGroup, .unknownLoad, .unknownPDU: .notFound
            case .protected, .unauthorized: .forbidden
            case .rateLimited: .tooManyRequests
            case .stopping, .journalFailed, .noQuorum: .serviceUnavailable
            default: .conflict
            }
        }
    }
}
