import Agent
import MQTTClient

/// The agent as the interface shows it: what it is, and whether all that it needs is there.
struct AgentView: Encodable {
    /// The broker's side.
    struct Broker: Encodable {
        let address: String?
        /// Whether there is a connection, and the broker has granted every subscription.
        let connected: Bool
    }

    /// One of the agents at the broker.
    struct Peer: Encodable {
        let name: String
        /// Absent where it has not said.
        let online: Bool?
        let version: String?
        let journalFailure: String?

        private enum CodingKeys: String, CodingKey {
            case name, online, version
            case journalFailure = "journal_failure"
        }
    }

    let info: AgentInfo
    let broker: Broker
    /// As `/readyz` says it.
    let ready: Bool
    /// How many entries of the audit trail could not be written since the disk could last be.
    let auditLost: Int
    let energyPrice: Double?
    let currency: String
    /// The agents, where the page is of all at a broker. Where no agent serves it, it has no audit trail and no history.
    var agents: [Peer]?
    /// Which of them serves the page; nothing where none does.
    var id: String?
    /// Whether the broker has told all that it keeps of the others; nothing where that is the same as being ready.
    var knowsAgents: Bool?

    private enum CodingKeys: String, CodingKey {
        case broker
        case ready
        case auditLost = "audit_lost"
        case energyPrice = "energy_price"
        case currency
        case agents
        case id
        case knowsAgents = "knows_agents"
    }

    init(_ info: AgentInfo, broker: MQTTStatistics, isReady: Bool, auditLost: Int?, _ page: PageSettings) {
        self.info = info
        self.broker = Broker(
            address: broker.broker.map { "\($0)" },
            connected: broker.isConnected && broker.isSubscribed
        )
        ready = isReady
        self.auditLost = auditLost ?? 0
        energyPrice = page.energyPrice
        currency = page.currency
    }

    func encode(to encoder: any Encoder) throws {
        try info.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(broker, forKey: .broker)
        try container.encode(ready, forKey: .ready)
        try container.encode(auditLost, forKey: .auditLost)
        try container.encodeIfPresent(energyPrice, forKey: .energyPrice)
        try container.encodeIfPresent(agents, forKey: .agents)
        try container.encodeIfPresent(id, forKey: .id)
        try container.encodeIfPresent(knowsAgents, forKey: .knowsAgents)
        if energyPrice != nil { try container.encode(currency, forKey: .currency) }
    }
}
