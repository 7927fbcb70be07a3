/// What the agent is and how it is, as published on its `info` topic.
public struct AgentInfo: Sendable, Encodable, Equatable {
    /// A group of the configuration.
    public struct Group: Sendable, Encodable, Equatable {
        /// The name for people.
        public var label: String?
        /// The members in their order, as `bench/1` and `load:server1`.
        public var outlets: [String]
    }

    /// A load of the configuration.
    public struct Load: Sendable, Encodable, Equatable {
        /// The name for people.
        public var label: String?
        /// The outlets that feed it, as `bench/1`.
        public var feeds: [String]
        /// The loads that have to be on while it is.
        public var requires: [String]?
        /// Whether its feeds take no commands of their own without `force`.
        public var exclusive: Bool?
    }

    /// The version of Busbar.
    public var version: String
    /// Since when it runs, in seconds.
    public var uptime: Int
    /// How many PDUs there are.
    public var pdus: Int
    /// How many of them answer.
    public var online: Int
    /// How many outlets they have.
    public var outlets: Int
    /// How often the broker's connection was made again.
    public var reconnections: UInt64
    /// How many publications wait for the broker.
    public var queued: Int
    /// How many results were dropped in long outages of the broker.
    public var dropped: UInt64
    /// Why cycles and delays are refused, while they are.
    public var journalFailure: String?
    /// The groups of the configuration by name; only on the `info` topic, and only where there are some.
    public var groups: [String: Group]?
    /// The loads of the configuration by name; as the groups.
    public var loads: [String: Load]?
    /// How the agent fares in its fleet, where it is in one; not published.
    public var fleet: FleetStanding?

    private enum CodingKeys: String, CodingKey {
        case version
        case uptime = "uptime_s"
        case pdus
        case online
        case outlets
        case reconnections
        case queued
        case dropped
        case groups
        case loads
        case journalFailure = "journal_failure"
    }

    /// How an agent is, or a page of the agents at a broker.
    public init(
        version: String,
        uptime: Int,
        pdus: Int,
        online: Int,
        outlets: Int,
        reconnections: UInt64,
        queued: Int,
        dropped: UInt64,
        journalFailure: String? = nil,
        fleet: FleetStanding? = nil
    ) {
        self.version = version
        self.uptime = uptime
        self.pdus = pdus
        self.online = online
        self.outlets = outlets
        self.reconnections = reconnections
        self.queued = queued
        self.dropped = dropped
        self.journalFailure = journalFailure
        self.fleet = fleet
    }
}
