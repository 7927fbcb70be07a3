import Foundation
import Power

/// One command for several outlets, on its way.
struct GroupRun: Sendable {
    let target: GroupResult.Target
    /// What the configuration says about the group; nothing for every outlet that a PDU turns out to have.
    let rules: GroupRules?
    let command: Command
    let receivedAt: Moment
    let receivedTime: Date
    let reply: ReplyAddress?
    let answer: (@Sendable (GroupResult) -> Void)?
    /// Wakes the command from the pause between two outlets.
    let wake = WakeSignal()

    /// Commands the outlets one after the other and waits for every result.
    ///
    /// - Parameter isStopping: whether the agent stops; outlets whose turn has not come are refused then.
    /// - Returns: the result of the whole.
    func execute(
        in lanes: LaneDirectory,
        numbers: TicketNumbers,
        timekeeper: any Timekeeper,
        isStopping: @Sendable () -> Bool
    ) async -> GroupResult {
        guard let rules = await members(in: lanes, by: timekeeper), !rules.outlets.isEmpty else {
            return withoutOutlets(timekeeper.wallTime)
        }
        let order = command.action == .off ? rules.outlets.reversed() : rules.outlets
        let results = ResultCollector(count: order.count)
        let begun = timekeeper.now
        var hasFailed = false
        var batch: [(PDULane, Ticket)] = []
        for (place, outlet) in order.enumerated() {
            guard !hasFailed else {
                results.add(skipped(outlet, timekeeper.wallTime), at: place)
                continue
            }
            guard let lane = lanes[outlet.pdu.rawValue] else {
                results.add(withoutLane(outlet, timekeeper.wallTime), at: place)
                continue
            }
            let ticket = Ticket(
                number: numbers.next(),
                outlet: outlet,
                command: delayed(command, by: rules.stagger * place),
                receivedAt: receivedAt,
                receivedTime: receivedTime,
                target: target.description
            ) { results.add($0, at: place) }
            if rules.stagger == .zero, rules.onFailure == .continue {
                batch.append((lane, ticket))
                continue
            }
            if !command.dryRun { await pause(until: begun + rules.stagger * place, timekeeper, isStopping) }
            guard !isStopping() else {
                results.add(refused(outlet, LaneSchedule.stopping, timekeeper.wallTime), at: place)
                continue
            }
            await lane.submit([ticket])
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
        await results.waitForAll()
        for (place, outlet) in order.enumerated() where results[place] == nil {
            results.add(abandoned(outlet, timekeeper.wallTime), at: place)
        }
        return result(results.all, stagger: rules.stagger, finishedAt: timekeeper.wallTime)
    }

    private func pause(until moment: Moment, _ timekeeper: any Timekeeper, _ isStopping: () -> Bool) async {
        while timekeeper.now < moment, !isStopping(), !Task.isCancelled {
            timekeeper.wake(wake, at: moment)
            await wake.wait()
        }
        timekeeper.forget(wake)
    }

    /// The group's outlets; those of a PDU once it has said which it has.
    private func members(in lanes: LaneDirectory, by timekeeper: any Timekeeper) async -> GroupRules? {
        if let rules { return rules }
        guard case .pdu(let name) = target, let lane = lanes[name] else { return nil }
        var snapshot = await lane.snapshot
        if snapshot.states.isEmpty {
            let contact = Countdown(1)
            await lane.countFirstContact(in: contact)
            await contact.wait(until: .never, by: timekeeper)
            snapshot = await lane.snapshot
        }
        return GroupRules(
            outlets: snapshot.states.keys.sorted().map { OutletID(pdu: lane.pdu, outlet: $0) },
            stagger: snapshot.rules.stagger
        )
    }

    /// A delay counts from the command's arrival for every outlet, so the distance between two is added to it.
    private func delayed(_ command: Command, by stagger: Duration) -> Command {
        guard let delay = command.delay, !command.dryRun else { return command }
        var command = command
        command.delay = delay + stagger
        return command
    }

    private func withoutOutlets(_ time: Date) -> GroupResult {
        let outcome = Outcome.failed(
            .deviceError,
            "\(target) has not said yet which outlets it has; try again when it is online"
        )
        return GroupResult(
            target: target,
            id: command.id,
            action: command.action,
            status: outcome.status,
            error: CommandResult.Problem(outcome),
            by: command.by,
            receivedAt: receivedTime,
            finishedAt: time,
            outlets: []
        )
    }

    private func result(_ results: [CommandResult], stagger: Duration, finishedAt: Date) -> GroupResult {
        GroupResult(
            target: target,
            id: command.id,
            action: command.action,
            status: GroupResult.worst(of: results.map(\.status)),
            by: command.by,
            receivedAt: receivedTime,
            finishedAt: finishedAt,
            outlets: results.enumerated().map { place, result in
                var result = result
                result.plan?.shift(by: (stagger * place).inSeconds)
                return result
            }
        )
    }

    private func skipped(_ outlet: OutletID, _ time: Date) -> CommandResult {
        refused(outlet, .rejected(.groupStopped, "an outlet before \(outlet) failed, so the group stopped there"), time)
    }

    private func abandoned(_ outlet: OutletID, _ time: Date) -> CommandResult {
        refused(outlet, .unknown(.stopping, "the agent was stopped before \(outlet) had its result"), time)
    }

    private func withoutLane(_ outlet: OutletID, _ time: Date) -> CommandResult {
        refused(outlet, .rejected(.unknownOutlet, "\(outlet) is not in the configuration any more"), time)
    }

    private func refused(_ outlet: OutletID, _ outcome: Outcome, _ time: Date) -> CommandResult {
        var result = CommandResult(
            refusing: outcome,
            id: command.id,
            pdu: outlet.pdu.rawValue,
            outlet: .number(outlet.outlet),
            by: command.by,
            receivedAt: time
        )
        result.action = command.action
        return result
    }
}

extension CommandPlan {
    mutating func shift(by seconds: Double) {
        for index in steps.indices { steps[index].after += seconds }
        duration += seconds
    }
}
