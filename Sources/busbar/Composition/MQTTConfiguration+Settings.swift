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
        // With the flag as published, a command that is sent retained shows it even to an agent that is connected,
        // so it is refused now and not only when it comes back at the next connection.
        subscriptions = topics.filters(agent: agent).map { Subscription($0, retainAsPublished: true) }
        lastWill = LastWill(topic: topics.availability(agent: agent), payload: Array("offline".utf8))
    }
}
