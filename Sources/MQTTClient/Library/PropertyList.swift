import CMosquitto
import Glibc

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

/// Reads MQTT 5 properties out of libmosquitto's lists.
enum PropertyReader {
    /// The properties of a message.
    ///
    /// - Parameter limit: how many bytes of user properties are read.
    /// - Returns: the properties; nothing when the user properties are longer than that.
    static func messageProperties(of list: OpaquePointer?, limit: Int) -> MessageProperties? {
        guard list != nil else { return MessageProperties() }
        var properties = MessageProperties()
        var room = limit
        var current = list
        while let property = current {
            switch mqtt5_property(UInt32(bitPattern: mosquitto_property_identifier(property))) {
            case MQTT_PROP_RESPONSE_TOPIC: properties.responseTopic = string(property, MQTT_PROP_RESPONSE_TOPIC)
            case MQTT_PROP_CONTENT_TYPE: properties.contentType = string(property, MQTT_PROP_CONTENT_TYPE)
            case MQTT_PROP_MESSAGE_EXPIRY_INTERVAL:
                properties.messageExpiryInterval = int32(property, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL)
            case MQTT_PROP_CORRELATION_DATA: properties.correlationData = binary(property, MQTT_PROP_CORRELATION_DATA)
            case MQTT_PROP_USER_PROPERTY:
                if let pair = pair(property) {
                    room -= pair.name.utf8.count + pair.value.utf8.count
                    if room < 0 { return nil }
                    properties.userProperties.append(pair)
                }
            default: break
            }
            current = mosquitto_property_next(property)
        }
        return properties
    }

    /// What the broker's answer to the greeting allows.
    static func brokerLimits(of list: OpaquePointer?) -> BrokerLimits {
        var limits = BrokerLimits()
        guard let list else { return limits }
        if let value = int16(list, MQTT_PROP_RECEIVE_MAXIMUM), value > 0 { limits.receiveMaximum = Int(value) }
        if let value = int32(list, MQTT_PROP_MAXIMUM_PACKET_SIZE), value > 0 { limits.maximumPacketSize = Int(value) }
        if byte(list, MQTT_PROP_MAXIMUM_QOS) == 0 { limits.maximumQoS = .atMostOnce }
        if byte(list, MQTT_PROP_RETAIN_AVAILABLE) == 0 { limits.keepsRetained = false }
        if let value = int16(list, MQTT_PROP_SERVER_KEEP_ALIVE) { limits.keepAlive = Int(value) }
        return limits
    }

    private static func byte(_ list: OpaquePointer, _ property: mqtt5_property) -> UInt8? {
        var value: UInt8 = 0
        return mosquitto_property_read_byte(list, PropertyList.number(property), &value, false) == nil ? nil : value
    }

    private static func int16(_ list: OpaquePointer, _ property: mqtt5_property) -> UInt16? {
        var value: UInt16 = 0
        return mosquitto_property_read_int16(list, PropertyList.number(property), &value, false) == nil ? nil : value
    }

    private static func int32(_ list: OpaquePointer, _ property: mqtt5_property) -> UInt32? {
        var value: UInt32 = 0
        return mosquitto_property_read_int32(list, PropertyList.number(property), &value, false) == nil ? nil : value
    }

    private static func string(_ list: OpaquePointer, _ property: mqtt5_property) -> String? {
        var value: UnsafeMutablePointer<CChar>?
        guard mosquitto_property_read_string(list, PropertyList.number(property), &value, false) != nil else {
            return nil
        }
        defer { free(value) }
        return value.map { String(cString: $0) }
    }

    private static func binary(_ list: OpaquePointer, _ property: mqtt5_property) -> [UInt8]? {
        var value: UnsafeMutableRawPointer?
        var count: UInt16 = 0
        let number = PropertyList.number(property)
        guard mosquitto_property_read_binary(list, number, &value, &count, false) != nil else { return nil }
        defer { free(value) }
        return Array(UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : Int(count)))
    }

    private static func pair(_ list: OpaquePointer) -> UserProperty? {
        var name: UnsafeMutablePointer<CChar>?
        var value: UnsafeMutablePointer<CChar>?
        let number = PropertyList.number(MQTT_PROP_USER_PROPERTY)
        guard mosquitto_property_read_string_pair(list, number, &name, &value, false) != nil else { return nil }
        defer {
            free(name)
            free(value)
        }
        guard let name, let value else { return nil }
        return UserProperty(name: String(cString: name), value: String(cString: value))
    }
}
