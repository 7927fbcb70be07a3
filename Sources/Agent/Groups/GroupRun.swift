import Foundation
import Power

/// One command for several outlets, on its way.
struct GroupRun: Sendable {
    let number: UInt64
    let target: GroupResult.Target
    let rules: GroupRules
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

    /// Whether the next start has to answer the command if the agent dies.
    var needsJournal: Bool { !command.dryRun && (command.id != nil || command.needsJournal) }

    /// What the next start has to know of it.
    func entry(payload: [UInt8]? = nil) -> GroupEntry {
        GroupEntry(
            number: number,
            target: target,
            command: command,
            receivedTime: receivedTime,
            reply: reply,
            payload: payload.map { Data($0) }
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
    }

    /// Commands the members one after the other and waits for every result.
    ///
    /// - Parameter isStopping: whether the agent stops; outlets whose turn has not come are refused then.
    /// - Returns: the result of the whole.
    func execute(
        in lanes: LaneDirectory,
        loads: LoadDesk,
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
            guard let target = Recipient(member, lanes, loads) else {
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
                let ticket = Ticket(
                    number: numbers.next(),
                    outlet: outlet,
                    command: delayed(command, by: start),
                    receivedAt: receivedAt,
                    receivedTime: receivedTime,
                    expiresAt: expiry,
                    target: self.target.description
                ) { results.add(.outlet($0), at: place) }
                if isTogether {
                    batch.append((lane, ticket))
                    continue
                }
                await lane.submit([ticket])
            case .load(let name, let rules):
                await loads.start(delayed(command, by: start), on: name, rules, expiresAt: expiry) {
                    results.add(.load($0), at: place)
                }
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
        await results.waitForAll()
        for (place, member) in order.enumerated() where results[place] == nil {
            results.add(refused(member, Self.unfinished, timekeeper.wallTime), at: place)
        }
        return result(results.all, turns, finishedAt: timekeeper.wallTime)
    }

    /// A delay counts from the command's arrival for every outlet, so the distance between two is added to it.
    private func delayed(_ command: Command, by stagger: Duration) -> Command {
        guard let delay = command.delay, !command.dryRun else { return command }
        var command = command
        command.delay = delay + stagger
        return command
    }

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

    private func skipped(_ member: GroupMember, _ time: Date) -> MemberResult {
        refused(member, .rejected(.groupStopped, "one before \(member) failed, so the group stopped there"), time)
    }

    private func missing(_ member: GroupMember, _ time: Date) -> MemberResult {
        let words = "\(member) is not in the configuration any more"
        return refused(member, .rejected(member.outlet == nil ? .unknownLoad : .unknownOutlet, words), time)
    }

    private func refused(_ member: GroupMember, _ outcome: Outcome, _ time: Date) -> MemberResult {
        switch member {
        case .outlet(let outlet): .outlet(refused(outlet, outcome, time))
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

    private func refused(_ outlet: OutletID, _ outcome: Outcome, _ time: Date) -> CommandResult {
        CommandResult(
            refusing: outcome,
            id: command.id,
            pdu: outlet.pdu.rawValue,
            outlet: .number(outlet.outlet),
            action: command.action,
            by: command.by,
            user: command.user,
            door: command.door,
            receivedAt: time
        )
    }
}

/// Who takes a command for a member of a group.
private enum Recipient {
    case outlet(OutletID, PDULane)
    case load(String, LoadRules)

    /// Nothing when it is not in the configuration any more.
    init?(_ member: GroupMember, _ lanes: LaneDirectory, _ loads: LoadDesk) {
        switch member {
        case .outlet(let outlet):
            guard let lane = lanes[outlet.pdu.rawValue] else { return nil }
            self = .outlet(outlet, lane)
        case .load(let name):
            guard let rules = loads.rules[name] else { return nil }
            self = .load(name, rules)
        }
    }
}

extension CommandPlan {
    mutating func shift(by seconds: Double) {
        for index in steps.indices { steps[index].after += seconds }
        duration += seconds
    }
}
