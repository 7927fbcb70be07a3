public import Agent
public import MQTTClient

/// What the interfaces need of the agent.
public struct FleetAccess: Sendable {
    /// Takes commands.
    public var router: CommandRouter
    /// The PDUs.
    public var lanes: LaneDirectory
    /// What the agent is and how it is.
    public var info: @Sendable () async -> AgentInfo
    /// Whether the broker takes and gives messages, and every device was asked once.
    public var isOnline: @Sendable () async -> Bool
    /// What the broker's client has done so far.
    public var broker: @Sendable () -> MQTTStatistics
    /// Who did what; nothing where it is not kept.
    public var audit: AuditTrail?
    /// What was measured; nothing where it is not kept.
    public var history: HistoryStore?

    /// Access to an agent's parts.
    public init(
        router: CommandRouter,
        lanes: LaneDirectory,
        info: @escaping @Sendable () async -> AgentInfo,
        isOnline: @escaping @Sendable () async -> Bool,
        broker: @escaping @Sendable () -> MQTTStatistics,
        audit: AuditTrail? = nil,
        history: HistoryStore? = nil
    ) {
        self.router = router
        self.lanes = lanes
        self.info = info
        self.isOnline = isOnline
        self.broker = broker
        self.audit = audit
        self.history = history
    }

    /// Access to an agent.
    public init(_ agent: PowerAgent, audit: AuditTrail, history: HistoryStore) {
        self.init(
            router: agent.router,
            lanes: agent.lanes,
            info: { await agent.info() },
            isOnline: { await agent.isOnline },
            broker: { agent.broker },
            audit: audit,
            history: history
        )
    }

    /// What is known of every PDU now, by name.
    func snapshots() async -> [LaneSnapshot] {
        var snapshots: [LaneSnapshot] = []
        for lane in lanes.all { snapshots.append(await lane.snapshot) }
        return snapshots.sorted { $0.rules.pdu < $1.rules.pdu }
    }
}
