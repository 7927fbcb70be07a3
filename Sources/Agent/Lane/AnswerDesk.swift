import DequeModule
import Foundation
import Logging
import Power

/// Gives every command of a lane its one answer: the only way from a command's end to whoever asked.
///
/// What an answer says is on the disk before it is told, wherever a restart could contradict it. A command with an `id`
/// that comes again gets the first answer.
struct AnswerDesk {
    private struct Unkept {
        let ending: LaneEffect.Ending
        let result: CommandResult
    }

    let publisher: Publisher
    let journal: (any CommandJournal)?
    private var recent: [OutletNumber: RecentAnswers] = [:]
    /// The answers that wait for the disk, by ticket.
    private var unkept: [UInt64: Unkept] = [:]

    init(publisher: Publisher, journal: (any CommandJournal)?) {
        self.publisher = publisher
        self.journal = journal
    }

    /// Whether answers wait for the disk.
    var isWaiting: Bool { !unkept.isEmpty }

    /// Whether the answer to the command waits for the disk.
    func waits(for ticket: Ticket) -> Bool { unkept[ticket.number] != nil }

    /// Whether a command has to be executed. One whose `id` is known is not: it is answered here, or with the first one.
    mutating func admit(_ ticket: Ticket, at now: Now) -> Bool {
        guard let id = ticket.command.id else { return true }
        switch recent[ticket.outlet.outlet, default: RecentAnswers()].judge(ticket, id: id, at: now.moment) {
        case .new: return true
        case .wait: return false
        case .answered(let result): tell(result, to: ticket, .notNeeded)
        case .tooMany:
            tell(Outcome(.superseded, message: "too many commands with the same id wait"), to: ticket, at: now)
        }
        return false
    }

    /// Whether a command with this id for an outlet waits, runs, or was answered in the last ten minutes.
    func knows(_ id: String, for number: OutletNumber) -> Bool { recent[number]?.knows(id) ?? false }

    /// Tells the answer to a command that was never begun and leaves nothing behind.
    func tell(_ outcome: Outcome, to ticket: Ticket, at now: Now) {
        tell(CommandResult(ticket, outcome, startedAt: nil, deviceTime: .zero, now: now), to: ticket, .notNeeded)
    }

    /// A command has ended: keeps what has to be kept, and tells the answer then.
    ///
    /// - Parameter isKept: called from any thread when `didKeep` is to be called with the same arguments.
    mutating func settle(
        _ ending: LaneEffect.Ending,
        at now: Now,
        isKept: @escaping @Sendable (UInt64, Kept) -> Void
    ) {
        let ticket = ending.ticket
        let result = CommandResult(
            ticket,
            ending.outcome,
            startedAt: ending.startedAt,
            deviceTime: ending.deviceTime,
            now: now
        )
        let answer = Unkept(ending: ending, result: result)
        guard let journal else { return conclude(answer, .notNeeded, at: now.moment) }
        switch ending.keeping {
        case .nothing: return conclude(answer, .notNeeded, at: now.moment)
        case .memory: journal.keepMemories { isKept(ticket.number, $0) }
        case .answer, .work:
            let entry = JournalEntry(ticket, stage: .finished, due: now.wallTime, result: result, at: now)
            journal.keep(entry) { isKept(ticket.number, $0) }
        }
        unkept[ticket.number] = answer
    }

    /// What the answer depends on is on the disk, or will never be.
    ///
    /// - Returns: the command that was answered.
    mutating func didKeep(_ number: UInt64, _ kept: Kept, at now: Moment) -> Ticket? {
        guard let answer = unkept.removeValue(forKey: number) else { return nil }
        conclude(answer, kept, at: now)
        return answer.ending.ticket
    }

    private mutating func conclude(_ answer: Unkept, _ kept: Kept, at now: Moment) {
        let ticket = answer.ending.ticket
        guard answer.ending.keeping.keepsAnswer else { return tell(answer.result, to: ticket, kept) }
        tell(answer.result, to: ticket, kept, receipt: receipt(for: ticket))
        guard let id = ticket.command.id else { return }
        let others = recent[ticket.outlet.outlet, default: RecentAnswers()].answer(id: id, answer.result, at: now)
        for other in others { tell(answer.result, to: other, kept) }
    }

    private func receipt(for ticket: Ticket) -> Receipt? {
        journal.map { journal in Receipt(ticket: ticket.number) { journal.remove(ticket: ticket.number) } }
    }

    private func tell(_ result: CommandResult, to ticket: Ticket, _ kept: Kept, receipt: Receipt? = nil) {
        // Whoever has the answer finds it in the audit trail, before what is done because of it.
        publisher.tell(.result(result, ticket))
        publisher.publish(result, kept, reply: ticket.reply, receipt: receipt)
        ticket.answer?(result)
    }

    // MARK: - Across a restart

    /// Takes over what an earlier process answered. To be given oldest first.
    mutating func recall(_ answer: RecalledAnswer, at now: Now) {
        let since = min(now.moment(of: answer.result.finishedAt), now.moment)
        recent[answer.outlet.outlet, default: RecentAnswers()].recall(id: answer.id, answer.result, since: since)
    }

    /// Tells an answer again that an earlier process gave and that the broker perhaps never got.
    func retell(_ result: CommandResult, of ticket: Ticket) {
        publisher.publish(result, .notNeeded, reply: ticket.reply, receipt: receipt(for: ticket))
    }

    /// Tells those in this process who wait that another agent has the PDU, and perhaps what they wait for.
    mutating func disown(_ tickets: [Ticket], at now: Now) {
        let message = "another agent of the fleet owns the PDU now; it finishes what it finds in the journal"
        for ticket in tickets + unkept.values.map(\.ending.ticket) {
            // Not as what is handed over: it may not be in the journal, and is not asked of the next owner then.
            let lost = Outcome.unknown(.agentDied, message)
            ticket.answer?(CommandResult(ticket, lost, startedAt: nil, deviceTime: .zero, now: now))
            ticket.feed?(.taken(.unknown(.stopping, message)))
        }
        unkept = [:]
    }

    /// Forgets the answers that are too old to be repeated.
    mutating func forgetOld(at now: Moment) {
        guard !recent.isEmpty else { return }
        for number in Array(recent.keys) {
            recent[number]?.forgetOld(at: now)
            if recent[number]?.count == 0 { recent[number] = nil }
        }
    }

    /// Tells those in this process who wait for what stays in the journal that they wait in vain. The result topic is told
    /// by the next start, so that every command has one result there. The journal knows nothing of a repetition that
    /// waited for the first answer, so its sender is told now where it alone listens.
    mutating func release(_ tickets: [Ticket], at now: Now) {
        let message = "the agent was stopped; the command is in its journal and is finished at the next start"
        func result(_ ticket: Ticket) -> CommandResult {
            CommandResult(ticket, .unknown(.stopping, message), startedAt: nil, deviceTime: .zero, now: now)
        }
        for ticket in tickets {
            ticket.answer?(result(ticket))
            guard let id = ticket.command.id else { continue }
            for other in recent[ticket.outlet.outlet]?.takeWaiting(id: id) ?? [] {
                other.answer?(result(other))
                if let reply = other.reply { publisher.answer(result(other), .notNeeded, to: reply) }
            }
        }
    }
}

/// The ids of an outlet's recent commands.
typealias RecentAnswers = AnswersByID<Ticket, CommandResult>

/// The ids of recent commands for one thing and how they ended, so that a command that arrives twice is executed once.
struct AnswersByID<Asking, Answer> {
    /// How long an id is remembered after its command was answered.
    static var memory: Duration { .seconds(600) }
    /// How many ids are remembered; the oldest answered ones go first.
    static var capacity: Int { 16_384 }

    private enum Known {
        /// The first command with this id still waits or runs; the later ones get its answer.
        case running([Asking])
        case answered(Answer, since: Moment)
    }

    /// What is to be done with a command that has an id.
    enum Verdict {
        /// Not seen before: execute it.
        case new
        /// Seen, and still on its way: it will be answered together with the first one.
        case wait
        /// Seen, and as many as may wait already do.
        case tooMany
        /// Seen and answered.
        case answered(Answer)
    }

    private var known: [String: Known] = [:]
    /// The answered ids, oldest first. A command that waits or runs is not among them and so never forgotten.
    private var order = Deque<(id: String, since: Moment)>()

    /// How many ids are remembered.
    var count: Int { known.count }

    /// Whether a command with the id waits, runs, or was answered.
    func knows(_ id: String) -> Bool { known[id] != nil }

    mutating func judge(_ ticket: Asking, id: String, at now: Moment) -> Verdict {
        forgetOld(at: now)
        switch known[id] {
        case nil:
            known[id] = .running([])
            return .new
        case .running(let others):
            guard others.count < LaneRules.maximumWaiting else { return .tooMany }
            known[id] = .running(others + [ticket])
            return .wait
        case .answered(let result, _): return .answered(result)
        }
    }

    /// The command with this id has ended.
    ///
    /// - Returns: the later commands with the same id, which get the same answer.
    mutating func answer(id: String, _ result: Answer, at now: Moment) -> [Asking] {
        let before = known.updateValue(.answered(result, since: now), forKey: id)
        order.append((id, now))
        forgetOld(at: now)
        if case .running(let others) = before { return others }
        return []
    }

    /// Gives away the later commands with the id of one that is still on its way.
    mutating func takeWaiting(id: String) -> [Asking] {
        guard case .running(let others) = known[id] else { return [] }
        known[id] = .running([])
        return others
    }

    /// Another process answers the command with this id.
    mutating func forget(id: String) {
        if case .running = known[id] { known[id] = nil }
    }

    /// Takes over what an earlier process answered. To be given oldest first.
    mutating func recall(id: String, _ result: Answer, since: Moment) {
        guard known[id] == nil else { return }
        known[id] = .answered(result, since: since)
        order.append((id, since))
    }

    mutating func forgetOld(at now: Moment) {
        while let oldest = order.first, order.count > Self.capacity || oldest.since + Self.memory <= now {
            order.removeFirst()
            if case .answered(_, oldest.since) = known[oldest.id] { known[oldest.id] = nil }
        }
    }
}
