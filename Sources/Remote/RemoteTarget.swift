public import Power

/// One thing that can be commanded.
public enum RemoteTarget: Sendable, Hashable {
    /// An outlet.
    case outlet(OutletID)
    /// A group of the agent's configuration.
    case group(String)
    /// A load of the agent's configuration.
    case load(String)
}

extension RemoteTarget: CustomStringConvertible {
    /// As people write it.
    public var description: String {
        switch self {
        case .outlet(let outlet): "\(outlet)"
        case .group(let name): "@\(name)"
        case .load(let name): "load:\(name)"
        }
    }
}
