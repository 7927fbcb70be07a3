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
        var answers: [String: AnswersByID<LoadRun, LoadResult>] = [:]
    }

    private let lanes: LaneDirectory
    private let publisher: Publisher
    private let journal: (any LoadJournal)?
    private let numbers: TicketNumbers
    private let timekeeper: any Timekeeper
    private let logger: Logger
    private let state = Mutex(State())
    private let newRun = WakeSignal()

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
            receivedAt: timekeeper.now,
            receivedTime: timekeeper.wallTime,
            expiresAt: expiresAt,
            reply: reply,
            answer: answer
        )
        if command.dryRun { return tell(await plan(run), of: run, .notNeeded) }
        guard admit(run) else { return }
        // Noted before an outlet can be touched.
        if run.needsNote {
            let now = Now(timekeeper)
            journal?.write(run.entry(.accepted, due: now.wallTime, at: now)) { [weak run] failure in
                run?.post(.journalled(.accepted, failure: failure))
            }
        }
        let refusal = state.withLock { state -> Outcome? in
            guard state.stopLimit == nil else { return LaneSchedule.stopping }
            guard state.waiting.count + state.running.count < Self.maximumRuns else {
                return Outcome(.superseded, message: "more than \(Self.maximumRuns) commands for loads wait")
            }
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
        let running = state.withLock { state in
            state.stopLimit = limit
            return Array(state.running.values)
        }
        newRun.signal()
        for run in running { run.post(.stop(until: limit)) }
    }

    // MARK: - Running

    /// Runs commands until the desk is stopped and each is answered. The agent calls it once, in a task of its own; what
    /// has not ended when that is cancelled is answered, or left in the journal.
    func run() async {
        await withDiscardingTaskGroup { group in
            while let (run, kept) = await next() {
                let tickets = if let kept { kept } else { await gather(run) }
                run.begun.signal()
                group.addTask { await self.carryOut(run, tickets) }
            }
        }
    }

    private func next() async -> (LoadRun, [Ticket]?)? {
        while true {
            let (next, limit) = state.withLock { state in
                let next = state.waiting.popFirst()
                if let next { state.running[next.run.number] = next.run }
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
            guard let lane = lanes[ticket.outlet.pdu.rawValue] else {
                ticket.feed?(.refused(Self.withoutLane(ticket.outlet)))
                continue
            }
            if ticket.isRecovered { await lane.recover(feed: ticket) } else { await lane.submit([ticket]) }
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
            guard let journal else {
                let words = "no state directory is set, so nothing that must survive a crash is begun"
                return run.post(.journalled(stage, failure: words))
            }
            guard isAwaited else { return journal.write(entry, completion: nil) }
            journal.write(entry) { run.post(.journalled(stage, failure: $0)) }
        case .order(let orders):
            // Outlets of one PDU that may switch together reach its lane together, so that one request can serve them.
            var byPDU: [PDUName: [(FeedOrder, Ticket)]] = [:]
            for (place, order) in orders.sorted(by: { $0.key < $1.key }) {
                byPDU[tickets[place].outlet.pdu, default: []].append((order, tickets[place]))
            }
            for (pdu, orders) in byPDU.sorted(by: { $0.key < $1.key }) {
                guard let lane = lanes[pdu.rawValue] else {
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
            let words = "the agent was stopped; the command is in its journal and is finished at the next start"
            let result = run.result(.unknown(.stopping, words), at: timekeeper.wallTime)
            run.answer?(result)
            for other in takeWaiting(run) {
                other.answer?(result)
                if let reply = other.reply { publisher.answer(result, .notNeeded, to: reply) }
            }
            await release(tickets)
        }
    }

    private func release(_ tickets: [Ticket]) async {
        for ticket in tickets { await lanes[ticket.outlet.pdu.rawValue]?.release([ticket]) }
    }

    private func takeWaiting(_ run: LoadRun) -> [LoadRun] {
        guard let id = run.command.id else { return [] }
        return state.withLock { $0.answers[run.load]?.takeWaiting(id: id) ?? [] }
    }

    /// Whether a command may begin. Those loads that stand on this one are switched off first, where the command says so.
    private func check(_ run: LoadRun, _ tickets: [Ticket], target: PowerState?) async -> LoadWork.Check {
        var check = LoadWork.Check(feeds: [])
        for ticket in tickets {
            let lane = lanes[ticket.outlet.pdu.rawValue]
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
        var kept = Kept.notNeeded
        var receipt: Receipt?
        if let journal, run.needsJournal {
            let now = Now(timekeeper)
            kept = await journal.keep(run.entry(.finished, due: now.wallTime, result: result, at: now))
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
        for (place, ticket) in run.rules.feeds.indices.map({ ($0, run.ticket(of: $0, number: 0)) }) {
            let asked = ticket.asking(command.action)
            let outcome = await lanes[ticket.outlet.pdu.rawValue]?.plan(asked) ?? Self.withoutLane(ticket.outlet)
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

    // MARK: - Across a restart

    /// Goes on with what an earlier process left, and remembers what it answered. The outlets are kept when this returns.
    func recover(_ entries: [LoadEntry], answers: [LoadResult]) async {
        let now = Now(timekeeper)
        state.withLock { state in
            for answer in answers {
                guard let id = answer.id else { continue }
                let since = min(now.moment(of: answer.finishedAt), now.moment)
                state.answers[answer.load, default: AnswersByID()].recall(id: id, answer, since: since)
            }
        }
        for entry in entries { await recover(entry, at: now) }
    }

    private func recover(_ entry: LoadEntry, at now: Now) async {
        if let result = entry.result {
            // Answered, and perhaps not told: the broker is told again rather than not at all.
            return publisher.publish(result, .notNeeded, reply: entry.reply, receipt: receipt(entry.number))
        }
        let run = LoadRun(
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
        let isToggle = entry.command.action == .toggle
        guard entry.stage != .accepted, !(isToggle && entry.stage != .delayed) else {
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

extension Ticket {
    /// The same, asking for another action.
    fileprivate func asking(_ action: Action) -> Ticket {
        var command = command
        command.action = action
        return Ticket(
            number: number,
            outlet: outlet,
            command: command,
            receivedAt: receivedAt,
            receivedTime: receivedTime,
            target: target,
            feed: feed
        )
    }
}
