import CMosquitto

/// A list of MQTT 5 properties in libmosquitto's form, freed with this value unless the library takes it over.
struct PropertyList: ~Copyable {
    private(set) var pointer: OpaquePointer?

    init() {}

    /// The properties of a message; no list at all when there are none.
    init(_ properties: MessageProperties) {
        if properties.isEmpty { return }
        if let interval = properties.messageExpiryInterval { add(MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, interval) }
        if let type = properties.contentType { add(MQTT_PROP_CONTENT_TYPE, type) }
        if let topic = properties.responseTopic { add(MQTT_PROP_RESPONSE_TOPIC, topic) }
        if let data = properties.correlationData, let count = UInt16(exactly: data.count) {
            mosquitto_property_add_binary(&pointer, Self.number(MQTT_PROP_CORRELATION_DATA), data, count)
        }
        for property in properties.userProperties {
            let identifier = Self.number(MQTT_PROP_USER_PROPERTY)
            mosquitto_property_add_string_pair(&pointer, identifier, property.name, property.value)
        }
    }

    deinit {
        var pointer = pointer
        mosquitto_property_free_all(&pointer)
    }

    mutating func add(_ property: mqtt5_property, _ value: UInt32) {
        mosquitto_property_add_int32(&pointer, Self.number(property), value)
    }

    private mutating func add(_ property: mqtt5_property, _ value: String) {
        mosquitto_property_add_string(&pointer, Self.number(property), value)
    }

    /// Gives the list away to the library.
    mutating func release() { pointer = nil }

    static func number(_ property: mqtt5_property) -> Int32 { Int32(property.rawValue) }
}
