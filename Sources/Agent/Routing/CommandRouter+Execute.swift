public import Power

/// Commands from this process: the page, the interfaces for programs.
extension CommandRouter {
    static let unawaited = Outcome.unknown(
        .stopping,
        "nobody waited for the end of the command; its result topic tells it"
    )

    /// Gives a command to an outlet and waits for its result.
    ///
    /// The command goes on when the waiting task is cancelled; what is returned then says nothing about it.
    public func execute(_ command: Command, on outlet: OutletID) async -> CommandResult {
        let collector = ResultCollector<CommandResult>(count: 1)
        guard !isStopping else { return refused(LaneSchedule.stopping, command, outlet) }
        guard let lane = lanes[outlet.pdu.rawValue] else {
            return refused(.rejected(.unknownPDU, "there is no PDU '\(outlet.pdu)'"), command, outlet)
        }
        let ticket = ticket(for: outlet, command, reply: nil) { collector.add($0, at: 0) }
        await lane.submit([ticket])
        await collector.waitForAll()
        return collector[0] ?? refused(Self.unawaited, command, outlet)
    }

    /// Gives a command to every outlet of a PDU, staggered, and waits for the result of the whole.
    public func execute(_ command: Command, onAllOf pdu: PDUName) async -> GroupResult {
        guard let lane = lanes[pdu.rawValue] else {
            let outcome = Outcome.rejected(.unknownPDU, "there is no PDU '\(pdu)'")
            return refused(outcome, target: .pdu(pdu.rawValue), id: command.id, command: command)
        }
        switch await lane.rulesForAll {
        case .success(let rules): return await run(command, target: .pdu(pdu.rawValue), rules)
        case .failure(let unread):
            let outcome = Outcome.failed(.deviceError, unread.description)
            return refused(outcome, target: .pdu(pdu.rawValue), id: command.id, command: command)
        }
    }

    /// Gives a command to a group's outlets, in its order, staggered, and waits for the result of the whole.
    ///
    /// The command goes on when the waiting task is cancelled; what is returned then says nothing about it.
    public func execute(_ command: Command, onGroup name: String) async -> GroupResult {
        guard let rules = groups[name] else {
            let outcome = Outcome.rejected(
                .unknownGroup,
                "there is no group '\(CommandPayload.excerpt(name))'"
            )
            return refused(outcome, target: .group(name), id: command.id, command: command)
        }
        if let outcome = refusalOfOthers(pdus(inOrder: rules.members)) ?? refusalOfLaterWork(command, ofLoadsIn: rules)
        {
            return refused(outcome, target: .group(name), id: command.id, command: command)
        }
        return await run(command, target: .group(name), rules)
    }

    /// The answer to a payload that is not a command. It is told to everybody who watches, not to the broker.
    public func refuse(_ problem: BadPayload, pdu: String, outlet: OutletLevel, by: String?) -> CommandResult {
        let result = CommandResult(
            refusing: .rejected(.badPayload, problem.description),
            id: problem.id,
            pdu: pdu,
            outlet: outlet,
            by: by,
            receivedAt: timekeeper.wallTime
        )
        publisher.tell(.refused(result))
        return result
    }

    /// The answer to a command for something that is not an outlet of any PDU.
    public func refuseUnknown(_ command: Command, pdu: String, outlet: OutletLevel) -> CommandResult {
        let outcome =
            lanes[pdu] == nil
            ? Outcome.rejected(.unknownPDU, "there is no PDU '\(CommandPayload.excerpt(pdu))'")
            : Outcome.rejected(
                .unknownOutlet,
                "'\(CommandPayload.excerpt(outlet.topicLevel))' is not an outlet's number"
            )
        let result = CommandResult(
            refusing: outcome,
            id: command.id,
            pdu: pdu,
            outlet: outlet,
            by: command.by,
            receivedAt: timekeeper.wallTime
        )
        publisher.tell(.refused(result))
        return result
    }

    /// The answer to a payload for a group that is not a command.
    public func refuse(_ problem: BadPayload, group: String) -> GroupResult {
        let outcome = Outcome.rejected(.badPayload, problem.description)
        let result = refused(outcome, target: .group(group), id: problem.id, command: nil)
        publisher.tell(.refusedGroup(result))
        return result
    }

    private func run(_ command: Command, target: GroupResult.Target, _ rules: GroupRules) async -> GroupResult {
        guard !isStopping else {
            return refused(LaneSchedule.stopping, target: target, id: command.id, command: command)
        }
        let answer = PendingAnswer<GroupResult>()
        await start(target, rules, command) { answer.give($0) }
        return await answer.wait() ?? refused(Self.unawaited, target: target, id: command.id, command: command)
    }

    private func refused(_ outcome: Outcome, _ command: Command, _ outlet: OutletID) -> CommandResult {
        var result = CommandResult(
            refusing: outcome,
            id: command.id,
            pdu: outlet.pdu.rawValue,
            outlet: .number(outlet.outlet),
            by: command.by,
            receivedAt: timekeeper.wallTime
        )
        result.action = command.action
        return result
    }
}
