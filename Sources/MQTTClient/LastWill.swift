/// What is said when this client is gone: by the broker when the connection is lost, by the client itself as its last
/// message when it is stopped.
public struct LastWill: Sendable, Hashable {
    /// Where it goes.
    public var topic: String
    /// What it says.
    public var payload: [UInt8]
    /// How sure it arrives.
    public var qos: QoS
    /// Whether the broker keeps it.
    public var isRetained: Bool
    /// How long the broker waits for a reconnection before it speaks, in whole seconds. MQTT 5 only, and only with a
    /// session that lasts as long.
    public var delay: Duration

    /// A will; retained by default, as availability is.
    public init(
        topic: String,
        payload: [UInt8],
        qos: QoS = .atLeastOnce,
        isRetained: Bool = true,
        delay: Duration = .zero
    ) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.isRetained = isRetained
        self.delay = delay
    }

    /// The same, as a message that the client sends itself.
    var message: OutgoingMessage {
        OutgoingMessage(topic: topic, payload: payload, qos: qos, isRetained: isRetained)
    }
}
