/// The `device` of a discovery message.
struct DiscoveryDevice: Sendable, Equatable, Encodable {
    var identifiers: [String]
    var name: String
    var manufacturer: String?
    var model: String?
    var softwareVersion: String?
    var serialNumber: String?
    var suggestedArea: String?
    var configurationURL: String?
    var viaDevice: String?

    private enum CodingKeys: String, CodingKey {
        case identifiers
        case name
        case manufacturer
        case model
        case softwareVersion = "sw_version"
        case serialNumber = "serial_number"
        case suggestedArea = "suggested_area"
        case configurationURL = "configuration_url"
        case viaDevice = "via_device"
    }
}
