/// A message that the broker delivered.
public struct IncomingMessage: Sendable, Hashable {
    /// Where it was published.
    public var topic: String
    /// What it says; nothing when it is longer than the configuration allows, see `isOversized`.
    public var payload: [UInt8]?
    /// How many bytes the payload has, also when it is left out.
    public var payloadSize: Int
    /// How sure it was delivered.
    public var qos: QoS
    /// Whether the broker had kept it from before the subscription, so that it is old. With
    /// `Subscription.retainAsPublished` it says what the publisher asked for instead.
    public var isRetained: Bool
    /// What MQTT 5 says beside the payload; empty with MQTT 3.1.1.
    public var properties: MessageProperties

    /// A message as it would come from a broker.
    public init(
        topic: String,
        payload: [UInt8]?,
        payloadSize: Int? = nil,
        qos: QoS = .atMostOnce,
        isRetained: Bool = false,
        properties: MessageProperties = MessageProperties()
    ) {
        self.topic = topic
        self.payload = payload
        self.payloadSize = payloadSize ?? payload?.count ?? 0
        self.qos = qos
        self.isRetained = isRetained
        self.properties = properties
    }

    /// Whether the payload, or the user properties with it, were too long and have been left out unread.
    public var isOversized: Bool { payload == nil }
}
