import Agent
import AgentConfiguration
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
        subscriptions = topics.subscriptions(agent: agent, discovery: DiscoverySettings(configuration))
        // The announcement of a large PDU, which the agent reads back to see what has changed since an earlier run.
        maximumPayloads = ["\(configuration.homeAssistant?.prefix ?? "homeassistant")/": 256 * 1024]
        lastWill = LastWill(topic: topics.availability(agent: agent), payload: Array("offline".utf8))
    }
}
