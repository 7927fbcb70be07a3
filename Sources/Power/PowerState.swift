/// What an outlet can be told to be, and what it is when its device says so.
public enum PowerState: String, Sendable, Hashable, CaseIterable, Codable {
    /// Current can flow.
    case on = "ON"
    /// The outlet is dead.
    case off = "OFF"

    /// The other one, as `TOGGLE` wants it.
    public var opposite: PowerState {
        switch self {
        case .on: .off
        case .off: .on
        }
    }
}

extension PowerState: CustomStringConvertible {
    /// The word used in topics, results and logs.
    public var description: String { rawValue }
}
