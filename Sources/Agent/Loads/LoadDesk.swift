import DequeModule
import Foundation
import Logging
import Power
import Synchronization

/// Carries out the commands for loads: has the feeds' outlets kept for each, does what its `LoadWork` decides, and gives it
/// its one answer.
///
/// Two commands can never wait for each other. The lanes get the commands one after the other, whole, so that all outlets
/// have them in the same order; and what keeps an outlet waits only for what came before it.
final class LoadDesk: Sendable {
    /// How many commands for loads may wait or run at the same time; beyond that a new one is `superseded`.
    static let maximumRuns = 4096

    private struct State {
        var rules: [String: LoadRules] = [:]
        /// Until when what runs may go on; nothing while the agent is not stopped.
        var stopLimit: Moment?
        /// The commands that nobody has taken up yet; those of an earlier process have their outlets already.
        var waiting = Deque<(run: LoadRun, tickets: [Ticket]?)>()
        var running: [UInt64: LoadRun] = [:]
        /// In a fleet, the PDUs that this agent may come to own.
        var shared: Set<PDUName> = []
        /// The PDUs that another agent is to have, and what is left to that one: what rests for longer.
        var leaving: [PDUName: Duration] = [:]
        /// The commands that wait until this agent owns every PDU of their feeds, in the order in which they came.
        var unowned: [Unowned] = []
        /// What earlier owners have begun, by number, until this agent owns every PDU of it.
        var inherited: [UInt64: Inherited] = [:]
        var answers: [String: AnswersByID<LoadRun, LoadResult>] = [:]

        /// How many commands there are.
        var count: Int { waiting.count + running.count + unowned.count }
    }

    private static let tooMany = Outcome(.superseded, message: "more than \(maximumRuns) commands for loads wait")

    /// A command that waits for PDUs.
    private struct Unowned {
        let run: LoadRun
        /// Then it has waited for too long.
        let limit: Moment
    }

    /// A command that an earlier owner of its PDUs has begun. Its outlets are kept as far as this agent owns them.
    private struct Inherited {
        let entry: LoadEntry
        let run: LoadRun
        /// Those of its PDUs that this agent owns.
        var pdus: Set<PDUName> = []
        var tickets: [Int: Ticket] = [:]
    }

    private let lanes: LaneDirectory
    private let publisher: Publisher
    private let journal: (any LoadJournal)?
    private let numbers: TicketNumbers
    private let timekeeper: any Timekeeper
    private let logger: Logger
    private let state = Mutex(State())
    private let newRun = WakeSignal()
    private let unownedSignal = WakeSignal()

    init(
        lanes: LaneDirectory,
        publisher: Publisher,
        journal: (any LoadJournal)?,
        numbers: TicketNumbers,
        timekeeper: any Timekeeper,
        logger: Logger
    ) {
        self.lanes = lanes
        self.publisher = publisher
        self.journal = journal
        self.numbers = numbers
        self.timekeeper = timekeeper
        self.logger = logger
    }

    /// Takes over which loads there are. Commands that wait or run go on with what they began with.
    func adopt(_ rules: [String: LoadRules]) {
        state.withLock { state in
            state.rules = rules
            state.answers = state.answers.filter { rules[$0.key] != nil }
        }
    }

    /// The loads as they are configured now, by name.
    var rules: [String: LoadRules] { state.withLock(\.rules) }

    // MARK: - What comes in

    /// Takes a command for a load that is configured. When this returns, its outlets' lanes have it, so that what arrives
    /// later for one of them comes after it.
    func start(
        _ command: Command,
        on name: String,
        _ rules: LoadRules,
        expiresAt: Moment? = nil,
        arrived: Now? = nil,
        reply: ReplyAddress? = nil,
        answer: (@Sendable (LoadResult) -> Void)? = nil
    ) async {
        var command = command
        command.limit = command.limit ?? rules.limit
        if command.action == .cycle { command.offTime = command.offTime ?? rules.offTime }
        let run = LoadRun(
            number: numbers.next(),
            load: name,
            rules: rules,
            command: command,
            receivedAt: arrived?.moment ?? timekeeper.now,
            receivedTime: arrived?.wallTime ?? timekeeper.wallTime,
            expiresAt: expiresAt,
            reply: reply,
            answer: answer
        )
        if command.dryRun { return tell(await plan(run), of: run, .notNeeded) }
        guard mustWait(run) else { return await begin(run) }
        if let refusal = putOff(run) { return tell(run.result(refusal, at: timekeeper.wallTime), of: run, .notNeeded) }
        await goOn()
    }

    /// Begins a command whose PDUs are all this agent's.
    private func begin(_ run: LoadRun) async {
        guard admit(run) else { return }
        // Noted before an outlet can be touched.
        if run.needsNote {
            let now = Now(timekeeper)
            journal?.write(run.entry(.accepted, due: now.wallTime, at: now)) { [weak run] _ in
                run?.post(.journalled(.accepted, refusal: nil))
            }
        }
        let refusal = state.withLock { state -> Outcome? in
            guard state.stopLimit == nil else { return LaneSchedule.stopping }
            guard state.count < Self.maximumRuns else { return Self.tooMany }
            state.waiting.append((run, nil))
            return nil
        }
        if let refusal { return await conclude(run, run.result(refusal, at: timekeeper.wallTime)) }
        newRun.signal()
        await run.begun.wait()
    }

    /// Gives a command to a load and waits for its result; nothing when nobody waited for the end.
    func execute(_ command: Command, on name: String, _ rules: LoadRules) async -> LoadResult? {
        let answer = PendingAnswer<LoadResult>()
        await start(command, on: name, rules) { answer.give($0) }
        return await answer.wait()
    }

    /// Whether a command with this id for a load waits, runs, or was answered in the last ten minutes.
    func knows(_ id: String, of load: String) -> Bool { state.withLock { $0.answers[load]?.knows(id) ?? false } }

    /// Whether a command has to be executed. One whose `id` is known is not: it is answered here, or with the first one.
    private func admit(_ run: LoadRun) -> Bool {
        guard let id = run.command.id else { return true }
        let now = timekeeper.now
        let verdict = state.withLock { state in
            state.answers[run.load, default: AnswersByID()].judge(run, id: id, at: now)
        }
        switch verdict {
        case .new: return true
        case .wait: return false
        case .answered(let result): tell(result, of: run, .notNeeded)
        case .tooMany:
            let outcome = Outcome(.superseded, message: "too many commands with the same id wait")
            tell(run.result(outcome, at: timekeeper.wallTime), of: run, .notNeeded)
        }
        return false
    }

    /// From now on refuses every command. What runs has until the moment.
    func stop(until limit: Moment) {
        let (running, unowned) = state.withLock { state in
            defer { state.unowned = [] }
            state.stopLimit = limit
            return (Array(state.running.values), state.unowned)
        }
        for one in unowned {
            tell(one.run.result(LaneSchedule.stopping, at: timekeeper.wallTime), of: one.run, .notNeeded)
        }
        newRun.signal()
        for run in running { run.post(.stop(until: limit)) }
    }

    // MARK: - Running

    /// Runs commands until the desk is stopped and each is answered. The agent calls it once, in a task of its own; what
    /// has not ended when that is cancelled is answered, or left in the journal.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.refuseUnowned() }
            while let (run, kept) = await next() {
                let tickets = if let kept { kept } else { await gather(run) }
                run.begun.signal()
                group.addTask { await self.carryOut(run, tickets) }
            }
            unownedSignal.signal()
        }
    }

    private func next() async -> (LoadRun, [Ticket]?)? {
        while true {
            let (next, limit) = state.withLock { state in
                let next = state.waiting.popFirst()
                if let next {
                    state.running[next.run.number] = next.run
                    let rest = next.run.pdus.compactMap { state.leaving[$0] }.min()
                    if let rest { next.run.post(.handOver(resting: rest)) }
                }
                if next == nil, Task.isCancelled { state.stopLimit = state.stopLimit ?? .start }
                return (next, state.stopLimit)
            }
            if let next {
                if let limit { next.run.post(.stop(until: limit)) }
                return next
            }
            if limit != nil { return nil }
            await newRun.wait()
        }
    }

    /// Has the outlets of every feed kept for a command, as soon as each has its turn.
    private func gather(_ run: LoadRun) async -> [Ticket] {
        let tickets = run.rules.feeds.indices.map { run.ticket(of: $0, number: numbers.next()) }
        for ticket in tickets {
            guard let lane = lanes.working(ticket.outlet.pdu) else {
                ticket.feed?(.refused(Self.withoutLane(ticket.outlet)))
                continue
            }
            if ticket.isRecovered { await lane.recover(feed: ticket) } else { await lane.keep(ticket) }
        }
        return tickets
    }

    private static func withoutLane(_ outlet: OutletID) -> Outcome {
        .rejected(.unknownPDU, "\(outlet) cannot be switched: \(outlet.pdu) is not in use by the configuration")
    }

    private func carryOut(_ run: LoadRun, _ tickets: [Ticket]) async {
        var work = LoadWork(
            load: run.load,
            run.rules,
            run.command,
            isNoted: !run.needsNote || journal == nil,
            expiresAt: run.expiresAt,
            recovered: run.recovered,
            at: run.receivedAt
        )
        while true {
            let events = run.takeEvents()
            let now = Now(timekeeper)
            for event in events { work.take(event, at: now) }
            if Task.isCancelled { work.take(.cancel, at: now) }
            work.advance(at: now)
            for effect in work.takeEffects() { await carryOut(effect, of: work, run, tickets) }
            if work.isOver { break }
            let next = work.nextMoment(at: Now(timekeeper))
            if next < .never { timekeeper.wake(run.signal, at: next) } else { timekeeper.forget(run.signal) }
            await run.signal.wait()
        }
        timekeeper.forget(run.signal)
        state.withLock { $0.running[run.number] = nil }
    }

    private func carryOut(_ effect: LoadWork.Effect, of work: LoadWork, _ run: LoadRun, _ tickets: [Ticket]) async {
        switch effect {
        case .check(let target): run.post(.checked(await check(run, tickets, target: target)))
        case .journal(let stage, let due, let isAwaited):
            let now = Now(timekeeper)
            let entry = run.entry(stage, due: now.date(of: due), at: now)
            run.note(entry)
            guard let journal else {
                let words = "no state directory is set, so nothing that must survive a crash is begun"
                return run.post(.journalled(stage, refusal: .rejected(.journalFailed, words)))
            }
            guard isAwaited else { return journal.write(entry, completion: nil) }
            journal.write(entry) { failure in
                run.post(.journalled(stage, refusal: failure.map { .rejected(journal.refusal, $0) }))
            }
        case .order(let orders):
            // Outlets of one PDU that may switch together reach its lane together, so that one request can serve them.
            var byPDU: [PDUName: [(FeedOrder, Ticket)]] = [:]
            for (place, order) in orders.sorted(by: { $0.key < $1.key }) {
                byPDU[tickets[place].outlet.pdu, default: []].append((order, tickets[place]))
            }
            for (pdu, orders) in byPDU.sorted(by: { $0.key < $1.key }) {
                guard let lane = lanes.working(pdu) else {
                    for (_, ticket) in orders {
                        ticket.feed?(.lost(Self.withoutLane(ticket.outlet), isForGood: true))
                    }
                    continue
                }
                await lane.order(orders)
            }
        case .release(let places): await release(places.map { tickets[$0] })
        case .finish:
            await conclude(run, run.result(of: work, at: timekeeper.wallTime), mustBeRemembered: work.mustBeRemembered)
            await release(tickets)
        case .leave:
            leave(run)
            await inherit(run)
            await release(tickets)
        }
    }

    /// Tells those in this process who wait for what stays in the journal that they wait in vain.
    private func leave(_ run: LoadRun) {
        let words =
            isShared(run)
            ? "another agent of the fleet is to own a PDU of it; that one finishes what is in the journal"
            : "the agent was stopped; the command is in its journal and is finished at the next start"
        let result = run.result(.unknown(.stopping, words), at: timekeeper.wallTime)
        run.answer?(result)
        for other in takeWaiting(run) {
            other.answer?(result)
            if let reply = other.reply { publisher.answer(result, .notNeeded, to: reply) }
        }
        guard isShared(run), let id = run.command.id else { return }
        state.withLock { $0.answers[run.load]?.forget(id: id) }
    }

    private func release(_ tickets: [Ticket]) async {
        for ticket in tickets { await lanes.working(ticket.outlet.pdu)?.release([ticket]) }
    }

    private func takeWaiting(_ run: LoadRun) -> [LoadRun] {
        guard let id = run.command.id else { return [] }
        return state.withLock { $0.answers[run.load]?.takeWaiting(id: id) ?? [] }
    }

    /// Whether a command may begin. Those loads that stand on this one are switched off first, where the command says so.
    private func check(_ run: LoadRun, _ tickets: [Ticket], target: PowerState?) async -> LoadWork.Check {
        var check = LoadWork.Check(feeds: [])
        for ticket in tickets {
            let lane = lanes.working(ticket.outlet.pdu)
            let gone = FeedCheck(
                refusal: Self.withoutLane(ticket.outlet),
                hold: .zero,
                leastHold: .zero,
                mustBeRemembered: false
            )
            check.feeds.append(await lane?.check(ticket, target: target) ?? gone)
        }
        // Nothing else is switched off for a command that is refused anyway.
        guard check.feeds.allSatisfy({ $0.refusal == nil }) else { return check }
        if target == .off, run.command.withDependents == true, run.recovered == nil {
            check.refusal = await switchOffDependents(of: run)
        }
        if let target, check.refusal == nil {
            check.refusal = publisher.loads.refusal(of: run.command, on: run.load, target: target)
        }
        return check
    }

    private func switchOffDependents(of run: LoadRun) async -> Outcome? {
        var command = Command(.off, deadline: run.command.deadline, by: run.command.by, force: run.command.force)
        command.reason = run.command.reason ?? "before \(run.load), which it requires"
        command.withDependents = true
        command.user = run.command.user
        command.door = run.command.door
        for name in publisher.loads.dependents(of: run.load) {
            guard let rules = rules[name] else { continue }
            let result = await execute(command, on: name, rules)
            guard result?.status != .done else { continue }
            let why = result?.error?.message ?? "the agent was stopped"
            return .rejected(.requires, "\(name), which requires \(run.load), was not switched off: \(why)")
        }
        return nil
    }

    // MARK: - Answers

    /// Keeps what an answer depends on, and tells it then.
    private func conclude(_ run: LoadRun, _ result: LoadResult, mustBeRemembered: Bool = false) async {
        // Another agent answers for what it finds, and for what it was told too.
        guard !isForeign(run) else { return leave(run) }
        var kept = Kept.notNeeded
        var receipt: Receipt?
        if let journal, run.needsJournal {
            let now = Now(timekeeper)
            kept = await journal.keep(run.entry(.finished, due: now.wallTime, result: result, at: now))
            guard kept.failure == nil || !isForeign(run) else { return leave(run) }
            receipt = self.receipt(run.number)
        } else if let journal, mustBeRemembered, result.queuedMilliseconds != nil {
            kept = await journal.keepMemories()
        }
        if result.status == .failed || result.status == .unknown, result.queuedMilliseconds != nil {
            logger.warning(
                "a command for a load did not end as it should; look at it",
                metadata: [
                    "load": "\(run.load)", "action": "\(run.command.action)", "error": "\(result.error?.message ?? "")",
                ]
            )
        }
        tell(result, of: run, kept, receipt: receipt)
        guard let id = run.command.id else { return }
        let now = timekeeper.now
        let others = state.withLock { state in
            state.answers[run.load, default: AnswersByID()].answer(id: id, result, at: now)
        }
        for other in others { tell(result, of: other, kept) }
    }

    private func tell(_ result: LoadResult, of run: LoadRun, _ kept: Kept, receipt: Receipt? = nil) {
        // Whoever has the answer finds it in the audit trail, before what is done because of it.
        publisher.tell(.loadResult(result, run.command, run.reply))
        publisher.publish(result, kept, reply: run.reply, receipt: receipt)
        run.answer?(result)
    }

    private func receipt(_ number: UInt64) -> Receipt? {
        journal.map { journal in Receipt(ticket: number) { journal.remove(load: number) } }
    }

    /// The answer to a dry run: nothing is kept and nothing is switched.
    private func plan(_ run: LoadRun) async -> LoadResult {
        var command = run.command
        let whole = publisher.loads[run.load]
        if command.action == .toggle, let whole { command.action = whole == .off ? .on : .off }
        let target: PowerState? = command.action == .cycle ? .off : command.action.plainState
        var plan = CommandPlan(steps: [], waiting: 0, obstacles: [], duration: 0)
        let delay = command.delay?.inSeconds ?? 0
        for place in run.rules.feeds.indices {
            var ticket = run.ticket(of: place, number: 0)
            ticket.command.action = command.action
            let outcome = await lanes.working(ticket.outlet.pdu)?.plan(ticket) ?? Self.withoutLane(ticket.outlet)
            if var feed = outcome.plan {
                feed.shift(by: delay + (run.rules.stagger * place).inSeconds)
                plan.steps += feed.steps
                plan.waiting = max(plan.waiting, feed.waiting)
                plan.obstacles += feed.obstacles
            } else if let problem = CommandResult.Problem(outcome) {
                plan.obstacles.append(problem)
            }
        }
        if let target, let refusal = publisher.loads.refusal(of: command, on: run.load, target: target),
            command.withDependents != true, let problem = CommandResult.Problem(refusal)
        {
            plan.obstacles.append(problem)
        }
        // Every feed goes back when the last one does.
        let last = plan.steps.map(\.after).max() ?? 0
        if let final = command.finalState {
            for index in plan.steps.indices where plan.steps[index].action == final.rawValue {
                plan.steps[index].after = last
            }
        }
        plan.steps.sort { $0.after < $1.after }
        plan.duration = last
        var outcome = Outcome(.done)
        outcome.plan = plan
        var result = run.result(outcome, at: timekeeper.wallTime)
        result.state = whole
        return result
    }

    // MARK: - In a fleet

    /// Takes over which PDUs this agent may come to own.
    func adopt(shared: Set<PDUName>) { state.withLock { $0.shared = shared } }

    private func isShared(_ run: LoadRun) -> Bool {
        state.withLock { state in run.pdus.contains { state.shared.contains($0) } }
    }

    private func isForeign(_ run: LoadRun) -> Bool { journal?.isForeign(run.pdus) ?? false }

    /// Whether every PDU of a command is this agent's, of those that it may come to own.
    private func owns(_ pdus: [PDUName], _ state: borrowing State) -> Bool {
        pdus.allSatisfy { lanes[$0.rawValue] != nil || !state.shared.contains($0) }
    }

    /// Whether a command has to wait for a PDU, or behind one for the same load that does.
    private func mustWait(_ run: LoadRun) -> Bool {
        state.withLock { state in
            !owns(run.pdus, state) || state.unowned.contains { $0.run.load == run.load }
                || state.inherited.values.contains { $0.run.load == run.load }
        }
    }

    /// Puts a command behind those that wait for their PDUs.
    ///
    /// - Returns: why it cannot be taken.
    private func putOff(_ run: LoadRun) -> Outcome? {
        let patience = run.command.limit ?? Self.longestWaitForPDUs
        let refusal = state.withLock { state -> Outcome? in
            guard state.stopLimit == nil else { return LaneSchedule.stopping }
            guard state.count < Self.maximumRuns else { return Self.tooMany }
            state.unowned.append(Unowned(run: run, limit: timekeeper.now + patience))
            return nil
        }
        unownedSignal.signal()
        return refusal
    }

    /// How long a command waits for its PDUs that says nothing else.
    private static let longestWaitForPDUs = Duration.seconds(15)

    /// Begins the commands whose PDUs are all this agent's. One that waits holds up those for the same load behind it.
    ///
    /// - Parameter moment: what came later is left alone, so that what came between goes first.
    func goOn(arrivedBy moment: Moment = .never) async {
        while let next = nextOwned(arrivedBy: moment) {
            switch next {
            case .new(let run): await begin(run)
            case .inherited(let inherited):
                guard mustGoOn(inherited.entry) else {
                    await recover(inherited.entry, at: Now(timekeeper))
                    continue
                }
                guard admit(inherited.run) else { continue }
                let run = inherited.run
                state.withLock { state in
                    let tickets = run.rules.feeds.indices.map { place in
                        if let ticket = inherited.tickets[place] { return ticket }
                        let ticket = run.ticket(of: place, number: numbers.next())
                        ticket.feed?(.refused(Self.withoutLane(ticket.outlet)))
                        return ticket
                    }
                    state.waiting.append((run, tickets))
                }
                newRun.signal()
            }
        }
    }

    private enum Owned {
        case new(LoadRun)
        case inherited(Inherited)
    }

    private func nextOwned(arrivedBy moment: Moment) -> Owned? {
        state.withLock { state in
            let inherited = state.inherited.values.filter { owns($0.run.pdus, state) }
            if let first = inherited.min(by: { $0.run.number < $1.run.number }) {
                state.inherited[first.run.number] = nil
                return .inherited(first)
            }
            var blocked: Set<String> = Set(state.inherited.values.map(\.run.load))
            for (place, one) in state.unowned.enumerated() where one.run.receivedAt <= moment {
                if !blocked.contains(one.run.load), owns(one.run.pdus, state) {
                    return .new(state.unowned.remove(at: place).run)
                }
                blocked.insert(one.run.load)
            }
            return nil
        }
    }

    /// Answers what has waited for its PDUs for too long.
    private func refuseUnowned() async {
        while !Task.isCancelled {
            let now = timekeeper.now
            let (late, next, isOver) = state.withLock { state in
                let late = state.unowned.filter { $0.limit <= now }
                state.unowned.removeAll { $0.limit <= now }
                let isOver = state.stopLimit != nil
                return (late, state.unowned.map(\.limit).min() ?? .never, isOver)
            }
            for one in late {
                let words =
                    "no agent of the fleet owned every PDU of \(one.run.load) within the command's limit; nothing was sent"
                tell(
                    one.run.result(Outcome(.expired, message: words), at: timekeeper.wallTime),
                    of: one.run,
                    .notNeeded
                )
            }
            if isOver { break }
            timekeeper.wake(unownedSignal, at: next)
            await unownedSignal.wait()
        }
        timekeeper.forget(unownedSignal)
    }

    /// This agent owns a PDU: what earlier owners have begun with it keeps its outlets.
    func begin(_ lane: PDULane, _ contents: JournalContents) async {
        let now = Now(timekeeper)
        recall(contents.loadAnswers, at: now)
        state.withLock { $0.leaving[lane.pdu] = nil }
        for entry in contents.loads { await begin(entry, on: lane, at: now) }
    }

    private func begin(_ entry: LoadEntry, on lane: PDULane, at now: Now) async {
        if entry.result != nil { return await recover(entry, at: now) }
        // Another PDU of it may begin at the same time.
        let run = state.withLock { state in
            let run = state.inherited[entry.number]?.run ?? self.run(of: entry, at: now)
            state.inherited[entry.number, default: Inherited(entry: entry, run: run)].pdus.insert(lane.pdu)
            return run
        }
        for (place, feed) in entry.feeds.enumerated() where feed.pdu == lane.pdu && mustGoOn(entry) {
            let ticket = run.ticket(of: place, number: numbers.next())
            run.forget([place])
            await lane.recover(feed: ticket)
            state.withLock { $0.inherited[entry.number]?.tickets[place] = ticket }
        }
    }

    /// Another agent is to own a PDU: what rests for so long is left to that one.
    func handOver(_ pdu: PDUName, resting rest: Duration) async {
        let (running, inherited, passed) = state.withLock { state in
            state.leaving[pdu] = rest
            let passed = state.unowned.filter { $0.run.pdus.first == pdu }
            state.unowned.removeAll { $0.run.pdus.first == pdu }
            return (state.running.values.filter { $0.pdus.contains(pdu) }, forget(pdu, &state), passed)
        }
        for run in running { run.post(.handOver(resting: rest)) }
        // Nobody has answered them, so the agent that is next in line carries them out.
        for one in passed { leave(one.run) }
        await release(inherited)
    }

    /// Whether a command that has begun needs a PDU.
    func works(with pdu: PDUName) -> Bool {
        state.withLock { state in
            state.running.values.contains { $0.pdus.contains(pdu) }
                || state.waiting.contains { $0.run.pdus.contains(pdu) }
        }
    }

    /// Another agent may own a PDU: what needs it is left to the one that comes to own all of it.
    func end(_ pdu: PDUName) async {
        let passed = state.withLock { state in
            _ = forget(pdu, &state)
            state.leaving[pdu] = nil
            defer { state.unowned.removeAll { $0.run.pdus.first == pdu } }
            return state.unowned.filter { $0.run.pdus.first == pdu }
        }
        for one in passed { leave(one.run) }
    }

    /// - Returns: the tickets that kept outlets of the PDU.
    private func forget(_ pdu: PDUName, _ state: inout State) -> [Ticket] {
        var tickets: [Ticket] = []
        for (number, inherited) in state.inherited where inherited.run.pdus.contains(pdu) {
            let places = inherited.tickets.keys.filter { inherited.run.rules.feeds[$0].pdu == pdu }
            for place in places {
                if let ticket = state.inherited[number]?.tickets.removeValue(forKey: place) { tickets.append(ticket) }
            }
            inherited.run.forget(places)
            state.inherited[number]?.pdus.remove(pdu)
            if state.inherited[number]?.pdus.isEmpty == true { state.inherited[number] = nil }
        }
        return tickets
    }

    /// What was left because another agent has one of its PDUs goes on keeping the outlets of the others.
    private func inherit(_ run: LoadRun) async {
        guard isShared(run), state.withLock({ $0.stopLimit == nil }), let entry = run.noted, mustGoOn(entry) else {
            return
        }
        let now = Now(timekeeper)
        for pdu in run.pdus where journal?.isForeign([pdu]) == false && state.withLock({ $0.leaving[pdu] == nil }) {
            guard let lane = lanes[pdu.rawValue] else { continue }
            await begin(entry, on: lane, at: now)
        }
    }

    // MARK: - Across a restart

    /// Goes on with what an earlier process left, and remembers what it answered. The outlets are kept when this returns.
    func recover(_ entries: [LoadEntry], answers: [LoadResult]) async {
        let now = Now(timekeeper)
        recall(answers, at: now)
        for entry in entries { await recover(entry, at: now) }
    }

    private func recall(_ answers: [LoadResult], at now: Now) {
        state.withLock { state in
            for answer in answers {
                guard let id = answer.id else { continue }
                let since = min(now.moment(of: answer.finishedAt), now.moment)
                state.answers[answer.load, default: AnswersByID()].recall(id: id, answer, since: since)
            }
        }
    }

    /// Whether an entry of an earlier process has to be finished, and not only answered.
    private func mustGoOn(_ entry: LoadEntry) -> Bool {
        let isToggle = entry.command.action == .toggle
        return entry.result == nil && entry.stage != .accepted && !(isToggle && entry.stage != .delayed)
    }

    private func run(of entry: LoadEntry, at now: Now) -> LoadRun {
        LoadRun(
            number: entry.number,
            load: entry.load,
            rules: LoadRules(feeds: entry.feeds, stagger: entry.stagger),
            command: entry.command,
            receivedAt: now.moment + .seconds(min(0, entry.receivedTime.timeIntervalSince(now.wallTime))),
            receivedTime: entry.receivedTime,
            expiresAt: entry.expires.map(now.moment(of:)),
            reply: entry.reply,
            recovered: (entry.stage, now.moment(of: entry.due))
        )
    }

    private func recover(_ entry: LoadEntry, at now: Now) async {
        if let result = entry.result {
            // Answered, and perhaps not told: the broker is told again rather than not at all.
            return publisher.publish(result, .notNeeded, reply: entry.reply, receipt: receipt(entry.number))
        }
        let run = run(of: entry, at: now)
        guard admit(run) else {
            journal?.remove(load: entry.number)
            return
        }
        logger.notice(
            entry.stage == .accepted
                ? "answering a load's command that an earlier run did not"
                : "finishing a load's command of an earlier run",
            metadata: ["load": "\(entry.load)", "action": "\(entry.command.action)"]
        )
        guard mustGoOn(entry) else {
            let words =
                "the agent died before it could see how this ended; whether \(entry.load) was switched is not known"
            return await conclude(run, run.result(.unknown(.agentDied, words), at: now.wallTime))
        }
        let tickets = await gather(run)
        state.withLock { $0.waiting.append((run, tickets)) }
        newRun.signal()
    }
}

extension LoadRun {
    /// Whether the journal has only to know that it came.
    fileprivate var needsNote: Bool { command.id != nil && !command.needsJournal }
}
