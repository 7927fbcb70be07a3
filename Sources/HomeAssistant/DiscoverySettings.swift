public import MQTTClient
public import Power

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

    /// A load, as far as it is announced.
    public struct Load: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// The name for people.
        public var label: String?
        /// The outlets that feed it.
        public var feeds: [OutletID]
        /// Whether a plain `CYCLE` can work: a load with a protected feed refuses it.
        public var canCycle: Bool

        /// A load.
        public init(name: String, label: String? = nil, feeds: [OutletID], canCycle: Bool = true) {
            self.name = name
            self.label = label
            self.feeds = feeds
            self.canCycle = canCycle
        }
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
    /// The loads.
    public var loads: [Load]
    /// Whether the outlets that feed loads are shown like any other, and not among the diagnostics.
    public var showsFeeds: Bool
    /// The longest wait after Home Assistant said that it has started, so that not everybody answers at once.
    public var longestBirthWait: Duration

    /// Settings.
    public init(
        prefix: String = "homeassistant",
        form: Form = .device,
        agent: String,
        version: String,
        isSole: Bool = false,
        loads: [Load] = [],
        showsFeeds: Bool = false,
        longestBirthWait: Duration = .seconds(5)
    ) {
        self.prefix = prefix
        self.form = form
        self.agent = agent
        self.version = version
        self.isSole = isSole
        self.loads = loads
        self.showsFeeds = showsFeeds
        self.longestBirthWait = longestBirthWait
    }

    /// Where Home Assistant says that it has started, and that it stops.
    var statusTopic: String { "\(prefix)/status" }
    /// Where everybody announces; read once, to find what an earlier run has left there.
    private var announcementFilter: String { "\(prefix)/+/+/config" }

    /// What the agent has to hear from the broker to announce in this way.
    ///
    /// - Parameter isLooking: whether it still has to find what an earlier run has announced.
    public func subscriptions(isLooking: Bool) -> [Subscription] {
        let status = Subscription(statusTopic, retainHandling: .never, isRequired: false)
        guard isLooking else { return [status] }
        // A broker may drop what waits with QoS 1 when it is very much; with QoS 0 it sends everything it has.
        return [status, Subscription(announcementFilter, qos: .atMostOnce, isRequired: false)]
    }
}
