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

    let info: AgentInfo
    let broker: Broker
    /// As `/readyz` says it.
    let ready: Bool
    /// How many entries of the audit trail could not be written since the disk could last be.
    let auditLost: Int
    let energyPrice: Double?
    let currency: String

    private enum CodingKeys: String, CodingKey {
        case broker
        case ready
        case auditLost = "audit_lost"
        case energyPrice = "energy_price"
        case currency
    }

    init(_ info: AgentInfo, broker: MQTTStatistics, isReady: Bool, _ auditLost: Int?, _ page: PageSettings) {
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
        if energyPrice != nil { try container.encode(currency, forKey: .currency) }
    }
}
