/// What takes commands as a part of a group: an outlet, or a load that several outlets feed.
public enum GroupMember: Sendable, Hashable {
    /// An outlet.
    case outlet(OutletID)
    /// A load, by its name.
    case load(String)

    /// Reads `bench/1` or `load:server1`; nothing when it is of neither form.
    public init?(_ text: String) {
        if text.hasPrefix("load:") {
            let name = text.dropFirst("load:".count)
            guard Identifier.isValid(name) else { return nil }
            self = .load(String(name))
        } else if let outlet = OutletID(text) {
            self = .outlet(outlet)
        } else {
            return nil
        }
    }

    /// The outlet, where it is one.
    public var outlet: OutletID? { if case .outlet(let outlet) = self { outlet } else { nil } }
}

extension GroupMember: CustomStringConvertible {
    /// As `bench/1` or `load:server1`.
    public var description: String {
        switch self {
        case .outlet(let outlet): outlet.description
        case .load(let name): "load:\(name)"
        }
    }
}
