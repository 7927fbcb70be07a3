/// Where a server of the agent listens.
public struct ListenAddress: Sendable, Hashable {
    /// A host's name, an IPv4 address, or an IPv6 address without brackets.
    public var host: String
    /// The TCP port.
    public var port: Int

    /// Whether only programs on the same host can reach it.
    public var isLoopback: Bool {
        host == "localhost" || host == "::1" || (host.hasPrefix("127.") && HostName.isIPv4(host))
    }
}

extension ListenAddress: CustomStringConvertible {
    /// As in the configuration.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
