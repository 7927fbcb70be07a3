/// One entity of a device, with the keys of Home Assistant's MQTT discovery.
struct DiscoveryEntity: Sendable, Equatable, Encodable {
    /// What kind of entity it is; a topic level when entities are announced one by one.
    enum Platform: String, Sendable, CaseIterable, Codable {
        case `switch`
        case button
        case sensor
        case binarySensor = "binary_sensor"
    }

    /// The name within its device's message; not sent itself.
    var key: String
    /// What kind of entity it is; sent only where the topic does not say it.
    var platform: Platform
    var name: String
    var uniqueID: String
    var deviceClass: String?
    var stateClass: String?
    var unit: String?
    var precision: Int?
    var category: String?
    var stateTopic: String?
    var valueTemplate: String?
    var commandTopic: String?
    var payloadOn: String?
    var payloadOff: String?
    var payloadPress: String?
    var quality: Int?
    var retain: Bool?
    var attributesTopic: String?
    var attributesTemplate: String?
    var availability: [DiscoveryAvailability]?
    var availabilityMode: String?

    init(_ platform: Platform, key: String, name: String, uniqueID: String) {
        self.platform = platform
        self.key = key
        self.name = name
        self.uniqueID = uniqueID
    }

    private enum CodingKeys: String, CodingKey {
        case name
        case uniqueID = "unique_id"
        case deviceClass = "device_class"
        case stateClass = "state_class"
        case unit = "unit_of_measurement"
        case precision = "suggested_display_precision"
        case category = "entity_category"
        case stateTopic = "state_topic"
        case valueTemplate = "value_template"
        case commandTopic = "command_topic"
        case payloadOn = "payload_on"
        case payloadOff = "payload_off"
        case payloadPress = "payload_press"
        case quality = "qos"
        case retain
        case attributesTopic = "json_attributes_topic"
        case attributesTemplate = "json_attributes_template"
        case availability
        case availabilityMode = "availability_mode"
    }
}
