import CSNMPShim

/// An IPv4 or IPv6 address with a UDP port.
struct SocketAddress: Sendable, Hashable {
    /// The first eight bytes of the address in memory order; IPv4 has only the first four.
    let high: UInt64
    /// The last eight bytes of an IPv6 address.
    let low: UInt64
    /// The interface of a link-local IPv6 address.
    let scope: UInt32
    let port: UInt16
    let isIPv6: Bool

    init(high: UInt64, low: UInt64 = 0, scope: UInt32 = 0, port: UInt16, isIPv6: Bool = false) {
        self.high = high
        self.low = low
        self.scope = scope
        self.port = port
        self.isIPv6 = isIPv6
    }

    init(_ address: csnmp_address, port: UInt16? = nil) {
        self.init(
            high: address.high,
            low: address.low,
            scope: address.scope,
            port: port ?? address.port,
            isIPv6: address.is_ipv6
        )
    }

    /// The address as the C functions take it.
    var raw: csnmp_address {
        csnmp_address(high: high, low: low, scope: scope, port: port, is_ipv6: isIPv6)
    }

    /// Whether both are the same host's; the port does not count, as some devices answer from another one.
    func isSameHost(as other: SocketAddress) -> Bool {
        high == other.high && low == other.low && isIPv6 == other.isIPv6
    }
}
