/// The object identifiers of one column: numbers with a place for the outlet, as `1.3.6.1.4.1.318.1.2.{outlet}`.
///
/// Places are `{outlet}`, `{outlet-1}`, `{outlet+1}`, and `{row}` for the arcs that a model gives each outlet itself.
/// Without any it is one object for the whole device.
public struct SimulatedObjectID: Sendable, Hashable {
    private enum Part: Hashable {
        case arc(UInt32)
        case outlet(offset: Int)
        case row
    }

    private let parts: [Part]

    /// Reads a template; nothing when it is not of that form.
    public init?(_ text: some StringProtocol) {
        var parts: [Part] = []
        for word in text.split(separator: ".", omittingEmptySubsequences: false) {
            switch word {
            case "{outlet}": parts.append(.outlet(offset: 0))
            case "{outlet-1}": parts.append(.outlet(offset: -1))
            case "{outlet+1}": parts.append(.outlet(offset: 1))
            case "{row}": parts.append(.row)
            default:
                guard let arc = UInt32(word) else { return nil }
                parts.append(.arc(arc))
            }
        }
        guard !parts.isEmpty else { return nil }
        self.parts = parts
    }

    /// Whether there is one object for each outlet.
    public var isPerOutlet: Bool {
        parts.contains { if case .arc = $0 { false } else { true } }
    }

    /// The object of an outlet; nothing when it would be too long or the outlet has no row.
    public func oid(outlet: Int, row: [UInt32]?) -> SimulatedOID? {
        var arcs: [UInt32] = []
        for part in parts {
            switch part {
            case .arc(let arc): arcs.append(arc)
            case .outlet(let offset):
                guard let arc = UInt32(exactly: outlet + offset) else { return nil }
                arcs.append(arc)
            case .row:
                guard let row else { return nil }
                arcs += row
            }
        }
        return SimulatedOID(arcs)
    }
}

extension SimulatedObjectID: ExpressibleByStringLiteral {
    /// A template in the program's own text; one that is not of the form is an object that nobody can ask for (0).
    public init(stringLiteral text: String) { self = SimulatedObjectID(text) ?? SimulatedObjectID(parts: [.arc(0)]) }

    private init(parts: [Part]) { self.parts = parts }
}
