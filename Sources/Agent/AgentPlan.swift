public import Power

/// What the agent is to be: the part of the configuration that can change while it runs.
public struct AgentPlan: Sendable {
    /// The router's part.
    public var router: CommandRouter.Rules
    /// The PDUs.
    public var pdus: [LaneBlueprint]
    /// The PDUs that have to be spoken to in another way than in the plan before; their lanes are set up anew.
    public var renewed: Set<PDUName>

    /// How to announce everything to Home Assistant; nothing where there is no talk of it.
    public var discovery: DiscoverySettings?

    /// A plan.
    public init(
        router: CommandRouter.Rules,
        pdus: [LaneBlueprint],
        renewed: Set<PDUName> = [],
        discovery: DiscoverySettings? = nil
    ) {
        self.discovery = discovery
        self.router = router
        self.pdus = pdus
        self.renewed = renewed
    }
}
