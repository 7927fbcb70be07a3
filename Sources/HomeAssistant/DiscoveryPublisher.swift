public import Agent
public import MQTTClient
public import Power
import Synchronization

/// Keeps Home Assistant's picture of this agent's PDUs right. Events show what changes, `run` sends.
public final class DiscoveryPublisher: Announcer {
    /// How long the broker may take to show what it has kept before the agent announces all the same.
    private static let lookingTime = Duration.seconds(10)

    private struct State {
        var settings: DiscoverySettings?
        var ledger: DiscoveryLedger?
        var isLooking: Bool
        var looksUntil: Moment?
        var bornAt: Moment?
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

    /// What it has to hear from the broker now.
    public var subscriptions: [Subscription] {
        state.withLock { $0.settings?.subscriptions(isLooking: $0.isLooking) ?? [] }
    }

    /// Takes over changed settings: begins anew, as after a start, so that one form moves to the other without ghosts.
    /// Without settings what was announced is taken back.
    public func adopt(_ settings: DiscoverySettings?, expecting pdus: Set<PDUName>) {
        defer { signal.signal() }
        state.withLock { state in
            var wanted = settings ?? state.settings
            if settings == nil { wanted?.form = .withdrawn }
            guard wanted != state.settings else {
                state.ledger?.expect(pdus)
                return
            }
            state = State(
                settings: wanted,
                ledger: wanted.map { Self.ledger($0, topics, pdus) },
                isLooking: true
            )
        }
    }

    /// Whether the broker may still show what it kept.
    public var isLooking: Bool { state.withLock(\.isLooking) }

    /// Takes what the agent knows of a PDU now; nothing else is of interest.
    public func observe(_ event: AgentEvent) {
        guard case .described(let snapshot) = event else { return }
        let isOfInterest = state.withLock { state in
            guard let settings = state.settings, settings.form != .withdrawn else { return false }
            state.ledger?.show(DiscoverySubject(snapshot))
            return true
        }
        if isOfInterest { signal.signal() }
    }

    /// The broker has granted the subscriptions on a new connection.
    public func connected() {
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
    public func take(_ message: IncomingMessage) -> Bool {
        let topic = message.topic
        let payload = message.payload ?? []
        let isTaken = state.withLock { state in
            guard let settings = state.settings, topic.hasPrefix(settings.prefix + "/") else { return false }
            if topic == settings.statusTopic {
                guard !message.isRetained, payload == Array("online".utf8) else { return true }
                state.bornAt = timekeeper.now + settings.longestBirthWait * Double.random(in: 0...1)
            } else if message.isRetained, state.isLooking {
                state.ledger?.find(topic: topic, payload: payload)
            }
            return true
        }
        if isTaken { signal.signal() }
        return isTaken
    }

    /// The broker has shown everything that it kept.
    public func finishLooking() {
        state.withLock { state in
            state.isLooking = false
            state.looksUntil = nil
            state.ledger?.finishLooking()
        }
        signal.signal()
    }

    /// Sends until the task is cancelled.
    public func run() async {
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
