/// Home Assistant's discovery.
public struct HomeAssistantSettings: Sendable, Equatable {
    /// The form of the discovery messages.
    public enum Discovery: String, Sendable, Hashable, CaseIterable {
        /// One message per device, for Home Assistant 2024.11 and later.
        case device
        /// One message per entity, for older versions.
        case components
    }

    /// How the outlets that feed loads appear.
    enum Feeds: String, Sendable, Hashable, CaseIterable {
        /// Among the diagnostics of their PDU.
        case diagnostic
        /// Like any other outlet.
        case shown
    }

    /// `home_assistant.enabled`: where not, what an earlier run has announced is taken back.
    public var isEnabled: Bool
    /// `home_assistant.prefix`: the topic below which Home Assistant looks.
    public var prefix: String
    /// `home_assistant.discovery`.
    public var discovery: Discovery
    /// `home_assistant.feeds`: whether the outlets that feed loads are shown like any other.
    public var showsFeeds: Bool
}
