import Foundation
import Logging
import Power
import Synchronization

/// Answers to what never becomes a command.
extension CommandRouter {
    /// Answers a message for a PDU that is none of this agent's: only when nobody else can have it.
    func refuseForeign(_ delivery: Delivery, _ pdu: String, _ outlet: OutletLevel, from origin: Origin) {
        let (isSole, isNew) = state.withLock { state in
            let isRoom = state.foreignNames.count < Self.maximumForeignNames
            return (state.rules.isSole, isRoom && state.foreignNames.insert(pdu).inserted)
        }
        if isNew {
            logger.info(
                "a command for a PDU that is not in the configuration",
                metadata: ["name": "\(CommandPayload.excerpt(pdu))"]
            )
        }
        guard isSole, delivery.size > 0 else { return }
        let outcome = Outcome.rejected(.unknownPDU, "there is no PDU '\(CommandPayload.excerpt(pdu))'")
        refuse(outcome, id: Self.id(in: delivery), pdu: pdu, outlet, delivery, from: origin)
    }

    func refuse(
        _ outcome: Outcome,
        id: String?,
        pdu: String,
        _ outlet: OutletLevel,
        _ delivery: Delivery,
        command: Command? = nil,
        from origin: Origin
    ) {
        let result = CommandResult(
            refusing: outcome,
            id: id,
            pdu: pdu,
            outlet: outlet,
            action: command?.action,
            by: command?.by,
            user: origin.sender.user,
            door: origin.sender.door,
            receivedAt: timekeeper.wallTime
        )
        publisher.tell(.refused(result))
        publisher.publish(result, .notNeeded, reply: (try? replyAddress(delivery, id: id)) ?? nil)
    }

    /// An unknown group may be another agent's, so it is answered only while there is none.
    func refuse(
        _ outcome: Outcome,
        group: String,
        id: String?,
        command: Command?,
        _ delivery: Delivery,
        isKnown: Bool,
        from origin: Origin
    ) {
        guard isKnown || state.withLock({ $0.rules.isSole || $0.otherAgents.isEmpty }) else { return }
        let reply = (try? replyAddress(delivery, id: id)) ?? nil
        publish(outcome, target: .group(group), id: id, command: command, reply: reply, from: origin.sender)
    }

    func publish(
        _ outcome: Outcome,
        target: GroupResult.Target,
        id: String?,
        command: Command?,
        reply: ReplyAddress?,
        from sender: Sender? = nil,
        answer: (@Sendable (GroupResult) -> Void)? = nil
    ) {
        var result = refused(outcome, target: target, id: id, command: command)
        if let sender { (result.user, result.door) = (sender.user, sender.door) }
        publisher.tell(.refusedGroup(result))
        publisher.publish(publisher.json(result), .notNeeded, of: target, reply: reply)
        answer?(result)
    }

    func refused(
        _ outcome: Outcome,
        target: GroupResult.Target,
        id: String?,
        command: Command?,
        receivedAt: Date? = nil
    ) -> GroupResult {
        let now = timekeeper.wallTime
        return GroupResult(
            target: target,
            id: id,
            action: command?.action,
            status: outcome.status,
            error: CommandResult.Problem(outcome),
            by: command?.by,
            user: command?.user,
            door: command?.door,
            receivedAt: receivedAt ?? now,
            finishedAt: now,
            outlets: []
        )
    }
}
