public import Agent
public import MQTTClient

/// How to reach the agents.
public struct RemoteSettings: Sendable {
    /// How to reach the broker; the client id, the subscriptions and the last will are replaced.
    public var connection: MQTTConfiguration
    /// The topics of the agents.
    public var topics: TopicMap
    /// How long to wait for the broker and for what it has kept.
    public var connectTime: Duration

    /// Settings.
    public init(connection: MQTTConfiguration, topics: TopicMap, connectTime: Duration = .seconds(5)) {
        self.connection = connection
        self.topics = topics
        self.connectTime = connectTime
    }
}
