import MQTTClient

/// A message as it came from the broker, with what the router needs of it.
public struct Delivery: Sendable {
    /// The topic's name.
    public var topic: String
    /// The payload; empty when it was too large to be taken in.
    public var payload: [UInt8]
    /// The payload's true size in bytes.
    public var size: Int
    /// Whether it is a retained message, left by somebody at some time.
    public var isRetained: Bool
    /// MQTT 5: where the sender wants the answer.
    public var responseTopic: String?
    /// MQTT 5: what the sender wants back with the answer.
    public var correlationData: [UInt8]?
    /// MQTT 5: how long the message is still good for.
    public var expiry: Duration?
    /// MQTT 5: user properties, in their order.
    public var userProperties: [(name: String, value: String)]
    /// Whether the message may have waited in the agent's session at the broker while the agent was away.
    public var mayHaveWaited: Bool
    /// When it came, where it was held since for a PDU that had no owner.
    var arrived: Now?
    /// Whether one that came later has been carried out meanwhile by another agent.
    var isOvertaken = false

    /// A message.
    public init(
        topic: String,
        payload: [UInt8],
        size: Int? = nil,
        isRetained: Bool = false,
        responseTopic: String? = nil,
        correlationData: [UInt8]? = nil,
        expiry: Duration? = nil,
        userProperties: [(name: String, value: String)] = [],
        mayHaveWaited: Bool = false
    ) {
        self.topic = topic
        self.payload = payload
        self.size = size ?? payload.count
        self.isRetained = isRetained
        self.responseTopic = responseTopic
        self.correlationData = correlationData
        self.expiry = expiry
        self.userProperties = userProperties
        self.mayHaveWaited = mayHaveWaited
    }

}

extension Delivery {
    /// A message as the MQTT client delivers it.
    init(_ message: IncomingMessage, mayHaveWaited: Bool) {
        self.init(
            topic: message.topic,
            payload: message.payload ?? [],
            size: message.payloadSize,
            isRetained: message.isRetained,
            responseTopic: message.properties.responseTopic,
            correlationData: message.properties.correlationData,
            expiry: message.properties.messageExpiryInterval.map { .seconds(Int64($0)) },
            userProperties: message.properties.userProperties.map { ($0.name, $0.value) },
            mayHaveWaited: mayHaveWaited
        )
    }
}
