import DequeModule
import Foundation
import Logging
import Power
import Synchronization

/// Commands for several outlets.
extension CommandRouter {
    /// Starts a command for several outlets; one that cannot be started is answered at once. When this returns, the
    /// first outlet has the command, so that what arrives later for it comes after it.
    ///
    /// - Parameters:
    ///   - isForLeader: in a fleet, whether only who owns the first of the PDUs may carry it out and answer it.
    ///   - wasHeld: whether an agent of the fleet has held it. Several may have, so one with the id of a command that runs is that
    ///     command.
    /// - Returns: nothing is begun and nobody is answered when that is another agent.
    @discardableResult
    func start(
        _ target: GroupResult.Target,
        _ rules: GroupRules,
        _ command: Command,
        isForLeader: Bool = false,
        wasHeld: Bool = false,
        expiresAt: Moment? = nil,
        reply: ReplyAddress? = nil,
        answer: (@Sendable (GroupResult) -> Void)? = nil
    ) async -> Bool {
        let lead = gap == nil ? nil : pdus(inOrder: rules.members).first
        let home = journal?.home(of: lead)
        guard !isForLeader || lead == nil || home != nil else { return false }
        let run = GroupRun(
            number: numbers.next(),
            target: target,
            rules: rules,
            lead: lead,
            home: home,
            command: command,
            receivedAt: timekeeper.now,
            receivedTime: timekeeper.wallTime,
            expiresAt: expiresAt,
            reply: reply,
            answer: answer
        )
        // Noted before an outlet can be touched.
        if run.isNoted { journal?.write(run.entry(), completion: nil) }
        let admission = state.withLock { state -> Admission in
            if wasHeld, state.runs(target, id: command.id) { return .runsAlready }
            guard !state.isStopping else { return .refused(LaneSchedule.stopping) }
            guard state.groupRunCount < Self.maximumGroupRuns else {
                return .refused(
                    Outcome(.superseded, message: "more than \(Self.maximumGroupRuns) group commands run")
                )
            }
            state.groupRunCount += 1
            state.waitingRuns.append(run)
            return .begins
        }
        switch admission {
        case .begins:
            runSignal.signal()
            await run.begun.wait()
        case .runsAlready:
            if run.isNoted { journal?.remove(group: run.number) }
        case .refused(let outcome):
            if run.isNoted { journal?.remove(group: run.number) }
            publish(outcome, target: target, id: command.id, command: command, reply: reply, answer: answer)
        }
        return true
    }

    /// What becomes of a command for several outlets.
    private enum Admission {
        case begins
        /// It is one that runs, or waits to run.
        case runsAlready
        case refused(Outcome)
    }

    /// Whether a group's command runs that the owner of a PDU leads.
    func leadsGroup(of pdu: PDUName) -> Bool { state.withLock { $0.groupRuns.values.contains { $0.lead == pdu } } }

    /// Runs group commands until the router is stopped and each has its result. The agent calls it once, in a task of
    /// its own; when that is cancelled, what is missing of the results is `unknown`.
    func runGroups() async {
        await withDiscardingTaskGroup { group in
            while let (run, earlier) = await nextRun() { group.addTask { await self.carryOut(run, after: earlier) } }
        }
    }

    /// The next group command, and the one before it for the same outlets, if that still runs. Those that wait are taken up
    /// even by a router that stops, because each is answered.
    private func nextRun() async -> (GroupRun, after: GroupRun?)? {
        while true {
            let (run, earlier, isOver) = state.withLock { state -> (GroupRun?, GroupRun?, Bool) in
                guard let run = state.waitingRuns.popFirst() else {
                    if Task.isCancelled { state.isStopping = true }
                    return (nil, nil, state.isStopping)
                }
                let earlier = state.groupRuns.values.filter { $0.target == run.target && !$0.command.dryRun }
                state.groupRuns[run.number] = run
                return (run, run.command.dryRun ? nil : earlier.max { $0.number < $1.number }, state.isStopping)
            }
            if let run { return (run, earlier) }
            if isOver { return nil }
            await runSignal.wait()
        }
    }

    private func carryOut(_ run: GroupRun, after earlier: GroupRun?) async {
        let lead = run.lead
        let isLost: @Sendable () -> Bool = { [journal] in run.isNoted && journal?.home(of: lead) !== run.home }
        if let earlier { await run.wait(for: earlier) }
        let result = await run.execute(
            in: lanes,
            loads: loadDesk,
            of: fleet.map { fleet in
                GroupRun.Others(
                    fleet: fleet,
                    pdus: state.withLock(\.shared),
                    isHandingOver: { [lanes] in
                        isLost() || lead.map { lanes[$0.rawValue] == nil && lanes.working($0) != nil } ?? false
                    },
                    isLost: isLost
                )
            },
            numbers: numbers,
            timekeeper: timekeeper
        ) { self.isStopping }
        let payload = publisher.json(result)
        var kept = Kept.notNeeded
        var receipt: Receipt?
        if let journal, run.isNoted, !isLost() {
            kept = await journal.keep(run.entry(payload: payload, isRefusal: result.isRefusal))
            receipt = Receipt(ticket: run.number) { journal.remove(group: run.number) }
        }
        let isLeft = isLost() && (receipt == nil || kept.failure != nil)
        state.withLock { state in
            state.groupRuns[run.number] = nil
            state.groupRunCount -= 1
            if gap != nil, !isLeft { state.noteAnswer(run.target, run.command) }
        }
        if isLeft {
            // Who owns the first PDU now, perhaps this agent again, has found the command in the journal, and answers it.
            run.answer?(result)
            return
        }
        publisher.publish(payload, kept, of: run.target, reply: run.reply, receipt: receipt)
        publisher.tell(.groupResult(result))
        run.answer?(result)
    }

    /// Answers what an earlier run left of commands for several outlets.
    func recover(_ entries: [GroupEntry]) async {
        for entry in entries {
            let lead = entry.lead.flatMap { PDUName($0) }
            let home = journal?.home(of: lead)
            // Who owns the PDU by now finds the command without an answer, and gives it one.
            guard lead == nil || home != nil else { continue }
            logger.notice("answering a group's command of an earlier run", metadata: ["target": "\(entry.target)"])
            let outcome = Outcome.unknown(
                .agentDied,
                "the agent died before this was finished: what had begun answers outlet by outlet, the rest was not done"
            )
            let payload =
                entry.payload.map(Array.init)
                ?? publisher.json(
                    refused(
                        outcome,
                        target: entry.target,
                        id: entry.command.id,
                        command: entry.command,
                        receivedAt: entry.receivedTime
                    )
                )
            var answered = entry
            answered.payload = Data(payload)
            let receipt = Receipt(ticket: entry.number) { [journal] in journal?.remove(group: entry.number) }
            let kept = entry.payload == nil ? await journal?.keep(answered) ?? .notNeeded : .notNeeded
            if kept.failure != nil, journal?.home(of: lead) !== home { continue }
            publisher.publish(payload, kept, of: entry.target, reply: entry.reply, receipt: receipt)
        }
    }

    // MARK: - What is asked of this agent

    /// Begins what another agent of the fleet asks of a PDU that this one owns.
    ///
    /// - Returns: waits for its end; that is nothing when the PDU is another agent's by then, which finishes or answers it.
    func begin(_ request: OwnerRequest) async -> @Sendable () async -> OwnerAnswer? {
        let now = Now(timekeeper)
        let arrived = request.arrival(at: now)
        let expiresAt = request.expires.map(now.moment(of:))
        var command = request.command
        func shorten(_ limit: Duration) -> Bool {
            // Its time began when it came, and not when the PDU had an owner.
            guard command.delay == nil, !command.dryRun else { return true }
            command.limit = limit - (now.moment - arrived.moment)
            return command.limit ?? .zero > .zero
        }
        switch request.target {
        case .outlet(let outlet):
            guard let lane = lanes[outlet.pdu.rawValue] else { return { nil } }
            let usual = await lane.limit(of: outlet.outlet)
            guard shorten(command.limit ?? usual) else {
                let answer = answer(request, Self.unowned)
                return { answer }
            }
            let answer = PendingAnswer<CommandResult>()
            let ticket = Ticket(
                number: numbers.next(),
                outlet: outlet,
                command: command,
                receivedAt: arrived.moment,
                receivedTime: arrived.wallTime,
                expiresAt: expiresAt,
                target: request.source
            ) { answer.give($0) }
            await lane.submit([ticket])
            return {
                guard let result = await answer.wait(), !Outcome.isLeft(result.status, result.error) else { return nil }
                return .outlet(result)
            }
        case .all(let pdu):
            guard let lane = lanes[pdu] else { return { nil } }
            let rules: GroupRules
            switch await lane.rulesForAll {
            case .success(let all): rules = all
            case .failure(let unread):
                let answer = answer(request, .failed(.deviceError, unread.description))
                return { answer }
            }
            guard shorten(command.limit ?? .seconds(15)) else {
                let answer = answer(request, Self.unowned)
                return { answer }
            }
            let answer = PendingAnswer<GroupResult>()
            let isBegun = await start(.pdu(pdu), rules, command, isForLeader: true, expiresAt: expiresAt) {
                answer.give($0)
            }
            guard isBegun else { return { nil } }
            return { await answer.wait().map { .all($0) } }
        case .missed(let message, let pdu):
            guard lanes[pdu] != nil else { return { nil } }
            await take(missed: message.delivery(arrived: arrived))
            return { .taken }
        case .load(let name, _):
            guard let rules = loads[name] else {
                let answer = answer(request, .rejected(.unknownLoad, "there is no load '\(name)'"))
                return { answer }
            }
            if let limit = command.limit ?? rules.limit, !shorten(limit) {
                let answer = answer(request, Self.unowned)
                return { answer }
            }
            let answer = PendingAnswer<LoadResult>()
            await loadDesk.start(command, on: name, rules, expiresAt: expiresAt, arrived: arrived) { answer.give($0) }
            return {
                guard let result = await answer.wait(), !Outcome.isLeft(result.status, result.error) else { return nil }
                return .load(result)
            }
        }
    }

    /// An answer to what another agent asks that no lane has a part in.
    func answer(_ request: OwnerRequest, _ outcome: Outcome) -> OwnerAnswer {
        let command = request.command
        switch request.target {
        case .outlet(let outlet):
            var result = CommandResult(refusing: outcome, command, outlet, receivedAt: request.receivedTime)
            result.finishedAt = timekeeper.wallTime
            return .outlet(result)
        case .all(let pdu):
            return .all(
                refused(outcome, target: .pdu(pdu), id: command.id, command: command, receivedAt: request.receivedTime)
            )
        // An owner before has taken it up; the journal tells the end of what it began.
        case .missed: return .taken
        case .load(let name, _):
            return .load(
                LoadResult(
                    outcome,
                    load: name,
                    id: command.id,
                    command: command,
                    receivedAt: request.receivedTime,
                    finishedAt: timekeeper.wallTime
                )
            )
        }
    }
}
