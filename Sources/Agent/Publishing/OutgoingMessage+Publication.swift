public import MQTTClient

extension OutgoingMessage {
    /// A publication as the MQTT client takes it.
    public init(_ publication: Publication) {
        var properties = MessageProperties()
        properties.correlationData = publication.correlationData
        self.init(
            topic: publication.topic,
            payload: publication.payload,
            qos: publication.importance == .retainedSample ? .atMostOnce : .atLeastOnce,
            isRetained: publication.importance != .notice,
            properties: properties
        )
    }
}
