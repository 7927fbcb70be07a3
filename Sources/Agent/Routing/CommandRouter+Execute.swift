public import Power
import Synchronization

/// Commands from this process: the page, the interfaces for programs.
extension CommandRouter {
    static let unawaited = Outcome.unknown(
        .stopping,
        "nobody waited for the end of the command; its result topic tells it"
    )

    /// Gives a command to an outlet and waits for its result.
    ///
    /// The command goes on when the waiting task is cancelled; what is returned then says nothing about it.
    public func execute(_ command: Command, on outlet: OutletID, from sender: Sender) async -> CommandResult {
        let target = CommandTarget.outlet(pdu: outlet.pdu.rawValue, .number(outlet.outlet))
        let (command, refusal) = admit(command, for: target, from: sender)
        if let refusal { return refuse(refusal, command, pdu: outlet.pdu.rawValue, .number(outlet.outlet)) }
        guard !isStopping else { return refused(LaneSchedule.stopping, command, outlet) }
        guard let lane = lanes[outlet.pdu.rawValue] else {
            if let reply = await ask(.outlet(outlet), command) {
                switch reply {
                case .answered(.outlet(let result)): return result
                case .failed(let outcome): return refused(outcome, command, outlet)
                case .answered, .unowned: return refused(Self.unowned, command, outlet)
                }
            }
            return refused(.rejected(.unknownPDU, "there is no PDU '\(outlet.pdu)'"), command, outlet)
        }
        let answer = PendingAnswer<CommandResult>()
        let ticket = ticket(for: outlet, command, reply: nil) { answer.give($0) }
        await lane.submit([ticket])
        return await answer.wait() ?? refused(Self.unawaited, command, outlet)
    }

    /// Has another agent of the fleet carry out what is its own.
    ///
    /// - Returns: nothing when no agent of a fleet can have it.
    func ask(_ target: OwnerRequest.Target, _ command: Command) async -> OwnerReply? {
        let request = OwnerRequest(target: target, command: command, receivedTime: timekeeper.wallTime)
        guard let fleet, let pdu = PDUName(request.pdu), state.withLock({ $0.shared.contains(pdu) }) else { return nil }
        return await fleet.ask(request, patience: request.patience)()
    }

    /// Gives a command to every outlet of a PDU, staggered, and waits for the result of the whole.
    public func execute(_ command: Command, onAllOf pdu: PDUName, from sender: Sender) async -> GroupResult {
        let (command, refusal) = admit(command, for: .outlet(pdu: pdu.rawValue, .all), from: sender)
        if let refusal { return refuse(refusal, command, target: .pdu(pdu.rawValue)) }
        func refused(_ outcome: Outcome) -> GroupResult {
            self.refused(outcome, target: .pdu(pdu.rawValue), id: command.id, command: command)
        }
        guard let lane = lanes[pdu.rawValue] else {
            switch await ask(.all(pdu: pdu.rawValue), command) {
            case .answered(.all(let result)): return result
            case .failed(let outcome): return refused(outcome)
            case .answered, .unowned: return refused(Self.unowned)
            case nil: return refused(.rejected(.unknownPDU, "there is no PDU '\(pdu)'"))
            }
        }
        switch await lane.rulesForAll {
        case .success(let rules): return await run(command, target: .pdu(pdu.rawValue), rules)
        case .failure(let unread):
            return refused(.failed(.deviceError, unread.description))
        }
    }

    /// Gives a command to a group's outlets, in its order, staggered, and waits for the result of the whole.
    ///
    /// The command goes on when the waiting task is cancelled; what is returned then says nothing about it.
    public func execute(_ command: Command, onGroup name: String, from sender: Sender) async -> GroupResult {
        let (command, refusal) = admit(command, for: .group(name), from: sender)
        if let refusal { return refuse(refusal, command, target: .group(name)) }
        guard let rules = groups[name] else {
            let outcome = Outcome.rejected(
                .unknownGroup,
                "there is no group '\(CommandPayload.excerpt(name))'"
            )
            return refused(outcome, target: .group(name), id: command.id, command: command)
        }
        return await run(command, target: .group(name), rules)
    }

    /// The answer to a payload that is not a command. It is told to everybody who watches, not to the broker.
    public func refuse(
        _ problem: BadPayload,
        pdu: String,
        outlet: OutletLevel,
        by: String?,
        from sender: Sender
    ) -> CommandResult {
        let result = CommandResult(
            refusing: .rejected(.badPayload, problem.description),
            id: problem.id,
            pdu: pdu,
            outlet: outlet,
            by: by,
            user: sender.user,
            door: sender.door,
            receivedAt: timekeeper.wallTime
        )
        publisher.tell(.refused(result))
        return result
    }

    /// The answer to a command for something that is not an outlet of any PDU.
    public func refuseUnknown(
        _ command: Command,
        pdu: String,
        outlet: OutletLevel,
        from sender: Sender
    ) -> CommandResult {
        let (command, refusal) = admit(command, for: .outlet(pdu: pdu, outlet), from: sender)
        let outcome =
            lanes[pdu] == nil
            ? Outcome.rejected(.unknownPDU, "there is no PDU '\(CommandPayload.excerpt(pdu))'")
            : Outcome.rejected(
                .unknownOutlet,
                "'\(CommandPayload.excerpt(outlet.topicLevel))' is not an outlet's number"
            )
        // What is out of somebody's scope is the same to it whether it exists or not.
        return refuse(refusal ?? outcome, command, pdu: pdu, outlet)
    }

    /// The answer to a payload for a group that is not a command.
    public func refuse(_ problem: BadPayload, group: String, from sender: Sender) -> GroupResult {
        let outcome = Outcome.rejected(.badPayload, problem.description)
        var result = refused(outcome, target: .group(group), id: problem.id, command: nil)
        result.user = sender.user
        result.door = sender.door
        publisher.tell(.refusedGroup(result))
        return result
    }

    private func refuse(_ outcome: Outcome, _ command: Command, target: GroupResult.Target) -> GroupResult {
        let result = refused(outcome, target: target, id: command.id, command: command)
        publisher.tell(.refusedGroup(result))
        return result
    }

    private func refuse(_ outcome: Outcome, _ command: Command, pdu: String, _ outlet: OutletLevel) -> CommandResult {
        let result = refused(outcome, command, pdu: pdu, outlet)
        publisher.tell(.refused(result))
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
        CommandResult(refusing: outcome, command, outlet, receivedAt: timekeeper.wallTime)
    }

    private func refused(_ outcome: Outcome, _ command: Command, pdu: String, _ outlet: OutletLevel) -> CommandResult {
        CommandResult(refusing: outcome, command, pdu: pdu, outlet, receivedAt: timekeeper.wallTime)
    }
}
