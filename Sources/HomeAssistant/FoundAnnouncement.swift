import Foundation

/// An announcement that an earlier run of the agent has left at the broker.
struct FoundAnnouncement: Sendable, Equatable {
    private struct Payload: Decodable {
        struct Device: Decodable {
            var identifiers: [String]?
            var viaDevice: String?
            private enum CodingKeys: String, CodingKey {
                case identifiers
                case viaDevice = "via_device"
            }
        }
        struct Component: Decodable {
            var platform: String?
        }
        var origin: DiscoveryOrigin?
        var device: Device?
        var components: [String: Component]?
    }

    /// Where it was found.
    var topic: String
    /// The identifier of the device that it is about.
    var device: String
    /// The agent's device that it is reached through; nothing for an agent's own.
    var viaDevice: String?
    /// The entities named in it by key, where it announces a whole device; nothing where it is about one entity.
    var entities: [String: DiscoveryEntity.Platform]?

    /// Reads an announcement; nothing when it is none of Busbar's. Everybody may write below the prefix, so whatever
    /// does not look like one is left alone.
    init?(topic: String, payload: [UInt8], prefix: String) {
        let levels = topic.dropFirst(prefix.count + 1).split(separator: "/", omittingEmptySubsequences: false)
        guard topic.hasPrefix(prefix + "/"), levels.count == 3, levels[2] == "config",
            levels[1].hasPrefix("busbar"),
            let content = try? JSONDecoder().decode(Payload.self, from: Data(payload)),
            content.origin?.name == DiscoveryOrigin.ownName, let device = content.device?.identifiers?.first
        else { return nil }
        self.topic = topic
        self.device = device
        viaDevice = content.device?.viaDevice
        guard levels[0] == "device" else { return }
        guard levels[1] == device else { return nil }
        entities = (content.components ?? [:]).compactMapValues { component in
            component.platform.flatMap(DiscoveryEntity.Platform.init(rawValue:))
        }
    }
}
