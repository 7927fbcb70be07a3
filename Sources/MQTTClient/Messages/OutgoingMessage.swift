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

/// How sure a message arrives. Exactly once (QoS 2) is not offered: its handshake does not survive a lost connection
/// in the library beneath, and everything that needs it carries an id of its own.
public enum QoS: UInt8, Sendable, Hashable, CaseIterable, Comparable {
    /// QoS 0: sent and forgotten.
    case atMostOnce = 0
    /// QoS 1: acknowledged, and sent again when the connection is lost before that.
    case atLeastOnce = 1

    /// Less certain comes first.
    public static func < (one: QoS, other: QoS) -> Bool { one.rawValue < other.rawValue }
}

/// What MQTT 5 says about a message beside its payload. With MQTT 3.1.1 none of it is sent or received.
public struct MessageProperties: Sendable, Hashable {
    /// Where the publisher wants the answer.
    public var responseTopic: String?
    /// What the publisher recognises the answer by; at most 65,535 bytes.
    public var correlationData: [UInt8]?
    /// After how many seconds the message is no longer of use; when received, the seconds that were left.
    public var messageExpiryInterval: UInt32?
    /// A MIME type, as `application/json`.
    public var contentType: String?
    /// Names and values, in order.
    public var userProperties: [UserProperty]

    /// Properties; everything that is not given is absent.
    public init(
        responseTopic: String? = nil,
        correlationData: [UInt8]? = nil,
        messageExpiryInterval: UInt32? = nil,
        contentType: String? = nil,
        userProperties: [UserProperty] = []
    ) {
        self.responseTopic = responseTopic
        self.correlationData = correlationData
        self.messageExpiryInterval = messageExpiryInterval
        self.contentType = contentType
        self.userProperties = userProperties
    }

    /// Whether there is nothing in it.
    public var isEmpty: Bool {
        responseTopic == nil && correlationData == nil && messageExpiryInterval == nil && contentType == nil
            && userProperties.isEmpty
    }

    /// How many bytes it takes in a packet, at most.
    var encodedSize: Int {
        var size = 5
        if let responseTopic { size += 3 + responseTopic.utf8.count }
        if let correlationData { size += 3 + correlationData.count }
        if messageExpiryInterval != nil { size += 5 }
        if let contentType { size += 3 + contentType.utf8.count }
        for property in userProperties { size += 5 + property.name.utf8.count + property.value.utf8.count }
        return size
    }
}

/// A name and a value that a publisher attached to a message; only with MQTT 5. Names may repeat.
public struct UserProperty: Sendable, Hashable {
    /// The name.
    public var name: String
    /// The value.
    public var value: String

    /// A property.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}
