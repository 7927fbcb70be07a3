public import Agent
public import MQTTClient

/// How to reach the agents.
public struct RemoteSettings: Sendable {
    /// How to reach the broker; the client id, the subscriptions and the last will are replaced.
    public var connection: MQTTConfiguration
    /// The topics of the agents.
    public var topics: TopicMap
    /// The user on whose own topics commands are given; nothing for the plain topics, or where each command says it.
    public var user: String?
    /// How long to wait for the broker and for what it has kept.
    public var connectTime: Duration

    /// Settings.
    public init(
        connection: MQTTConfiguration,
        topics: TopicMap,
        user: String? = nil,
        connectTime: Duration = .seconds(5)
    ) {
        self.user = user
        self.connection = connection
        self.topics = topics
        self.connectTime = connectTime
    }
}
