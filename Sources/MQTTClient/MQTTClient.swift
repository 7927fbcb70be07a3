internal import HostNames
public import Logging
import Synchronization

/// A client that stays connected to one of several MQTT brokers for as long as it runs, whatever happens to them.
///
/// `run()` does the work and belongs into a task group; `events` tells what happens and what arrives. Messages can be
/// published at any time, also before `run()` and while no broker can be reached. What was not acknowledged when a
/// connection was lost is sent again on the next one; of retained messages only the newest per topic.
public final class MQTTClient: Sendable {
    private let session: BrokerSession

    /// A client that does nothing yet.
    ///
    /// - Throws: `invalidConfiguration` saying what is wrong.
    public convenience init(configuration: MQTTConfiguration, logger: Logger) throws(MQTTError) {
        try self.init(configuration: configuration, logger: logger, names: .shared)
    }

    init(configuration: MQTTConfiguration, logger: Logger, names: HostNames) throws(MQTTError) {
        try configuration.validate()
        session = BrokerSession(configuration, logger: logger, names: names)
    }

    /// What happens and what arrives, in order, for one consumer. It must be consumed: when too many events wait,
    /// nothing more is read from the broker.
    public var events: MQTTEvents { MQTTEvents(session: session) }

    /// Stays connected until `stop` is called or the task is cancelled, which stops in the same good order.
    ///
    /// A client runs once.
    public func run() async {
        let limit = session.configuration.stopTimeout
        await withTaskCancellationHandler {
            await session.run()
        } onCancel: {
            session.requestStop(within: limit)
        }
    }

    /// Sends what is queued, then the given messages, then the last will, waits until the broker has acknowledged all of
    /// it, says goodbye and ends `run()` and `events`. Nothing can be published any more as soon as this is called.
    ///
    /// Without a connection it ends at once: the broker has published the last will then, or will.
    ///
    /// - Parameters:
    ///   - messages: what to say at last, as that devices are no longer available.
    ///   - limit: how long to wait for the broker; `MQTTConfiguration.stopTimeout` when not given.
    public func stop(publishing messages: [OutgoingMessage] = [], within limit: Duration? = nil) async {
        await session.stop(publishing: messages, within: limit ?? session.configuration.stopTimeout)
    }

    /// Queues a message and returns at once; thread-safe, and cheap enough for tens of thousands a second.
    ///
    /// A message that the broker refuses is logged, once per topic.
    ///
    /// - Throws: `invalidMessage` when nobody could send it, `queueFull` when retained messages wait on too many topics,
    ///   `stopped`.
    public func enqueue(_ message: OutgoingMessage) throws(MQTTError) {
        if try session.outbox.enqueue(message) { session.outboxFilled() }
    }

    /// Queues a message and returns at once; tells later, from any thread, how it ended.
    ///
    /// - Parameter whenDone: called once, as `publish` would return or throw; it must be quick. Not called when this
    ///   throws.
    /// - Throws: as the other `enqueue`.
    public func enqueue(
        _ message: OutgoingMessage,
        whenDone: @escaping @Sendable (Result<Void, MQTTError>) -> Void
    ) throws(MQTTError) {
        if try session.outbox.enqueue(message, whenDone: whenDone) { session.outboxFilled() }
    }

    /// Queues a message and returns when the broker has acknowledged it (QoS 1) or it has been written (QoS 0); for a
    /// retained one that is replaced by a newer one before it was sent, when that has happened to the newer one.
    ///
    /// Without a connection it waits for one. Cancelling the task ends the waiting; the message may still be sent.
    ///
    /// - Throws: as `enqueue`, and `notAuthorised` or `refused` naming the topic, `dropped`, `cancelled`, `stopped`.
    ///   With MQTT 3.1.1 brokers do not tell that they refuse a message.
    public func publish(_ message: OutgoingMessage) async throws(MQTTError) {
        try await session.outbox.publish(message) { [session] in session.outboxFilled() }
    }

    /// Replaces what is received, on the present connection and all later ones. Those that stay are left alone.
    /// `MQTTEvent.subscriptionsGranted` tells when the broker has granted all of them.
    ///
    /// - Throws: `invalidConfiguration` when a filter is none.
    public func setSubscriptions(_ subscriptions: [Subscription]) async throws(MQTTError) {
        for subscription in subscriptions { try subscription.validate() }
        await session.setSubscriptions(subscriptions)
    }

    /// Changes a part of what is received, on the present connection and all later ones, in a time that depends on that part
    /// alone. `MQTTEvent.subscriptionsGranted` tells when the broker has granted all there are.
    ///
    /// - Throws: `invalidConfiguration` when a filter is none; nothing has changed then.
    public func changeSubscriptions(
        adding subscriptions: [Subscription],
        removing filters: [String]
    ) async throws(MQTTError) {
        for subscription in subscriptions { try subscription.validate() }
        await session.changeSubscriptions(adding: subscriptions, removing: filters)
    }

    /// Takes back the retained messages for these topics that nobody awaits the end of: somebody else publishes there now.
    ///
    /// - Parameter notice: what is sent where one was on its way to the broker already. The broker gets it after that one, which
    ///   may have taken the place of what somebody else has published.
    public func withdraw(_ topics: [String], notice: OutgoingMessage) {
        session.onLoop("MQTT: taking back") { $0.withdraw(topics, notice: notice) }
    }

    /// What has happened so far.
    public var statistics: MQTTStatistics {
        var statistics = session.statistics.withLock { $0 }
        let counts = session.outbox.counts
        statistics.queued += counts.queued
        statistics.dropped = counts.dropped
        statistics.coalesced = counts.coalesced
        return statistics
    }
}

/// The events of one client, for one consumer: a second loop over them ends at once while the first one waits.
///
/// It ends when the client has stopped. Nothing in it is ever dropped; when the consumer is far behind, the client stops
/// reading from the broker until it has caught up.
public struct MQTTEvents: AsyncSequence, Sendable {
    /// Takes the events one by one.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let session: BrokerSession

        /// The next event; nothing when the client has stopped or the task was cancelled.
        public mutating func next() async -> MQTTEvent? { await next(isolation: #isolation) }

        /// The next event; nothing when the client has stopped or the task was cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> MQTTEvent? {
            let session = session
            return await session.events.next(isolation: actor) { session.consumerCaughtUp() }
        }
    }

    let session: BrokerSession

    /// Takes the events from here on.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(session: session) }
}
