/// One try to connect: where and how.
struct ConnectionAttempt: Sendable, Equatable {
    var broker: BrokerAddress
    var version: ProtocolVersion
    /// Whether only IPv4 is used, because the host's first address is of IPv6 and nobody answered there.
    var avoidsIPv6: Bool
}
