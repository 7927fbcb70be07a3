public import MQTTClient

/// Watches what happens in the agent.
public protocol AgentObserver: Sendable {
    /// Takes an event. Called from lanes, in order for each PDU: it must be quick and must not wait.
    func observe(_ event: AgentEvent)
}

/// Keeps announcements of what the agent has at the broker, for programs that look for them there: Home Assistant's
/// discovery is one. It hears what happens as every observer does, and messages on topics of its own.
public protocol Announcer: AgentObserver {
    /// What it has to hear from the broker now.
    var subscriptions: [Subscription] { get }

    /// Whether the broker may still show what it kept of earlier announcements.
    var isLooking: Bool { get }

    /// The broker has granted the subscriptions on a new connection, or those that were asked for since.
    func connected()

    /// Takes a message, when it is on one of its topics.
    ///
    /// - Returns: whether it was.
    func take(_ message: IncomingMessage) -> Bool

    /// The broker has shown everything that it kept.
    func finishLooking()

    /// Announces until the task is cancelled. The agent calls it once, in a task of its own.
    func run() async
}
