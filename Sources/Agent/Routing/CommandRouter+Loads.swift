import Foundation
import Power
import Synchronization

/// Commands for loads.
extension CommandRouter {
    func route(_ delivery: Delivery, load name: String, from origin: Origin) async {
        let rules = loads[name]
        let pdus = (rules?.feeds ?? []).map(\.pdu)
        if holdsBehind(delivery, .load(name), of: pdus.first) { return }
        guard leads(pdus) else { return hold(delivery, .load(name), ledBy: pdus.first) }
        switch read(delivery, isForLoad: true) {
        case .refused(let outcome, let id):
            refuse(outcome, load: name, id: id, command: nil, delivery, rules != nil, from: origin)
        case .empty:
            guard origin.refusal == nil, reach(of: origin.sender.rights).sees(load: name) else { return }
            for pdu in Set((rules?.feeds ?? []).map(\.pdu)) { await lanes[pdu.rawValue]?.refresh() }
        case .command(let command, let expiresAt, let reply):
            let (command, refusal) = admit(command, for: .load(name), from: origin)
            guard let rules, refusal == nil else {
                let outcome = refusal ?? Self.unknownLoad(name)
                let isKnown = rules != nil
                return refuse(outcome, load: name, id: command.id, command: command, delivery, isKnown, from: origin)
            }
            guard let ready = await shortened(command, delivery, limit: rules.limit, ledBy: rules.feeds.first) else {
                return refuse(Self.unowned, load: name, id: command.id, command: command, delivery, true, from: origin)
            }
            let arrived = delivery.arrived
            await loadDesk.start(ready, on: name, rules, expiresAt: expiresAt, arrived: arrived, reply: reply)
        }
    }

    /// Gives a command to a load and waits for its result.
    ///
    /// The command goes on when the waiting task is cancelled; what is returned then says nothing about it.
    public func execute(_ command: Command, onLoad name: String, from sender: Sender) async -> LoadResult {
        let (command, refusal) = admit(command, for: .load(name), from: sender)
        if let refusal {
            let result = refused(refusal, load: name, command.id, command)
            publisher.tell(.loadResult(result, nil, nil))
            return result
        }
        guard let rules = loads[name] else { return refused(Self.unknownLoad(name), load: name, command.id, command) }
        if let lead = rules.feeds.first?.pdu, lanes[lead.rawValue] == nil,
            let reply = await ask(.load(name, lead: lead.rawValue), command)
        {
            switch reply {
            case .answered(.load(let result)): return result
            case .failed(let outcome): return refused(outcome, load: name, command.id, command)
            case .answered, .unowned: return refused(Self.unowned, load: name, command.id, command)
            }
        }
        return await loadDesk.execute(command, on: name, rules)
            ?? refused(Self.unawaited, load: name, command.id, command)
    }

    /// The answer to a payload for a load that is not a command. It is told to everybody who watches, not to the broker.
    public func refuse(_ problem: BadPayload, load: String, from sender: Sender) -> LoadResult {
        var result = refused(.rejected(.badPayload, problem.description), load: load, problem.id, nil)
        result.user = sender.user
        result.door = sender.door
        publisher.tell(.loadResult(result, nil, nil))
        return result
    }

    private static func unknownLoad(_ name: String) -> Outcome {
        .rejected(.unknownLoad, "there is no load '\(CommandPayload.excerpt(name))'")
    }

    /// An unknown load may be another agent's, so it is answered only while there is none.
    private func refuse(
        _ outcome: Outcome,
        load: String,
        id: String?,
        command: Command?,
        _ delivery: Delivery,
        _ isKnown: Bool,
        from origin: Origin
    ) {
        guard isKnown || state.withLock({ $0.rules.isSole || $0.otherAgents.isEmpty }) else { return }
        let reply = (try? replyAddress(delivery, id: id)) ?? nil
        var result = refused(outcome, load: load, id, command)
        result.user = origin.sender.user
        result.door = origin.sender.door
        // A dry run is not in the audit trail; that it was refused is.
        publisher.tell(.loadResult(result, outcome.code == .unauthorized ? nil : command, reply))
        publisher.publish(result, .notNeeded, reply: reply)
    }

    private func refused(_ outcome: Outcome, load: String, _ id: String?, _ command: Command?) -> LoadResult {
        let now = timekeeper.wallTime
        return LoadResult(outcome, load: load, id: id, command: command, receivedAt: now, finishedAt: now)
    }
}
