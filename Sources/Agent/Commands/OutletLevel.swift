public import Power

/// What stood for the outlet in a topic: a number, `all`, or something that is neither.
public enum OutletLevel: Sendable, Hashable, Encodable {
    /// One outlet.
    case number(OutletNumber)
    /// Every outlet of the PDU.
    case all
    /// Neither; kept as it came so that its sender is answered where it listens.
    case other(String)

    /// Reads a topic level.
    public init(topicLevel: Substring) {
        if let number = OutletNumber(topicLevel: topicLevel) {
            self = .number(number)
        } else if topicLevel == "all" {
            self = .all
        } else {
            self = .other(String(topicLevel))
        }
    }

    /// The topic level.
    public var topicLevel: String {
        switch self {
        case .number(let number): number.description
        case .all: "all"
        case .other(let text): text
        }
    }

    /// A number where it is one, else text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if case .number(let number) = self {
            try container.encode(number.rawValue)
        } else {
            try container.encode(topicLevel)
        }
    }
}
