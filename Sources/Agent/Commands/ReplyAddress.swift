/// Where an MQTT 5 sender asked to be answered.
public struct ReplyAddress: Sendable, Hashable, Codable {
    /// The response topic, checked: no wildcard, not below the base topic or the discovery prefix.
    public let topic: String
    /// The correlation data to send back unchanged.
    public let correlationData: [UInt8]?

    /// An address.
    public init(topic: String, correlationData: [UInt8]? = nil) {
        self.topic = topic
        self.correlationData = correlationData
    }
}
