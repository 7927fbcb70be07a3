/// What a command asks for.
public enum Action: String, Sendable, Hashable, CaseIterable, Codable {
    /// Switch on.
    case on = "ON"
    /// Switch off.
    case off = "OFF"
    /// Read the device, then switch to the other state.
    case toggle = "TOGGLE"
    /// Switch off, wait, switch on: one operation.
    case cycle = "CYCLE"

    /// Reads a word of the command language, in any case: `ON` (`1`, `TRUE`), `OFF` (`0`, `FALSE`), `TOGGLE`,
    /// `CYCLE` (`REBOOT`, `RESET`).
    public init?(word: some StringProtocol) {
        guard word.utf8.count <= 6 else { return nil }
        switch word.uppercased() {
        case "ON", "1", "TRUE": self = .on
        case "OFF", "0", "FALSE": self = .off
        case "TOGGLE": self = .toggle
        case "CYCLE", "REBOOT", "RESET": self = .cycle
        default: return nil
        }
    }

    /// The state that a plain `ON` or `OFF` asks for.
    public var plainState: PowerState? {
        switch self {
        case .on: .on
        case .off: .off
        case .toggle, .cycle: nil
        }
    }
}

extension Action: CustomStringConvertible {
    /// The word used in results and logs.
    public var description: String { rawValue }
}
