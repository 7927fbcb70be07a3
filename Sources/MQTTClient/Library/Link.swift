/// One connection, from the first attempt to reach a broker until its end. Belongs to the session.
final class Link {
    /// Its own number: what its socket tells is for this connection, never for the one that follows it.
    let id: UInt64
    let attempt: ConnectionAttempt
    let library: MosquittoHandle
    let watch: SocketWatch
    var stage: ConnectionStage = .greeting
    /// When the broker must have let us in.
    let deadline: ContinuousClock.Instant
    var establishedAt: ContinuousClock.Instant?
    var lastReceived: ContinuousClock.Instant
    /// When something was last sent while the consumer was behind.
    var lastSignOfLife: ContinuousClock.Instant
    var keepAlive: Duration
    var limits = BrokerLimits()
    /// How many messages may be under way.
    var window = 1
    /// What is under way, by packet number.
    var inflight: [Int32: OutgoingQueue.Entry] = [:]
    var hasToldGranted = false
    /// Whether the broker has granted all subscriptions once on this connection.
    var wasGranted = false
    /// Why the broker did not let us in or threw us out, in its own number.
    var reason: Int32?

    /// A connection to the address that was the first to answer.
    init(
        _ approach: Approach,
        _ contact: Approach.Contact,
        id: UInt64,
        configuration: MQTTConfiguration,
        now: ContinuousClock.Instant
    ) {
        self.id = id
        attempt = approach.attempt
        library = contact.library
        watch = contact.watch
        deadline = approach.deadline
        lastReceived = now
        lastSignOfLife = now
        keepAlive = configuration.keepAlive
    }
}
