/// A value as SNMP carries it.
public enum SNMPValue: Sendable, Hashable {
    /// Any of the integer types.
    case number(Int)
    /// An octet string.
    case text(String)
}

extension SNMPValue: CustomStringConvertible {
    /// The number or the text.
    public var description: String {
        switch self {
        case .number(let number): String(number)
        case .text(let text): text
        }
    }
}
