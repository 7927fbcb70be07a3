import Foundation
public import Logging
import Power
import Synchronization

/// Takes messages from the broker, and commands from elsewhere, to the lanes they are for; refuses what is none.
public final class CommandRouter: Sendable {
    /// How many names of foreign PDUs are remembered, so that each is logged once.
    private static let maximumForeignNames = 1000
    /// How many other agents are remembered.
    private static let maximumOtherAgents = 10_000
    /// How many group commands may run at the same time.
    private static let maximumGroupRuns = 256

    /// What the configuration says, as far as the router needs it.
    public struct Rules: Sendable, Equatable {
        /// The agent's own id.
        public var agent: String
        /// Whether this is the only agent at its broker, so that a PDU it does not know exists nowhere.
        public var isSole: Bool
        /// The groups by name.
        public var groups: [String: GroupRules]
        /// Topics below these prefixes are no response topics, besides the agent's own base topic.
        public var forbiddenReplyPrefixes: [String]

        /// Rules.
        public init(
            agent: String,
            isSole: Bool = false,
            groups: [String: GroupRules] = [:],
            forbiddenReplyPrefixes: [String] = ["homeassistant"]
        ) {
            self.agent = agent
            self.isSole = isSole
            self.groups = groups
            self.forbiddenReplyPrefixes = forbiddenReplyPrefixes
        }
    }

    private struct State {
        var rules: Rules
        var isStopping = false
        /// The group commands that run, to wake them when the agent stops.
        var groupRuns: [UInt64: WakeSignal] = [:]
        var foreignNames: Set<String> = []
        /// Other agents that are online at the same broker: what this one does not know may be theirs.
        var otherAgents: Set<String> = []
        /// How many group commands run or wait to run.
        var groupRunCount = 0
    }

    let topics: TopicMap
    let lanes: LaneDirectory
    let publisher: Publisher
    private let numbers: TicketNumbers
    let timekeeper: any Timekeeper
    private let logger: Logger
    private let state: Mutex<State>
    private let groupRuns: AsyncStream<GroupRun>
    private let groupRunsInput: AsyncStream<GroupRun>.Continuation

    /// A router to these lanes.
    public init(
        rules: Rules,
        lanes: LaneDirectory,
        publisher: Publisher,
        numbers: TicketNumbers,
        timekeeper: any Timekeeper,
        logger: Logger
    ) {
        state = Mutex(State(rules: rules))
        topics = publisher.topics
        self.lanes = lanes
        self.publisher = publisher
        self.numbers = numbers
        self.timekeeper = timekeeper
        self.logger = logger
        (groupRuns, groupRunsInput) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.maximumGroupRuns))
    }

    /// Takes over changed rules.
    func adopt(_ rules: Rules) {
        state.withLock { $0.rules = rules }
    }

    /// From now on refuses every command: the agent is shutting down.
    func stop() {
        let asleep = state.withLock { state in
            state.isStopping = true
            return state.groupRuns.values
        }
        groupRunsInput.finish()
        for signal in asleep { signal.signal() }
    }

    /// Runs group commands until the router is stopped. The agent calls it once, in a task of its own.
    func runGroups() async {
        await withDiscardingTaskGroup { group in
            for await run in groupRuns {
                group.addTask {
                    let number = self.numbers.next()
                    self.state.withLock { $0.groupRuns[number] = run.wake }
                    let result = await run.execute(in: self.lanes, numbers: self.numbers, timekeeper: self.timekeeper) {
                        self.state.withLock(\.isStopping)
                    }
                    self.state.withLock { state in
                        state.groupRuns[number] = nil
                        state.groupRunCount -= 1
                    }
                    self.publisher.publish(result, reply: run.reply)
                    run.answer?(result)
                }
            }
        }
    }

    // MARK: - Messages

    /// Takes one message from the broker to where it belongs.
    public func route(_ delivery: Delivery) async {
        switch topics.parse(delivery.topic) {
        case .outlet(let pdu, let outlet): await route(delivery, pdu: pdu, outlet)
        case .group(let name): await route(delivery, group: name)
        case .get(let pdu):
            guard !delivery.isRetained else { return }
            await lanes[pdu]?.refresh()
        case .agentAvailability(let agent): note(agent, isOnline: delivery.payload == Array("online".utf8))
        case nil:
            logger.debug("a message on a topic that is none of the agent's", metadata: ["topic": "\(delivery.topic)"])
        }
    }

    private func note(_ agent: String, isOnline: Bool) {
        state.withLock { state in
            guard agent != state.rules.agent else { return }
            if !isOnline {
                state.otherAgents.remove(agent)
            } else if state.otherAgents.count < Self.maximumOtherAgents {
                state.otherAgents.insert(agent)
            }
        }
    }

    private func route(_ delivery: Delivery, pdu: String, _ outlet: OutletLevel) async {
        guard let lane = lanes[pdu] else { return refuseForeign(delivery, pdu, outlet) }
        switch read(delivery) {
        case .refused(let outcome, let id):
            refuse(outcome, id: id, pdu: pdu, outlet, delivery)
        case .empty:
            await lane.refresh()
        case .command(let command, let reply):
            switch outlet {
            case .number(let number):
                let ticket = ticket(for: OutletID(pdu: lane.pdu, outlet: number), command, reply: reply)
                await lane.submit([ticket])
            case .all:
                switch await lane.rulesForAll {
                case .success(let rules): start(.pdu(pdu), rules, command, reply: reply)
                case .failure(let unread):
                    let outcome = Outcome.failed(.deviceError, unread.description)
                    refuse(outcome, id: command.id, pdu: pdu, .all, delivery, by: command.by)
                }
            case .other(let text):
                let words = "'\(CommandPayload.excerpt(text))' is not an outlet's number"
                refuse(.rejected(.unknownOutlet, words), id: command.id, pdu: pdu, outlet, delivery, by: command.by)
            }
        }
    }

    private func route(_ delivery: Delivery, group name: String) async {
        let rules = state.withLock { $0.rules.groups[name] }
        switch read(delivery) {
        case .refused(let outcome, let id):
            refuse(outcome, group: name, id: id, command: nil, delivery, isKnown: rules != nil)
        case .empty:
            for pdu in Set((rules?.outlets ?? []).map(\.pdu)) { await lanes[pdu.rawValue]?.refresh() }
        case .command(let command, let reply):
            guard let rules else {
                let outcome = Outcome.rejected(.unknownGroup, "there is no group '\(CommandPayload.excerpt(name))'")
                return refuse(outcome, group: name, id: command.id, command: command, delivery, isKnown: false)
            }
            start(.group(name), rules, command, reply: reply)
        }
    }

    private enum Reading {
        case command(Command, reply: ReplyAddress?)
        case empty
        case refused(Outcome, id: String?)
    }

    /// Reads a message, with what MQTT 5 says beside the payload.
    private func read(_ delivery: Delivery) -> Reading {
        if delivery.isRetained {
            if delivery.payload.isEmpty, delivery.size == 0 { return .empty }
            logger.warning(
                "a retained command was refused; clear it with an empty retained message",
                metadata: ["topic": "\(delivery.topic)"]
            )
            let words = "the command was retained: send it without the retain flag, and clear it on its topic"
            return .refused(.rejected(.retained, words), id: Self.id(in: delivery))
        }
        guard delivery.size <= CommandPayload.maximumSize else {
            let words = "the payload has \(delivery.size) bytes, \(CommandPayload.maximumSize) are allowed"
            return .refused(.rejected(.badPayload, words), id: nil)
        }
        do {
            guard case .command(var command) = try CommandPayload.read(delivery.payload) else { return .empty }
            try complete(&command, with: delivery)
            if state.withLock(\.isStopping) { return .refused(LaneSchedule.stopping, id: command.id) }
            return .command(command, reply: try replyAddress(delivery, id: command.id))
        } catch {
            return .refused(.rejected(.badPayload, error.description), id: error.id)
        }
    }

    /// The id of a command that is refused unread, so that its sender finds the answer.
    private static func id(in delivery: Delivery) -> String? {
        do {
            guard case .command(let command) = try CommandPayload.read(delivery.payload) else { return nil }
            return command.id
        } catch {
            return error.id
        }
    }

    private func complete(_ command: inout Command, with delivery: Delivery) throws(BadPayload) {
        for (name, value) in delivery.userProperties where value.utf8.count <= CommandJSON.maximumTextLength {
            if name == "by" { command.by = command.by ?? value }
            if name == "reason" { command.reason = command.reason ?? value }
        }
        if let expiry = delivery.expiry {
            let end = timekeeper.wallTime.addingTimeInterval(expiry.inSeconds)
            command.deadline = command.deadline.map { min($0, end) } ?? end
        } else if delivery.mayHaveWaited, command.deadline == nil {
            throw BadPayload(
                "the command may have waited for the agent and has neither deadline nor expiry, so it may be late",
                id: command.id
            )
        }
    }

    private func replyAddress(_ delivery: Delivery, id: String?) throws(BadPayload) -> ReplyAddress? {
        guard let topic = delivery.responseTopic else { return nil }
        let isForbidden =
            topic.isEmpty || topic.contains { $0 == "+" || $0 == "#" } || topic.hasPrefix("$")
            || topics.contains(topic)
            || state.withLock { state in
                state.rules.forbiddenReplyPrefixes.contains { topic == $0 || topic.hasPrefix($0 + "/") }
            }
        guard !isForbidden else {
            let words =
                "the response topic '\(CommandPayload.excerpt(topic))' is refused: it must not be below "
                + "'\(topics.base)' or the discovery prefix, and hold no wildcard"
            throw BadPayload(words, id: id)
        }
        return ReplyAddress(topic: topic, correlationData: delivery.correlationData)
    }

    // MARK: - What becomes of a command

    func ticket(
        for outlet: OutletID,
        _ command: Command,
        reply: ReplyAddress?,
        answer: (@Sendable (CommandResult) -> Void)? = nil
    ) -> Ticket {
        Ticket(
            number: numbers.next(),
            outlet: outlet,
            command: command,
            receivedAt: timekeeper.now,
            receivedTime: timekeeper.wallTime,
            reply: reply,
            answer: answer
        )
    }

    /// Starts a command for several outlets; one that cannot be started is answered at once.
    func start(
        _ target: GroupResult.Target,
        _ rules: GroupRules,
        _ command: Command,
        reply: ReplyAddress? = nil,
        answer: (@Sendable (GroupResult) -> Void)? = nil
    ) {
        let run = GroupRun(
            target: target,
            rules: rules,
            command: command,
            receivedAt: timekeeper.now,
            receivedTime: timekeeper.wallTime,
            reply: reply,
            answer: answer
        )
        let isRoom = state.withLock { state in
            guard state.groupRunCount < Self.maximumGroupRuns else { return false }
            state.groupRunCount += 1
            return true
        }
        guard isRoom else {
            let outcome = Outcome(.superseded, message: "more than \(Self.maximumGroupRuns) group commands run")
            return publish(outcome, target: target, id: command.id, command: command, reply: reply, answer: answer)
        }
        guard case .enqueued = groupRunsInput.yield(run) else {
            state.withLock { $0.groupRunCount -= 1 }
            return publish(
                LaneSchedule.stopping,
                target: target,
                id: command.id,
                command: command,
                reply: reply,
                answer: answer
            )
        }
    }

    // MARK: - Refusals

    /// Answers a message for a PDU that is none of this agent's: only when nobody else can have it.
    private func refuseForeign(_ delivery: Delivery, _ pdu: String, _ outlet: OutletLevel) {
        let (isSole, isNew) = state.withLock { state in
            let isRoom = state.foreignNames.count < Self.maximumForeignNames
            return (state.rules.isSole, isRoom && state.foreignNames.insert(pdu).inserted)
        }
        if isNew {
            logger.info(
                "a command for a PDU that is not in the configuration",
                metadata: ["name": "\(CommandPayload.excerpt(pdu))"]
            )
        }
        guard isSole, delivery.size > 0 else { return }
        let outcome = Outcome.rejected(.unknownPDU, "there is no PDU '\(CommandPayload.excerpt(pdu))'")
        refuse(outcome, id: Self.id(in: delivery), pdu: pdu, outlet, delivery)
    }

    private func refuse(
        _ outcome: Outcome,
        id: String?,
        pdu: String,
        _ outlet: OutletLevel,
        _ delivery: Delivery,
        by: String? = nil
    ) {
        let result = CommandResult(
            refusing: outcome,
            id: id,
            pdu: pdu,
            outlet: outlet,
            by: by,
            receivedAt: timekeeper.wallTime
        )
        publisher.tell(.refused(result))
        publisher.publish(result, reply: (try? replyAddress(delivery, id: id)) ?? nil)
    }

    /// An unknown group may be another agent's, so it is answered only while there is none.
    private func refuse(
        _ outcome: Outcome,
        group: String,
        id: String?,
        command: Command?,
        _ delivery: Delivery,
        isKnown: Bool
    ) {
        guard isKnown || state.withLock({ $0.rules.isSole || $0.otherAgents.isEmpty }) else { return }
        let reply = (try? replyAddress(delivery, id: id)) ?? nil
        publish(outcome, target: .group(group), id: id, command: command, reply: reply)
    }

    private func publish(
        _ outcome: Outcome,
        target: GroupResult.Target,
        id: String?,
        command: Command?,
        reply: ReplyAddress?,
        answer: (@Sendable (GroupResult) -> Void)? = nil
    ) {
        let result = refused(outcome, target: target, id: id, command: command)
        publisher.tell(.refusedGroup(result))
        publisher.publish(result, reply: reply)
        answer?(result)
    }

    func refused(_ outcome: Outcome, target: GroupResult.Target, id: String?, command: Command?) -> GroupResult {
        let now = timekeeper.wallTime
        return GroupResult(
            target: target,
            id: id,
            action: command?.action,
            status: outcome.status,
            error: CommandResult.Problem(outcome),
            by: command?.by,
            receivedAt: now,
            finishedAt: now,
            outlets: []
        )
    }

    /// Whether the agent is shutting down.
    var isStopping: Bool { state.withLock(\.isStopping) }

    /// The groups as they are configured now, by name.
    public var groups: [String: GroupRules] { state.withLock(\.rules.groups) }
}
