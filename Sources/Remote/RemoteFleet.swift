public import Agent
import Foundation
public import Logging
public import MQTTClient
public import Power
import Synchronization

/// Follows what every agent at a broker says for as long as it runs, and gives commands.
public final class RemoteFleet: Sendable {
    /// What is known, by a name that modules with another `Fleet` can say.
    public typealias Facts = Fleet

    /// What whoever follows is told, in the order in which it came.
    public enum News: Sendable {
        /// One thing is otherwise than before.
        case change(Fleet.Change)
        /// Everything may be: the broker was asked for all that it keeps.
        case whole
        /// The broker is there, or not any more.
        case connection
        /// A command has ended, whoever gave it.
        case answer(CommandAnswer)
    }

    /// Why a command cannot be given now.
    public struct Unavailable: Error, Sendable, Equatable {
        /// For people.
        public let message: String
    }

    /// How many commands may wait for their answers.
    static let maximumPending = 4096
    /// How long an agent may take to answer, besides what the command itself takes.
    static let patience = Duration.seconds(30)
    /// How long agents try by default before they give up; see the contract.
    private static let usualLimit = Duration.seconds(15)

    private struct Key: Hashable {
        let target: CommandTarget
        let id: String
    }

    private struct Pending {
        let command: Command
        let givenAt: Date
        var until: ContinuousClock.Instant
        /// Whoever waits for the outcome: more than one when the same id was given again.
        var waiting: [AsyncStream<CommandAnswer>.Continuation]
    }

    private struct State {
        /// What is shown.
        var fleet = Fleet()
        /// What the broker has told since the connection was made, until that is all that it keeps.
        var incoming = Fleet()
        /// How many of the stages are asked for; nothing without a connection.
        var stage: Int?
        /// Whether everything was told on this connection.
        var isWhole = false
        var pending: [Key: Pending] = [:]
        /// Dry runs that tell how long commands take, and for which.
        var plans: [Key: Key] = [:]
        /// Whether it was told that the agents say more than is kept.
        var hasToldFull = false
    }

    private let topics: TopicMap
    private let stages: [[Subscription]]
    private let client: MQTTClient
    private let logger: Logger
    private let tell: @Sendable (News) -> Void
    private let state = Mutex(State())

    /// A follower that does nothing yet.
    ///
    /// - Parameter tell: told what happens, from one task; it must be quick and must not wait.
    /// - Throws: `unreachable` where the settings of the connection make no sense.
    public init(
        _ settings: RemoteSettings,
        logger: Logger,
        tell: @escaping @Sendable (News) -> Void
    ) throws(RemoteError) {
        topics = settings.topics
        self.logger = logger
        stages = Self.stages(settings.topics)
        self.tell = tell
        var connection = settings.connection
        connection.clientID = "busbar-page-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        connection.subscriptions = stages[0]
        connection.lastWill = nil
        connection.session = .clean
        connection.maximumPayload = 1 << 20
        connection.maximumOutstandingEvents = 10_000
        do throws(MQTTError) {
            client = try MQTTClient(configuration: connection, logger: logger)
        } catch {
            throw RemoteError(.unreachable, error.message)
        }
    }

    /// What is asked for, one after the other: all that the broker keeps for one has come when the next is granted, and brokers
    /// that drop what is too much at a time do so less. What makes the list comes first, what is told again anyway last.
    private static func stages(_ topics: TopicMap) -> [[Subscription]] {
        let base = topics.base
        // With QoS 0 a broker sends all that it has kept; of QoS 1 it drops what is too much to wait.
        func kept(_ filter: String, isRequired: Bool = true) -> Subscription {
            Subscription("\(base)/\(filter)", qos: .atMostOnce, isRequired: isRequired)
        }
        return [
            [kept("agent/+/availability"), kept("agent/+/info", isRequired: false)],
            [kept("pdu/+/availability")], [kept("pdu/+/info")], [kept("pdu/+/outlet/+/state")],
            // Whoever may see outlets may not see these.
            [kept("load/+/state", isRequired: false), kept("load/+/availability", isRequired: false)],
            [kept("pdu/+/telemetry")], [kept("pdu/+/outlet/+/telemetry")],
            [
                Subscription("\(base)/pdu/+/outlet/+/result"),
                Subscription(topics.result(group: "+"), isRequired: false),
                Subscription(topics.result(load: "+"), isRequired: false),
            ],
        ]
    }

    // MARK: - What is known

    /// What the agents say.
    public var fleet: Fleet { state.withLock(\.fleet) }

    /// Whether the broker is there, and has told all that it keeps.
    public var isWhole: Bool { state.withLock(\.isWhole) }

    /// What the broker's client has done so far.
    public var statistics: MQTTStatistics { client.statistics }

    // MARK: - Running

    /// Follows until the task is cancelled.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.client.run() }
            group.addTask { await self.watchPatience() }
            for await event in client.events { await handle(event) }
            group.cancelAll()
        }
        for pending in state.withLock({ $0.pending.values.map(\.waiting) }) { for one in pending { one.finish() } }
    }

    private func handle(_ event: MQTTEvent) async {
        switch event {
        case .connected:
            state.withLock { state in
                state.stage = 0
                state.incoming = Fleet()
            }
            tell(.connection)
        case .disconnected:
            state.withLock { state in
                state.stage = nil
                state.isWhole = false
                state.incoming = Fleet()
            }
            try? await client.setSubscriptions(stages[0])
            tell(.connection)
        case .subscriptionsGranted: await advance()
        // The client tells of it in the log, and asks again.
        case .subscriptionRefused: return
        case .message(let message): take(message)
        }
    }

    private func advance() async {
        let (next, isEnd) = state.withLock { state -> (next: Int?, isEnd: Bool) in
            guard let stage = state.stage, !state.isWhole else { return (nil, false) }
            guard stage + 1 < stages.count else {
                state.isWhole = true
                state.fleet = state.incoming
                state.incoming = Fleet()
                return (nil, true)
            }
            state.stage = stage + 1
            return (stage + 1, false)
        }
        if isEnd { tell(.whole) }
        if let next { try? await client.setSubscriptions(stages[...next].flatMap(\.self)) }
    }

    private func take(_ message: IncomingMessage) {
        let base = topics.base
        guard let payload = message.payload, message.topic.hasPrefix(base + "/") else { return }
        let levels = message.topic.dropFirst(base.count + 1).split(separator: "/", omittingEmptySubsequences: false)
        if levels.last == "result" { return takeAnswer(levels, payload) }
        let (change, isFull) = state.withLock { state -> (Fleet.Change?, Bool) in
            var change: Fleet.Change?
            if state.isWhole {
                change = state.fleet.take(levels, payload)
            } else {
                state.incoming.take(levels, payload)
            }
            guard !state.hasToldFull, state.fleet.isFull || state.incoming.isFull else { return (change, false) }
            state.hasToldFull = true
            return (change, true)
        }
        if isFull {
            logger.warning(
                "more is said of PDUs at the broker than is kept here, so some of them are not shown",
                metadata: ["topic": "\(base)", "limit": "\(Fleet.usualRoom >> 20) MiB"]
            )
        }
        if let change { tell(.change(change)) }
    }

    // MARK: - Commands

    /// Gives a command and waits for its outcome, which is told as an answer too.
    ///
    /// The command goes on when the waiting task is cancelled; what is returned then is nothing.
    ///
    /// - Parameters:
    ///   - command: it has an id.
    ///   - user: the user on whose own topic it is given; nothing for the plain topic.
    /// - Throws: `Unavailable` when it was not given.
    public func carryOut(
        _ command: Command,
        for target: CommandTarget,
        as user: String?
    ) async throws(Unavailable) -> CommandAnswer? {
        let (answers, input) = AsyncStream.makeStream(of: CommandAnswer.self, bufferingPolicy: .bufferingNewest(1))
        try give(command, for: target, as: user, answerTo: input)
        for await answer in answers { return answer }
        return nil
    }

    /// Has a PDU read by its agent.
    public func refresh(_ pdu: PDUName, as user: String?) throws(Unavailable) {
        try send(topics.get(pdu), [], as: user)
    }

    private func give(
        _ command: Command,
        for target: CommandTarget,
        as user: String?,
        answerTo waiting: AsyncStream<CommandAnswer>.Continuation
    ) throws(Unavailable) {
        guard let id = command.id else { throw Unavailable(message: "the command has no id") }
        let key = Key(target: target, id: id)
        let order = RemoteOrder(command)
        let needsPlan = !command.dryRun && order.takesUnknownTime(for: target)
        let plan = Key(target: target, id: "plan-" + String(UInt64.random(in: .min ... .max), radix: 36))
        let isRoom = state.withLock { state -> Bool in
            guard state.pending.count < Self.maximumPending else { return false }
            let until = ContinuousClock.now + Self.patience + Self.time(of: command)
            state.pending[key, default: Pending(command: command, givenAt: Date(), until: until, waiting: [])]
                .waiting.append(waiting)
            if needsPlan { state.plans[plan] = key }
            return true
        }
        guard isRoom else {
            let words = "\(Self.maximumPending) commands wait for their answers already; try again later"
            throw Unavailable(message: words)
        }
        do throws(Unavailable) {
            if needsPlan { try send(topic(of: target), order.asDryRun.payload(id: plan.id), as: user) }
            try send(topic(of: target), order.payload(id: id), as: user)
        } catch {
            let others = state.withLock { state in
                state.plans[plan] = nil
                return state.pending.removeValue(forKey: key)?.waiting ?? []
            }
            for one in others { one.finish() }
            throw error
        }
    }

    /// How long a command takes by itself, as far as it says.
    private static func time(of command: Command) -> Duration {
        (command.limit ?? usualLimit) + (command.delay ?? .zero) + (command.offTime ?? .zero)
            + (command.holdTime ?? .zero)
    }

    private func topic(of target: CommandTarget) -> String {
        switch target {
        case .outlet(let pdu, let outlet): "\(topics.base)/pdu/\(pdu)/outlet/\(outlet.topicLevel)/set"
        case .group(let name): "\(topics.base)/group/\(name)/set"
        case .load(let name): "\(topics.base)/load/\(name)/set"
        }
    }

    /// Publishes what is asked of the agents: at most once, because what waits for a connection may not be carried out late.
    private func send(_ topic: String, _ payload: [UInt8], as user: String?) throws(Unavailable) {
        guard isWhole, client.statistics.isConnected else {
            throw Unavailable(message: "the broker is not connected, so nothing can be switched from here")
        }
        let expiry = UInt32(Self.patience / .seconds(1))
        let message = OutgoingMessage(
            topic: user.map { topics.own(topic, of: $0) } ?? topic,
            payload: payload,
            qos: .atMostOnce,
            properties: MessageProperties(messageExpiryInterval: expiry)
        )
        do throws(MQTTError) {
            try client.enqueue(message)
        } catch {
            throw Unavailable(message: error.message)
        }
    }

    private func takeAnswer(_ levels: [Substring], _ payload: [UInt8]) {
        guard let answer = CommandAnswer(levels, payload) else { return }
        let (isPlan, waiting) = state.withLock {
            state -> (isPlan: Bool, waiting: [AsyncStream<CommandAnswer>.Continuation]) in
            guard let id = answer.id else { return (false, []) }
            let key = Key(target: answer.target, id: id)
            if let planned = state.plans.removeValue(forKey: key) {
                state.pending[planned]?.until += .seconds(answer.plannedDuration)
                return (true, [])
            }
            return (false, state.pending.removeValue(forKey: key)?.waiting ?? [])
        }
        guard !isPlan else { return }
        tell(.answer(answer))
        for one in waiting {
            one.yield(answer)
            one.finish()
        }
    }

    /// Says of commands that nobody answers for too long that nobody has.
    private func watchPatience() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            let now = ContinuousClock.now
            let late = state.withLock { state in
                let late = state.pending.filter { $0.value.until <= now }
                for key in late.keys { state.pending[key] = nil }
                if !late.isEmpty { state.plans = state.plans.filter { late[$0.value] == nil } }
                return late
            }
            for (key, pending) in late {
                let answer = CommandAnswer(
                    .unknown,
                    .init(
                        code: "no_answer",
                        message: "no agent has answered in time; whether it was carried out is not known"
                    ),
                    for: key.target,
                    pending.command,
                    id: key.id,
                    receivedAt: pending.givenAt,
                    finishedAt: Date()
                )
                tell(.answer(answer))
                for one in pending.waiting {
                    one.yield(answer)
                    one.finish()
                }
            }
        }
    }
}

extension CommandAnswer {
    /// An answer as an agent publishes it; nothing when it is none.
    ///
    /// - Parameter levels: the topic's levels below the base topic.
    fileprivate init?(_ levels: [Substring], _ payload: [UInt8]) {
        let decoder = JSONDecoder()
        func read<Value: Decodable>(_ type: Value.Type) -> Value? { try? decoder.decode(type, from: Data(payload)) }
        switch (levels.first, levels.count) {
        case ("pdu", 5) where levels[3] == "all":
            guard let result = read(GroupResult.self) else { return nil }
            self = .group(result)
        case ("pdu", 5):
            guard let result = read(CommandResult.self) else { return nil }
            self = .outlet(result)
        case ("group", 3):
            guard let result = read(GroupResult.self) else { return nil }
            self = .group(result)
        case ("load", 3):
            guard let result = read(LoadResult.self) else { return nil }
            self = .load(result)
        default: return nil
        }
    }
}
