/// The `origin` of a discovery message: who announces.
struct DiscoveryOrigin: Sendable, Equatable, Codable {
    static let ownName = "busbar"

    var name = ownName
    var softwareVersion: String?

    private enum CodingKeys: String, CodingKey {
        case name
        case softwareVersion = "sw_version"
    }
}
