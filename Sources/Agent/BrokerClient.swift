public import MQTTClient

/// What the agent needs of its broker; `MQTTClient` has it.
public protocol BrokerClient: Sendable {
    /// What comes from the broker, one event after the other.
    associatedtype Events: AsyncSequence<MQTTEvent, Never>

    /// The events, for one consumer. They end when the client has stopped.
    var events: Events { get }

    /// What was done so far.
    var statistics: MQTTStatistics { get }

    /// Connects, and connects again, until the task is cancelled or the client has been stopped.
    func run() async

    /// Subscribes to these and to nothing else, now and at every connection.
    ///
    /// - Throws: `MQTTError` when a filter is wrong; the subscriptions stay as they were then.
    func setSubscriptions(_ subscriptions: [Subscription]) async throws(MQTTError)

    /// Subscribes to these too, and not to those filters any more, now and at every connection.
    ///
    /// - Throws: `MQTTError` when a filter is wrong; the subscriptions stay as they were then.
    func changeSubscriptions(adding subscriptions: [Subscription], removing filters: [String]) async throws(MQTTError)

    /// Takes back the retained messages for these topics: somebody else publishes there now. The notice is sent where one was on
    /// its way to the broker already, after that one.
    func withdraw(_ topics: [String], notice: OutgoingMessage)

    /// Sends what waits and the last will, awaits the broker's acknowledgement, and disconnects.
    func stop(within limit: Duration) async
}

extension MQTTClient: BrokerClient {
    /// Sends what waits and the last will, awaits the broker's acknowledgement, and disconnects.
    public func stop(within limit: Duration) async { await stop(publishing: [], within: limit) }
}
