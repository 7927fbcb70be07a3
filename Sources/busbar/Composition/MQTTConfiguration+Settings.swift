import Agent
import AgentConfiguration
import HomeAssistant
import MQTTClient

extension MQTTConfiguration {
    /// What the configuration says about the broker.
    init(_ configuration: AgentConfiguration, topics: TopicMap) throws(MQTTError) {
        let settings = configuration.mqtt
        let agent = configuration.agent.id
        self.init(brokers: [], clientID: settings.clientID)
        for broker in settings.brokers { brokers.append(try .init(broker.description)) }
        username = settings.username
        password = settings.password.map { MQTTPassword($0.reveal()) }
        tls = settings.tls.map { tls in
            .init(
                caFile: tls.caFile,
                certificateFile: tls.identity?.certificateFile,
                keyFile: tls.identity?.keyFile
            )
        }
        protocolChoice =
            switch settings.protocolVersion {
            case .automatic: .auto
            case .v5: .v5
            case .v311: .v311
            }
        keepAlive = settings.keepalive
        session =
            switch settings.session {
            case .clean: .clean
            case .persistent(let expiry): .persistent(expiry: expiry)
            }
        maximumInflight = settings.maximumInFlight
        maximumWaitingMessages = settings.maximumQueued
        maximumRetainedTopics = Self.retainedTopics(configuration)
        subscriptions = topics.subscriptions(
            agent: agent,
            listens: ListeningNeeds(
                loads: !configuration.loads.isEmpty,
                users: configuration.users != nil || configuration.mqtt.requiresUser
            ),
            shared: configuration.fleet == nil ? nil : FleetAttention()
        )
        subscriptions += DiscoverySettings(configuration)?.subscriptions(isLooking: true) ?? []
        // The announcement of a large PDU, which the agent reads back to see what has changed since an earlier run.
        maximumPayloads = ["\(configuration.homeAssistant?.prefix ?? "homeassistant")/": 256 * 1024]
        lastWill = LastWill(topic: topics.availability(agent: agent), payload: Array("offline".utf8))
    }
}

extension MQTTConfiguration {
    /// How many topics the agent may keep a newest message for while the broker is away: every one that it publishes, twice
    /// over for what a reload adds.
    private static func retainedTopics(_ configuration: AgentConfiguration) -> Int {
        let perPDU = configuration.pdus.map { pdu in
            // Availability, information, measurements, an announcement; for each outlet its state, its measurements and what
            // single-component discovery says. A device that is asked for its outlets is taken for a large one.
            4 + (pdu.outlets.isEmpty ? 64 : pdu.outlets.count) * 12
        }
        // A load has its state, its availability and an announcement.
        return 10_000 + 2 * (perPDU.reduce(0, +) + 3 * configuration.loads.count)
    }
}
