/// Everything that is announced of one device.
struct DiscoveryPlan: Sendable, Equatable {
    var device: DiscoveryDevice
    var origin: DiscoveryOrigin
    /// What holds for every entity that says nothing else; all of them have to be online.
    var availability: [DiscoveryAvailability]
    var entities: [DiscoveryEntity]

    /// The device's identifier.
    var id: String { device.identifiers.first ?? "" }

    /// The kinds of entities by key.
    var platforms: [String: DiscoveryEntity.Platform] {
        Dictionary(entities.map { ($0.key, $0.platform) }) { first, _ in first }
    }
}
