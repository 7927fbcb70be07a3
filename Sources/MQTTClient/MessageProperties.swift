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
