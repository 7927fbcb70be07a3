/// One try to connect: where and how.
struct ConnectionAttempt: Sendable, Equatable {
    var broker: BrokerAddress
    var version: ProtocolVersion
}
