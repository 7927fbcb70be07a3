/// A message to be published.
public struct OutgoingMessage: Sendable, Hashable {
    /// Where it goes: 1 to 65,535 bytes without wildcards.
    public var topic: String
    /// What it says.
    public var payload: [UInt8]
    /// How sure it arrives.
    public var qos: QoS
    /// Whether the broker keeps it for those who subscribe later. Of the messages that wait to be sent only the newest
    /// per topic is kept when it is retained; those that are not retained are all kept, up to a bound.
    public var isRetained: Bool
    /// What MQTT 5 says beside the payload; left out with MQTT 3.1.1.
    public var properties: MessageProperties

    /// A message with a payload of bytes.
    public init(
        topic: String,
        payload: [UInt8],
        qos: QoS = .atLeastOnce,
        isRetained: Bool = false,
        properties: MessageProperties = MessageProperties()
    ) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.isRetained = isRetained
        self.properties = properties
    }

    /// A message with a text as its payload.
    public init(
        topic: String,
        text: String,
        qos: QoS = .atLeastOnce,
        isRetained: Bool = false,
        properties: MessageProperties = MessageProperties()
    ) {
        self.init(topic: topic, payload: Array(text.utf8), qos: qos, isRetained: isRetained, properties: properties)
    }

    /// The longest payload that fits into a packet with the longest topic.
    static let maximumPayload = 268_435_455 - 65_535 - 16

    /// How many bytes it takes as a packet, at most.
    var encodedSize: Int { 9 + topic.utf8.count + payload.count + properties.encodedSize }

    func validate() throws(MQTTError) {
        guard Topic.isValidName(topic) else {
            throw MQTTError(
                .invalidMessage,
                "cannot publish to '\(Topic.shown(topic))': a topic has 1 to 65535 bytes and no +, # or NUL"
            )
        }
        guard payload.count <= Self.maximumPayload else {
            throw MQTTError(.invalidMessage, "cannot publish \(payload.count) bytes to '\(topic)': too long for MQTT")
        }
        if properties.isEmpty { return }
        if let response = properties.responseTopic, !Topic.isValidName(response) {
            throw MQTTError(
                .invalidMessage,
                "cannot publish to '\(topic)': its response topic '\(Topic.shown(response))' is not a topic"
            )
        }
        let texts = properties.userProperties.flatMap { [$0.name, $0.value] } + [properties.contentType ?? ""]
        guard (properties.correlationData?.count ?? 0) <= 65_535, texts.allSatisfy(Topic.isValidText) else {
            throw MQTTError(.invalidMessage, "cannot publish to '\(topic)': a property is too long or holds a NUL")
        }
    }
}
