/// One topic that has to say `online` for an entity to be available.
struct DiscoveryAvailability: Sendable, Equatable, Encodable {
    var topic: String
    var payloadAvailable = "online"
    var payloadNotAvailable = "offline"

    private enum CodingKeys: String, CodingKey {
        case topic
        case payloadAvailable = "payload_available"
        case payloadNotAvailable = "payload_not_available"
    }
}
