/// How a process ended.
public enum TerminationStatus: Sendable, Hashable {
    /// It ended by itself with this code; 0 is success.
    case exited(Int32)
    /// It was ended by this signal.
    case signalled(Int32)
    /// It is gone, but somebody else in this process collected it (as happens where SIGCHLD is ignored).
    case unknown
}

extension TerminationStatus: CustomStringConvertible {
    /// As `exit code 1` or `signal 9`.
    public var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signalled(let number): "signal \(number)"
        case .unknown: "an unknown status"
        }
    }
}
