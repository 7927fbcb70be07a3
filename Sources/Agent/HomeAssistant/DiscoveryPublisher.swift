public import Power
import Synchronization

/// Keeps Home Assistant's picture of this agent's PDUs right. Lanes show what changes, `run` sends.
public final class DiscoveryPublisher: Sendable {
    /// How long the broker may take to show what it has kept before the agent announces all the same.
    private static let lookingTime = Duration.seconds(10)

    private struct State {
        var settings: DiscoverySettings?
        var ledger: DiscoveryLedger?
        var isLooking: Bool
        var looksUntil: Moment?
        var bornAt: Moment?
        var random = RandomSource()
    }

    private let topics: TopicMap
    private let timekeeper: any Timekeeper
    private let send: @Sendable (Publication) -> Void
    private let state: Mutex<State>
    private let signal = WakeSignal()

    /// Announces nothing until `run` is called and the broker has shown what it kept.
    ///
    /// - Parameters:
    ///   - settings: how to announce; nothing where there is no talk of Home Assistant.
    ///   - expected: the PDUs of the configuration; what an earlier run announced of any other is removed.
    ///   - send: hands a publication to the broker's client; must not wait.
    public init(
        settings: DiscoverySettings?,
        topics: TopicMap,
        expected: Set<PDUName>,
        timekeeper: any Timekeeper,
        send: @escaping @Sendable (Publication) -> Void
    ) {
        self.topics = topics
        self.timekeeper = timekeeper
        self.send = send
        state = Mutex(
            State(
                settings: settings,
                ledger: settings.map { Self.ledger($0, topics, expected) },
                isLooking: settings != nil
            )
        )
    }

    private static func ledger(
        _ settings: DiscoverySettings,
        _ topics: TopicMap,
        _ expected: Set<PDUName>
    ) -> DiscoveryLedger {
        DiscoveryLedger(composer: DiscoveryComposer(settings: settings, topics: topics), expected: expected)
    }

    /// How it announces.
    var settings: DiscoverySettings? { state.withLock(\.settings) }

    /// Whether what lanes know is of interest.
    var isAnnouncing: Bool { settings.map { $0.form != .withdrawn } ?? false }

    /// Takes over changed settings: begins anew, as after a start, so that one form moves to the other without ghosts.
    /// Without settings what was announced is taken back.
    ///
    /// - Returns: whether the broker has to be asked again what it keeps.
    func adopt(_ settings: DiscoverySettings?, expecting pdus: Set<PDUName>) -> Bool {
        defer { signal.signal() }
        return state.withLock { state in
            var wanted = settings ?? state.settings
            if settings == nil { wanted?.form = .withdrawn }
            guard wanted != state.settings else {
                state.ledger?.expect(pdus)
                return false
            }
            state = State(
                settings: wanted,
                ledger: wanted.map { Self.ledger($0, topics, pdus) },
                isLooking: true,
                random: state.random
            )
            return true
        }
    }

    /// Whether the broker may still show what it kept.
    var isLooking: Bool { state.withLock(\.isLooking) }

    /// Takes what a lane knows now. Cheap, and called only when something has changed.
    func show(_ snapshot: LaneSnapshot) {
        let subject = DiscoverySubject(snapshot)
        state.withLock { $0.ledger?.show(subject) }
        signal.signal()
    }

    /// The broker has granted the subscriptions on a new connection.
    func connected() {
        state.withLock { state in
            if state.isLooking {
                state.looksUntil = timekeeper.now + Self.lookingTime
            } else {
                state.ledger?.reconnect()
            }
        }
        signal.signal()
    }

    /// Takes a message, when it is one of Home Assistant's topics.
    ///
    /// - Returns: whether it was.
    func take(topic: String, payload: [UInt8], isRetained: Bool) -> Bool {
        let isTaken = state.withLock { state in
            guard let settings = state.settings, topic.hasPrefix(settings.prefix + "/") else { return false }
            if topic == settings.statusTopic {
                guard !isRetained, payload == Array("online".utf8) else { return true }
                state.bornAt = timekeeper.now + settings.longestBirthWait * state.random.unit()
            } else if isRetained, state.isLooking {
                state.ledger?.find(topic: topic, payload: payload)
            }
            return true
        }
        if isTaken { signal.signal() }
        return isTaken
    }

    /// The broker has shown everything that it kept.
    func finishLooking() {
        state.withLock { state in
            state.isLooking = false
            state.looksUntil = nil
            state.ledger?.finishLooking()
        }
        signal.signal()
    }

    /// Sends until the task is cancelled. The agent calls it once, in a task of its own.
    func run() async {
        while !Task.isCancelled {
            let now = timekeeper.now
            let (isLate, next) = state.withLock { state -> (Bool, Moment?) in
                if let bornAt = state.bornAt, bornAt <= now {
                    state.bornAt = nil
                    state.ledger?.renew()
                }
                let isLate = state.looksUntil.map { $0 <= now } ?? false
                return (isLate, [state.looksUntil, state.bornAt].compactMap(\.self).min())
            }
            if isLate { finishLooking() }
            while !Task.isCancelled, let messages = state.withLock({ $0.ledger?.next() }) {
                for message in messages { send(Publication(message)) }
                // A fleet's announcements take a while to write; commands go first.
                await Task.yield()
            }
            if let next, !isLate { timekeeper.wake(signal, at: next) }
            await signal.wait()
        }
        timekeeper.forget(signal)
    }
}

extension Publication {
    init(_ message: DiscoveryMessage) {
        self.init(topic: message.topic, payload: message.payload, importance: message.isRetained ? .retained : .notice)
    }
}
