import DequeModule
import Foundation
public import Logging
import Power
import Synchronization

/// Takes messages from the broker, and commands from elsewhere, to the lanes they are for; refuses what is none.
public final class CommandRouter: Sendable {
    /// How many names of foreign PDUs are remembered, so that each is logged once.
    static let maximumForeignNames = 1000
    /// How many other agents are remembered.
    static let maximumOtherAgents = 10_000
    /// How many group commands may run at the same time.
    static let maximumGroupRuns = 256
    /// How many answered group commands are remembered in a fleet: more than any agent holds of those of one PDU.
    static let rememberedGroupAnswers = 1024

    /// What the configuration says, as far as the router needs it.
    public struct Rules: Sendable, Equatable {
        /// The agent's own id.
        public var agent: String
        /// Whether this is the only agent at its broker, so that a PDU it does not know exists nowhere.
        public var isSole: Bool
        /// The groups by name.
        public var groups: [String: GroupRules]
        /// The loads by name.
        public var loads: [String: LoadRules]
        /// Topics below these prefixes are no response topics, besides the agent's own base topic.
        public var forbiddenReplyPrefixes: [String]
        /// What each user may do, by name; nothing where no users are configured, and everybody may do everything.
        public var users: [String: Rights]?
        /// Whether only topics are heeded whose sender the broker has proved.
        public var requiresUser: Bool

        /// Whether what comes on topics of users' own is more than good to have.
        var hasUsers: Bool { users != nil || requiresUser }

        /// Rules.
        public init(
            agent: String,
            isSole: Bool = false,
            groups: [String: GroupRules] = [:],
            loads: [String: LoadRules] = [:],
            forbiddenReplyPrefixes: [String] = ["homeassistant"],
            users: [String: Rights]? = nil,
            requiresUser: Bool = false
        ) {
            self.agent = agent
            self.isSole = isSole
            self.groups = groups
            self.loads = loads
            self.forbiddenReplyPrefixes = forbiddenReplyPrefixes
            self.users = users
            self.requiresUser = requiresUser
        }
    }

    struct State {
        var rules: Rules
        var isStopping = false
        /// The group commands that nobody has taken up yet.
        var waitingRuns = Deque<GroupRun>()
        /// The group commands that run.
        var groupRuns: [UInt64: GroupRun] = [:]
        /// In a fleet, the PDUs that its agents share.
        var shared: Set<PDUName> = []
        var foreignNames: Set<String> = []
        /// Other agents that are online at the same broker: what this one does not know may be theirs.
        var otherAgents: Set<String> = []
        /// How many group commands run or wait to run.
        var groupRunCount = 0
        /// In a fleet, the last group commands that this agent has answered.
        var answered = Deque<(target: GroupResult.Target, id: String)>()

        /// Notes that a command is answered.
        mutating func noteAnswer(_ target: GroupResult.Target, _ command: Command) {
            guard let id = command.id, !command.dryRun else { return }
            if answered.count == CommandRouter.rememberedGroupAnswers { answered.removeFirst() }
            answered.append((target, id))
        }

        /// Whether the command with this id runs, waits to run, or was answered lately.
        func knows(_ target: GroupResult.Target, id: String) -> Bool {
            runs(target, id: id) || answered.contains { $0.id == id && $0.target == target }
        }

        /// Whether the command with this id runs, or waits to run.
        func runs(_ target: GroupResult.Target, id: String?) -> Bool {
            guard let id else { return false }
            func isIt(_ run: GroupRun) -> Bool { run.target == target && run.command.id == id && !run.command.dryRun }
            return waitingRuns.contains(where: isIt) || groupRuns.values.contains(where: isIt)
        }
    }

    let topics: TopicMap
    let lanes: LaneDirectory
    let publisher: Publisher
    let numbers: TicketNumbers
    let timekeeper: any Timekeeper
    let logger: Logger
    let state: Mutex<State>
    let journal: (any GroupJournal)?
    /// Carries out the commands for loads.
    let loadDesk: LoadDesk
    let runSignal = WakeSignal()
    /// Holds commands for PDUs that another agent owns; nothing without a fleet.
    let gap: GapDesk?
    /// Has other agents carry out what is theirs; nothing without a fleet.
    let fleet: (any FleetMember)?

    /// A router to these lanes.
    ///
    /// - Parameter journal: where commands for several outlets are noted, so that the next start can answer them.
    public init(
        rules: Rules,
        lanes: LaneDirectory,
        publisher: Publisher,
        journal: (any GroupJournal & LoadJournal)? = nil,
        numbers: TicketNumbers,
        timekeeper: any Timekeeper,
        fleet: (any FleetMember)? = nil,
        logger: Logger
    ) {
        self.fleet = fleet
        gap = fleet == nil ? nil : GapDesk()
        state = Mutex(State(rules: rules))
        topics = publisher.topics
        self.lanes = lanes
        self.publisher = publisher
        self.journal = journal
        self.numbers = numbers
        self.timekeeper = timekeeper
        self.logger = logger
        loadDesk = LoadDesk(
            lanes: lanes,
            publisher: publisher,
            journal: journal,
            numbers: numbers,
            timekeeper: timekeeper,
            logger: logger
        )
        loadDesk.adopt(rules.loads)
        _ = publisher.loads.adopt(rules.loads)
    }

    /// Takes over changed rules.
    ///
    /// - Returns: the PDUs whose outlets have to be told again, for loads that are new.
    func adopt(_ rules: Rules) -> Set<PDUName> {
        state.withLock { $0.rules = rules }
        loadDesk.adopt(rules.loads)
        return publisher.loads.adopt(rules.loads)
    }

    /// Takes over which PDUs the agents of a fleet share.
    func adopt(shared: Set<PDUName>) {
        state.withLock { $0.shared = shared }
        loadDesk.adopt(shared: shared)
    }

    /// Runs the commands for groups and loads, where no agent does it, until the task is cancelled.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.runGroups() }
            group.addTask { await self.loadDesk.run() }
        }
    }

    /// From now on refuses every command: the agent is shutting down. What runs has until the moment.
    func stop(until limit: Moment) {
        loadDesk.stop(until: limit)
        let asleep = state.withLock { state in
            state.isStopping = true
            return state.groupRuns.values.map(\.wake)
        }
        runSignal.signal()
        for signal in asleep { signal.signal() }
    }

    // MARK: - What becomes of a command

    func ticket(
        for outlet: OutletID,
        _ command: Command,
        expiresAt: Moment? = nil,
        reply: ReplyAddress?,
        arrived: Now? = nil,
        answer: (@Sendable (CommandResult) -> Void)? = nil
    ) -> Ticket {
        Ticket(
            number: numbers.next(),
            outlet: outlet,
            command: command,
            receivedAt: arrived?.moment ?? timekeeper.now,
            receivedTime: arrived?.wallTime ?? timekeeper.wallTime,
            expiresAt: expiresAt,
            reply: reply,
            answer: answer
        )
    }

    var hasUsers: Bool { state.withLock(\.rules.hasUsers) }

    /// Tells everybody who watches that somebody was refused something that is no command.
    public func note(_ denial: Denial) { publisher.tell(.denied(denial)) }

    /// Has it written down that the configuration was changed.
    public func note(_ change: ConfigurationChange) { publisher.tell(.configured(change)) }

    /// What rights come to, as groups and loads are configured now.
    public func reach(of rights: Rights) -> Reach {
        let rules = state.withLock(\.rules)
        return Reach(rights, groups: rules.groups, loads: rules.loads)
    }

    /// The command as its sender gives it, or why it may not.
    func admit(_ command: Command, for target: CommandTarget, from sender: Sender) -> (
        command: Command, refusal: Outcome?
    ) {
        var command = command
        command.user = sender.user
        command.door = sender.door
        guard sender.rights != .everything else { return (command, nil) }
        return (command, reach(of: sender.rights).refusal(of: command, for: target, by: sender.user))
    }

    /// The agent's id.
    public var agent: String { state.withLock(\.rules.agent) }

    /// Whether a command that this process gives is carried out here, or by another agent of the fleet that this one asks.
    public func takes(_ target: CommandTarget) -> Bool {
        switch target {
        case .outlet(let name, _):
            lanes[name] != nil
                || fleet != nil && PDUName(name).map { pdu in state.withLock { $0.shared.contains(pdu) } } ?? false
        case .group(let name): groups[name] != nil
        case .load(let name): loads[name] != nil
        }
    }

    /// Whether it is this agent that tells what happens to something: in a fleet it is the one that owns it.
    public func leads(_ target: CommandTarget) -> Bool {
        switch target {
        case .outlet(let name, _): lanes[name] != nil
        case .group(let name): groups[name].map { leads(pdus(inOrder: $0.members)) } ?? false
        case .load(let name): loads[name].map { leads($0.feeds.map(\.pdu)) } ?? false
        }
    }

    /// Has it written down that somebody was refused a command that is for another agent.
    public func note(refusal answer: CommandAnswer) {
        switch answer {
        case .outlet(let result): publisher.tell(.refused(result))
        case .group(let result): publisher.tell(.refusedGroup(result))
        case .load(let result): publisher.tell(.loadResult(result, nil, nil))
        }
    }

    /// Whether the agent is shutting down.
    var isStopping: Bool { state.withLock(\.isStopping) }

    /// The loads as they are configured now, by name.
    public var loads: [String: LoadRules] { loadDesk.rules }

    /// What is known of the loads now, by name.
    public var loadSnapshots: [LoadSnapshot] { publisher.loads.all }

    /// The groups as they are configured now, by name.
    public var groups: [String: GroupRules] { state.withLock(\.rules.groups) }
}
