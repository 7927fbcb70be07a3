internal import HostNames
import Logging
internal import Loop
import Synchronization

/// The one place that touches libmosquitto: it keeps a connection to one of the brokers, on the loop.
///
/// Everything is driven by what happens to the socket, by two timers, and by those who publish or consume; each of these
/// ends in `settle`, which hands over what waits and decides what to watch for next.
actor BrokerSession {
    enum Phase: Sendable, Equatable {
        case idle
        case running
        case stopping
        case ended
    }

    /// What has happened since the statistics were brought up to date.
    struct Tally {
        var published: UInt64 = 0
        var refused: UInt64 = 0
        var received: UInt64 = 0
        var suspensions: UInt64 = 0
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { Loop.shared.executor.asUnownedSerialExecutor() }

    nonisolated let outbox: Outbox
    nonisolated let events: EventBuffer
    nonisolated let statistics = Mutex(MQTTStatistics())
    let configuration: MQTTConfiguration
    let logger: Logger
    let names: HostNames

    var phase = Phase.idle
    var link: Link?
    /// The way to a broker that has not answered yet; there is no link meanwhile.
    var approach: Approach?
    /// The last number that a link or an approach was given.
    var lastID: UInt64 = 0
    /// The brokers that have let us in since the start.
    var hasSpoken: Set<BrokerAddress> = []
    var subscriptions: SubscriptionLedger
    var rotation: BrokerRotation
    var takeover = TakeoverSuspicion()
    var failures = FailureLog()
    var refusals = FailureLog()
    var tally = Tally()
    /// Messages that have come to their end and whose publishers have yet to be told.
    var finished: [(OutgoingQueue.Entry, Outbox.Outcome)] = []
    /// How many dropped messages the log has told of.
    var toldDrops: UInt64 = 0
    /// How many events came while stopping and found no room.
    var untaken = 0
    var random = SystemRandomNumberGenerator()
    /// Twice a second while there is a connection: keepalive, time limits, subscriptions to ask for again.
    private var ticker: LoopTimer?
    /// The next try to connect, or the end of waiting when stopping.
    private var alarm: LoopTimer?
    private var isAlarmSet = false
    private let ended = Gate()

    init(_ configuration: MQTTConfiguration, logger: Logger, names: HostNames = .shared) {
        self.names = names
        self.configuration = configuration
        self.logger = logger
        outbox = Outbox(
            maximumTopics: configuration.maximumRetainedTopics,
            maximumOthers: configuration.maximumWaitingMessages
        )
        events = EventBuffer(limit: configuration.maximumOutstandingEvents)
        subscriptions = SubscriptionLedger(configuration.subscriptions)
        rotation = BrokerRotation(brokers: configuration.brokers, choice: configuration.protocolChoice)
    }

    var now: ContinuousClock.Instant { ContinuousClock.now }

    /// Keeps a connection until the session is stopped. A second call only waits for that.
    func run() async {
        if phase == .idle {
            phase = .running
            connect()
        }
        await untilEnd()
    }

    func untilEnd() async { await ended.pass() }

    /// A publisher has queued something while nothing was to be done.
    nonisolated func outboxFilled() {
        onLoop("MQTT: sending") { $0.settle() }
    }

    /// The consumer has taken half of the events that waited.
    nonisolated func consumerCaughtUp() {
        onLoop("MQTT: receiving") { $0.resume() }
    }

    /// Has something done on the loop, without a task and without waiting for it.
    nonisolated func onLoop(_ label: StaticString, _ body: @escaping @Sendable (isolated BrokerSession) -> Void) {
        Loop.shared.execute(label) { self.assumeIsolated(body) }
    }

    private func resume() {
        guard phase == .running || phase == .stopping else { return }
        if let link {
            link.lastReceived = now
            settle()
        } else if phase == .running && !isAlarmSet && approach == nil {
            connect()
        }
    }

    /// Calls the session back after a delay, instead of at any time set before.
    func setAlarm(after delay: Duration) {
        let timer =
            alarm
            ?? LoopTimer(on: .shared, label: "MQTT: connecting") { [weak self] in
                self?.assumeIsolated { $0.alarmRang() }
            }
        alarm = timer
        isAlarmSet = true
        timer.ring(after: delay)
    }

    func clearAlarm() {
        alarm?.cancel()
        isAlarmSet = false
    }

    private func alarmRang() {
        clearAlarm()
        switch phase {
        case .running:
            if let approach { advance(approach) }
            connect()
        case .stopping: stopTimedOut()
        case .idle, .ended: break
        }
    }

    func startTicking() {
        let timer =
            ticker
            ?? LoopTimer(on: .shared, label: "MQTT: keeping alive") { [weak self] in
                self?.assumeIsolated { session in
                    session.ticker?.ring(after: .milliseconds(500))
                    session.tick()
                }
            }
        ticker = timer
        timer.ring(after: .milliseconds(500))
    }

    func stopTicking() { ticker?.cancel() }

    /// Nothing more happens after this.
    func end() {
        if phase == .ended { return }
        phase = .ended
        clearAlarm()
        if let approach { end(approach) }
        if let link { drop(link) }
        let left = outbox.abandon(
            with: MQTTError(.stopped, "the MQTT client was stopped before the broker had the message")
        )
        if left > 0 { logger.warning("MQTT: \(left) messages had not reached the broker when the client stopped") }
        if untaken > 0 {
            logger.warning("MQTT: \(untaken) messages came while the client stopped and nobody took them")
        }
        statistics.withLock { statistics in
            statistics.isConnected = false
            statistics.isSubscribed = false
        }
        events.finish()
        ended.open()
    }

    /// Brings the statistics up to date.
    func publishTally() {
        let inflight = link?.inflight.count ?? 0
        statistics.withLock { statistics in
            statistics.published += tally.published
            statistics.refused += tally.refused
            statistics.received += tally.received
            statistics.suspensions += tally.suspensions
            statistics.queued = inflight
        }
        tally = Tally()
    }
}

/// Tells a failure that is new from one that goes on, so that the log gets one line and not a stream.
struct FailureLog: Sendable {
    private var last: [String: MQTTError] = [:]

    /// Whether a failure of something is to be logged.
    mutating func isNew(_ error: MQTTError, of subject: String) -> Bool {
        // A bound, for the case that the subjects are topics.
        if last.count >= 10_000 && last[subject] == nil { return false }
        return last.updateValue(error, forKey: subject) != error
    }

    /// It works: the next failure is a new one.
    mutating func succeeded(_ subject: String) {
        if !last.isEmpty { last[subject] = nil }
    }

    /// Everything works.
    mutating func reset() { last = [:] }
}

/// Notices that another client uses our client id: brokers before MQTT 5, and mosquitto 2.0, do not say why they close.
struct TakeoverSuspicion: Sendable {
    /// Connections that the broker closes sooner than this are suspect.
    static let shortLifetime: Duration = .seconds(10)

    private var shortLives = 0

    /// A connection was lost.
    ///
    /// - Returns: whether to warn; once until a connection has lasted.
    mutating func connectionLost(after lifetime: Duration, closedByBroker: Bool) -> Bool {
        guard closedByBroker, lifetime < Self.shortLifetime else {
            if lifetime >= BrokerRotation.stableLifetime { shortLives = 0 }
            return false
        }
        shortLives += 1
        return shortLives == 2
    }
}

/// What a broker allows on a connection, from its answer to the greeting. MQTT 3.1.1 brokers do not say.
struct BrokerLimits: Sendable, Equatable {
    /// How many messages may be unacknowledged.
    var receiveMaximum = 65_535
    /// The longest packet it takes.
    var maximumPacketSize = Int.max
    /// The highest QoS it takes.
    var maximumQoS: QoS = .atLeastOnce
    /// Whether it keeps retained messages.
    var keepsRetained = true
    /// The keepalive it wants instead of ours, in seconds.
    var keepAlive: Int?
}
