import MQTTClient

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
