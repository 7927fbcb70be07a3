/// A message for Home Assistant.
struct DiscoveryMessage: Sendable, Equatable {
    var topic: String
    var payload: [UInt8]
    /// Whether the broker keeps it; a step on the way to another message is not kept.
    var isRetained = true

    /// Clears what the broker keeps on a topic, which makes Home Assistant remove what was announced there.
    static func clearing(_ topic: String) -> DiscoveryMessage { DiscoveryMessage(topic: topic, payload: []) }
}
