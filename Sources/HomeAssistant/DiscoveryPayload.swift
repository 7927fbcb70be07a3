import Foundation

/// Writes discovery messages.
struct DiscoveryPayload: Encodable {
    private enum Content {
        case device(DiscoveryPlan, removed: [String: DiscoveryEntity.Platform])
        case entity(DiscoveryEntity, DiscoveryPlan)
    }

    private enum Key: String, CodingKey {
        case device
        case origin
        case components
        case platform
        case availability
        case availabilityMode = "availability_mode"
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    private let content: Content

    /// A device with all of its entities. An entity that is no more is named once with nothing but its platform, which
    /// makes Home Assistant remove it.
    static func device(_ plan: DiscoveryPlan, removing removed: [String: DiscoveryEntity.Platform] = [:]) -> [UInt8] {
        bytes(DiscoveryPayload(content: .device(plan, removed: removed)))
    }

    /// One entity with its device.
    static func entity(_ entity: DiscoveryEntity, of plan: DiscoveryPlan) -> [UInt8] {
        bytes(DiscoveryPayload(content: .entity(entity, plan)))
    }

    /// Tells Home Assistant that another topic takes over, so that it keeps the entities when this one is cleared.
    static let migration = Array(#"{"migrate_discovery": true}"#.utf8)

    private static func bytes(_ payload: DiscoveryPayload) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts and whole numbers can always be encoded.
        return (try? encoder.encode(payload)).map(Array.init) ?? []
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch content {
        case .device(let plan, let removed):
            try encode(plan, into: &container)
            var components = container.nestedContainer(keyedBy: Name.self, forKey: .components)
            for entity in plan.entities {
                let slot = components.superEncoder(forKey: Name(entity.key))
                try entity.encode(to: slot)
                var addition = slot.container(keyedBy: Key.self)
                try addition.encode(entity.platform, forKey: .platform)
            }
            for (key, platform) in removed {
                var slot = components.nestedContainer(keyedBy: Key.self, forKey: Name(key))
                try slot.encode(platform, forKey: .platform)
            }
        case .entity(let entity, let plan):
            try encode(plan, into: &container)
            // What the entity says itself replaces what holds for the device.
            try entity.encode(to: encoder)
        }
    }

    private func encode(_ plan: DiscoveryPlan, into container: inout KeyedEncodingContainer<Key>) throws {
        try container.encode(plan.device, forKey: .device)
        try container.encode(plan.origin, forKey: .origin)
        guard !plan.availability.isEmpty else { return }
        try container.encode(plan.availability, forKey: .availability)
        try container.encode("all", forKey: .availabilityMode)
    }
}
