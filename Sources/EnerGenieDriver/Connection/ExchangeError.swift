/// Why a device did not give a whole, well-formed answer.
enum ExchangeError: Error, Sendable, Equatable {
    /// No connection came about: nothing has left.
    case unreachable(String)
    /// The connection stood and the request left, but no whole answer came in time.
    case timedOut
    /// The connection ended before the answer was whole.
    case closed(String)
    /// The answer does not follow its protocol.
    case malformed(String)
    /// The answer is larger than any of these devices sends.
    case tooLarge
    /// The agent's leave to write was over before the request could be sent: nothing has left.
    case overdue
    /// The task was cancelled, before the connection stood or later.
    case cancelled(requestLeft: Bool)

    /// Whether the request may have reached the device.
    var requestLeft: Bool {
        switch self {
        case .unreachable, .overdue, .cancelled(requestLeft: false): false
        case .timedOut, .closed, .malformed, .tooLarge, .cancelled(requestLeft: true): true
        }
    }
}
