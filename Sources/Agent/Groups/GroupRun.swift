import Foundation
import Power

/// One command for several outlets, on its way.
struct GroupRun: Sendable {
    let number: UInt64
    let target: GroupResult.Target
    let rules: GroupRules
    /// The PDU whose owner leads the command in a fleet; nothing without a fleet.
    let lead: PDUName?
    /// That PDU's journal in the tenure in which the command came. With any other it is not this agent's to answer any
    /// more. Nothing where another agent owned the PDU: this one answers then whoever asked it, and nobody else.
    let home: (any TenureJournal)?
    let command: Command
    let receivedAt: Moment
    let receivedTime: Date
    /// Not started by then, the command is expired: the end of the message's expiry.
    let expiresAt: Moment?
    let reply: ReplyAddress?
    let answer: (@Sendable (GroupResult) -> Void)?
    /// Wakes the command from the pause between two outlets.
    let wake = WakeSignal()
    /// Given when the outlets that have no pause before them have the command: what arrives later comes after it.
    let begun = WakeSignal()
    /// Given when every outlet has the command: the next command for the same outlets waits for that, so that it comes after
    /// this one at each of them. It stays given, as that one may end first, and another then waits for this one too.
    let passed = PendingAnswer<Void>()

    /// Whether it is in the journal, so that the next start, or the next owner, answers it if the agent dies.
    var isNoted: Bool {
        guard lead == nil || home != nil else { return false }
        return !command.dryRun && (command.id != nil || command.needsJournal)
    }

    /// What the next start has to know of it.
    func entry(payload: [UInt8]? = nil, isRefusal: Bool? = nil) -> GroupEntry {
        GroupEntry(
            number: number,
            target: target,
            command: command,
            receivedTime: receivedTime,
            reply: reply,
            payload: payload.map { Data($0) },
            lead: lead?.rawValue,
            isRefusal: isRefusal
        )
    }

    /// How a member ended.
    enum MemberResult: Sendable {
        case outlet(CommandResult)
        case load(LoadResult)

        var status: Outcome.Status {
            switch self {
            case .outlet(let result): result.status
            case .load(let result): result.status
            }
        }

        /// Whether it says only that another agent goes on with the command.
        var isLeft: Bool {
            switch self {
            case .outlet(let result): Outcome.isLeft(result.status, result.error)
            case .load(let result): Outcome.isLeft(result.status, result.error)
            }
        }
    }

    /// The other agents of a fleet, which have some of the PDUs.
    struct Others: Sendable {
        let fleet: any FleetMember
        let pdus: Set<PDUName>
        /// Whether this agent hands over the PDU whose owner leads the command. It does not wait then for what it has handed
        /// over, because who has that PDU next may have to wait for this.
        let isHandingOver: @Sendable () -> Bool
        /// Whether another tenure of that PDU answers the command, and perhaps carries it out: nothing more is begun then.
        let isLost: @Sendable () -> Bool
    }

    /// Waits until an earlier command for the same outlets has got to all of them.
    func wait(for earlier: GroupRun) async {
        // What has pauses may take minutes, which other commands do not wait for.
        if earlier.rules.stagger > .zero || earlier.rules.onFailure == .stop { begun.signal() }
        _ = await earlier.passed.wait()
    }

    /// Commands the members one after the other and waits for every result.
    ///
    /// - Parameters:
    ///   - others: who is asked for members whose PDUs are not this agent's; nobody without a fleet.
    ///   - isStopping: whether the agent stops; outlets whose turn has not come are refused then.
    /// - Returns: the result of the whole.
    func execute(
        in lanes: LaneDirectory,
        loads: LoadDesk,
        of others: Others?,
        numbers: TicketNumbers,
        timekeeper: any Timekeeper,
        isStopping: @Sendable () -> Bool
    ) async -> GroupResult {
        // What other agents are asked is waited for beside the rest.
        await withTaskGroup(of: Void.self) { asked in
            let result = await execute(
                in: lanes,
                loads: loads,
                of: others,
                &asked,
                numbers: numbers,
                timekeeper: timekeeper,
                isStopping: isStopping
            )
            asked.cancelAll()
            return result
        }
    }

    private func execute(
        in lanes: LaneDirectory,
        loads: LoadDesk,
        of others: Others?,
        _ asked: inout TaskGroup<Void>,
        numbers: TicketNumbers,
        timekeeper: any Timekeeper,
        isStopping: @Sendable () -> Bool
    ) async -> GroupResult {
        let order = command.action == .off ? rules.members.reversed() : rules.members
        let results = ResultCollector<MemberResult>(count: order.count)
        let begun = timekeeper.now
        var turns: [Int: Int] = [:]
        // The expiry is about the command as a whole: each outlet has as long from its own turn on.
        let patience = expiresAt.map { $0 - begun }
        var hasFailed = false
        var turn = 0
        var batch: [(PDULane, Ticket)] = []
        for (place, member) in order.enumerated() {
            guard !hasFailed else {
                results.add(skipped(member, timekeeper.wallTime), at: place)
                continue
            }
            guard others?.isLost() != true else {
                results.add(refused(member, Self.lost, timekeeper.wallTime), at: place)
                continue
            }
            guard let target = await Recipient(member, lanes, loads, others) else {
                // It takes no turn, so that nobody waits for it.
                results.add(missing(member, timekeeper.wallTime), at: place)
                hasFailed = rules.onFailure == .stop
                continue
            }
            let start = rules.stagger * turn
            turns[place] = turn
            turn += 1
            let isTogether = rules.stagger == .zero && rules.onFailure == .continue
            if !isTogether, !command.dryRun {
                if start > .zero { self.begun.signal() }
                await pause(until: begun + start, timekeeper, isStopping)
            }
            let expiry = patience.map { max(timekeeper.now, begun) + $0 }
            guard isTogether || !isStopping() else {
                results.add(refused(member, LaneSchedule.stopping, timekeeper.wallTime), at: place)
                continue
            }
            switch target {
            case .outlet(let outlet, let lane):
                let add = adder(of: member, .outlet(outlet), at: place, to: results, others, &asked, timekeeper)
                let ticket = Ticket(
                    number: numbers.next(),
                    outlet: outlet,
                    command: delayed(command, by: start),
                    receivedAt: receivedAt,
                    receivedTime: receivedTime,
                    expiresAt: expiry,
                    target: self.target.description
                ) { add(.outlet($0)) }
                if isTogether {
                    batch.append((lane, ticket))
                    continue
                }
                await lane.submit([ticket])
            case .load(let name, let rules):
                let lead = rules.feeds.first?.pdu.rawValue ?? ""
                let add = adder(of: member, .load(name, lead: lead), at: place, to: results, others, &asked, timekeeper)
                await loads.start(delayed(command, by: start), on: name, rules, expiresAt: expiry) { add(.load($0)) }
            case .other(let target, let fleet):
                let request = OwnerRequest(
                    target: target,
                    command: delayed(command, by: start),
                    receivedTime: Now(timekeeper).wallTime,
                    expires: expiry.map(Now(timekeeper).date(of:)),
                    source: self.target.description
                )
                let end = await fleet.ask(request, patience: request.patience)
                asked.addTask { results.add(self.result(of: member, await end(), timekeeper.wallTime), at: place) }
            }
            self.begun.signal()
            if rules.onFailure == .stop {
                await results.wait(for: place)
                hasFailed = results[place]?.status != .done
            }
        }
        // Outlets of one PDU that may switch together reach its lane together, so that one request can serve them.
        var rest = batch[...]
        while let lane = rest.first?.0 {
            let together = rest.prefix { $0.0 === lane }
            rest = rest.dropFirst(together.count)
            await lane.submit(together.map(\.1))
        }
        self.begun.signal()
        passed.give(())
        await results.waitForAll()
        for (place, member) in order.enumerated() where results[place] == nil {
            results.add(refused(member, Self.unfinished, timekeeper.wallTime), at: place)
        }
        return result(results.all, turns, finishedAt: timekeeper.wallTime)
    }

    /// Takes how a member of this agent's ended. What another agent of the fleet goes on with is asked of that one, by the
    /// command's id, which it carries out no second time.
    private func adder(
        of member: GroupMember,
        _ target: OwnerRequest.Target,
        at place: Int,
        to results: ResultCollector<MemberResult>,
        _ others: Others?,
        _ asked: inout TaskGroup<Void>,
        _ timekeeper: any Timekeeper
    ) -> @Sendable (MemberResult) -> Void {
        guard let others, command.id != nil, !command.dryRun else { return { results.add($0, at: place) } }
        let own = PendingAnswer<MemberResult>()
        asked.addTask {
            guard let result = await own.wait() else { return }
            guard result.isLeft, !others.isHandingOver() else { return results.add(result, at: place) }
            let request = OwnerRequest(
                target: target,
                command: command,
                receivedTime: Now(timekeeper).wallTime,
                source: self.target.description
            )
            let end = await others.fleet.ask(request, patience: request.patience)
            results.add(self.result(of: member, await end(), timekeeper.wallTime), at: place)
        }
        return { own.give($0) }
    }

    /// A delay counts from the command's arrival for every outlet, so the distance between two is added to it.
    private func delayed(_ command: Command, by stagger: Duration) -> Command {
        guard let delay = command.delay, !command.dryRun else { return command }
        var command = command
        command.delay = delay + stagger
        return command
    }

    private static let lost = Outcome.unknown(
        .agentDied,
        "another agent of the fleet leads the group's command now; this one has not begun it for this member"
    )

    private static let unfinished = Outcome(
        .unknown,
        code: .stopping,
        message: "the agent was stopped before this was finished; its next start does that"
    )

    private func pause(until moment: Moment, _ timekeeper: any Timekeeper, _ isStopping: () -> Bool) async {
        while timekeeper.now < moment, !isStopping(), !Task.isCancelled {
            timekeeper.wake(wake, at: moment)
            await wake.wait()
        }
        timekeeper.forget(wake)
    }

    private func result(_ results: [MemberResult], _ turns: [Int: Int], finishedAt: Date) -> GroupResult {
        GroupResult(
            target: target,
            id: command.id,
            action: command.action,
            status: GroupResult.worst(of: results.map(\.status)),
            by: command.by,
            user: command.user,
            door: command.door,
            receivedAt: receivedTime,
            finishedAt: finishedAt,
            outlets: results.enumerated().compactMap { place, member in
                guard case .outlet(var result) = member else { return nil }
                result.plan?.shift(by: (rules.stagger * (turns[place] ?? 0)).inSeconds)
                return result
            },
            loads: results.enumerated().compactMap { place, member in
                guard case .load(var result) = member else { return nil }
                result.plan?.shift(by: (rules.stagger * (turns[place] ?? 0)).inSeconds)
                return result
            }
        )
    }

    private func result(of member: GroupMember, _ reply: OwnerReply, _ time: Date) -> MemberResult {
        switch reply {
        case .answered(.outlet(let result)): .outlet(result)
        case .answered(.load(let result)): .load(result)
        case .answered(.all), .answered(.taken), .unowned: refused(member, CommandRouter.unowned, time)
        case .failed(let outcome): refused(member, outcome, time)
        }
    }

    private func skipped(_ member: GroupMember, _ time: Date) -> MemberResult {
        refused(member, .rejected(.groupStopped, "one before \(member) failed, so the group stopped there"), time)
    }

    private func missing(_ member: GroupMember, _ time: Date) -> MemberResult {
        let words = "\(member) is not in the configuration any more"
        return refused(member, .rejected(member.outlet == nil ? .unknownLoad : .unknownOutlet, words), time)
    }

    private func refused(_ member: GroupMember, _ outcome: Outcome, _ time: Date) -> MemberResult {
        switch member {
        case .outlet(let outlet): .outlet(CommandResult(refusing: outcome, command, outlet, receivedAt: time))
        case .load(let name):
            .load(
                LoadResult(
                    outcome,
                    load: name,
                    id: command.id,
                    command: command,
                    receivedAt: time,
                    finishedAt: time
                )
            )
        }
    }
}

/// Who takes a command for a member of a group.
private enum Recipient {
    case outlet(OutletID, PDULane)
    case load(String, LoadRules)
    /// Another agent of the fleet has it.
    case other(OwnerRequest.Target, any FleetMember)

    /// Nothing when it is not in the configuration any more.
    init?(_ member: GroupMember, _ lanes: LaneDirectory, _ loads: LoadDesk, _ others: GroupRun.Others?) async {
        switch member {
        case .outlet(let outlet):
            let lane = lanes[outlet.pdu.rawValue]
            if let others, others.pdus.contains(outlet.pdu) {
                // What an earlier command has asked an owner before this agent comes before this one.
                let hasAsked = await others.fleet.hasAsked(outlet.pdu)
                self = if let lane, !hasAsked { .outlet(outlet, lane) } else { .other(.outlet(outlet), others.fleet) }
            } else if let lane {
                self = .outlet(outlet, lane)
            } else {
                return nil
            }
        case .load(let name):
            guard let rules = loads.rules[name] else { return nil }
            self = .load(name, rules)
            guard let others, let lead = rules.feeds.first?.pdu, others.pdus.contains(lead) else { return }
            let hasAsked = await others.fleet.hasAsked(lead)
            if hasAsked || lanes[lead.rawValue] == nil { self = .other(.load(name, lead: lead.rawValue), others.fleet) }
        }
    }
}

extension CommandPlan {
    mutating func shift(by seconds: Double) {
        for index in steps.indices { steps[index].after += seconds }
        duration += seconds
    }
}
