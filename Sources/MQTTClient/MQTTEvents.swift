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
