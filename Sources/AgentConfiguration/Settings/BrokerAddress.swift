/// Where a broker is.
public struct BrokerAddress: Sendable, Hashable {
    /// A host's name, an IPv4 address, or an IPv6 address without brackets.
    public var host: String
    /// The TCP port; 1883 without TLS and 8883 with it unless given.
    public var port: Int
    /// Whether the address begins with `mqtts://`.
    public var usesTLS: Bool
}

extension BrokerAddress: CustomStringConvertible {
    /// As in the configuration, port included.
    public var description: String {
        "\(usesTLS ? "mqtts" : "mqtt")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
