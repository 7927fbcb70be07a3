/// What a broker allows on a connection, from its answer to the greeting. MQTT 3.1.1 brokers do not say.
struct BrokerLimits: Sendable, Equatable {
    /// How many messages may be unacknowledged.
    var receiveMaximum = 65_535
    /// The longest packet it takes.
    var maximumPacketSize = Int.max
    /// The highest QoS it takes.
    var maximumQoS: QoS = .atLeastOnce
    /// Whether it keeps retained messages.
    var keepsRetained = true
    /// The keepalive it wants instead of ours, in seconds.
    var keepAlive: Int?
}
