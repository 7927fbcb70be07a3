/// How the agent announces what it has to Home Assistant.
public struct DiscoverySettings: Sendable, Equatable {
    /// The form of the messages.
    public enum Form: String, Sendable, Hashable {
        /// One message per device, for Home Assistant 2024.11 and later.
        case device
        /// One message per entity, for older versions.
        case components
        /// None: what an earlier run, or this one before, has announced is taken back.
        case withdrawn
    }

    /// The topic below which Home Assistant looks; `homeassistant` by default.
    public var prefix: String
    /// The form of the messages.
    public var form: Form
    /// The agent's id.
    public var agent: String
    /// The version of Busbar.
    public var version: String
    /// Whether no other agent is at the broker, so that everything announced below the base topic is this one's.
    public var isSole: Bool
    /// The longest wait after Home Assistant said that it has started, so that not everybody answers at once.
    public var longestBirthWait: Duration

    /// Settings.
    public init(
        prefix: String = "homeassistant",
        form: Form = .device,
        agent: String,
        version: String,
        isSole: Bool = false,
        longestBirthWait: Duration = .seconds(5)
    ) {
        self.prefix = prefix
        self.form = form
        self.agent = agent
        self.version = version
        self.isSole = isSole
        self.longestBirthWait = longestBirthWait
    }

    /// Where Home Assistant says that it has started, and that it stops.
    var statusTopic: String { "\(prefix)/status" }
    /// Where everybody announces; read once, to find what an earlier run has left there.
    var announcementFilter: String { "\(prefix)/+/+/config" }
}
