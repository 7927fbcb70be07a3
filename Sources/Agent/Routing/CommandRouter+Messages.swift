import Foundation
import Logging
import Power
import Synchronization

/// Messages from the broker.
extension CommandRouter {
    /// Takes one message from the broker to where it belongs.
    public func route(_ delivery: Delivery) async {
        switch topics.parse(delivery.topic) {
        case .outlet(let pdu, let outlet): await route(delivery, pdu: pdu, outlet)
        case .group(let name): await route(delivery, group: name)
        case .load(let name): await route(delivery, load: name)
        case .get(let pdu):
            guard !delivery.isRetained else { return }
            await lanes[pdu]?.refresh()
        case .agentAvailability(let agent): note(agent, isOnline: delivery.payload == Array("online".utf8))
        case nil:
            logger.debug("a message on a topic that is none of the agent's", metadata: ["topic": "\(delivery.topic)"])
        }
    }

    private func note(_ agent: String, isOnline: Bool) {
        state.withLock { state in
            guard agent != state.rules.agent else { return }
            if !isOnline {
                state.otherAgents.remove(agent)
            } else if state.otherAgents.count < Self.maximumOtherAgents {
                state.otherAgents.insert(agent)
            }
        }
    }

    private func route(_ delivery: Delivery, pdu: String, _ outlet: OutletLevel) async {
        guard let lane = lanes[pdu] else { return refuseForeign(delivery, pdu, outlet) }
        switch read(delivery) {
        case .refused(let outcome, let id):
            refuse(outcome, id: id, pdu: pdu, outlet, delivery)
        case .empty:
            await lane.refresh()
        case .command(let command, let expiresAt, let reply):
            switch outlet {
            case .number(let number):
                let outlet = OutletID(pdu: lane.pdu, outlet: number)
                let ticket = ticket(for: outlet, command, expiresAt: expiresAt, reply: reply)
                await lane.submit([ticket])
            case .all:
                switch await lane.rulesForAll {
                case .success(let rules): await start(.pdu(pdu), rules, command, expiresAt: expiresAt, reply: reply)
                case .failure(let unread):
                    let outcome = Outcome.failed(.deviceError, unread.description)
                    refuse(outcome, id: command.id, pdu: pdu, .all, delivery, by: command.by)
                }
            case .other(let text):
                let words = "'\(CommandPayload.excerpt(text))' is not an outlet's number"
                refuse(.rejected(.unknownOutlet, words), id: command.id, pdu: pdu, outlet, delivery, by: command.by)
            }
        }
    }

    private func route(_ delivery: Delivery, group name: String) async {
        let rules = state.withLock { $0.rules.groups[name] }
        switch read(delivery) {
        case .refused(let outcome, let id):
            refuse(outcome, group: name, id: id, command: nil, delivery, isKnown: rules != nil)
        case .empty:
            for pdu in pdus(of: rules?.members ?? []) { await lanes[pdu.rawValue]?.refresh() }
        case .command(let command, let expiresAt, let reply):
            guard let rules else {
                let outcome = Outcome.rejected(.unknownGroup, "there is no group '\(CommandPayload.excerpt(name))'")
                return refuse(outcome, group: name, id: command.id, command: command, delivery, isKnown: false)
            }
            await start(.group(name), rules, command, expiresAt: expiresAt, reply: reply)
        }
    }

    private func pdus(of members: [GroupMember]) -> Set<PDUName> {
        let loads = loads
        return Set(
            members.flatMap { member in
                switch member {
                case .outlet(let outlet): [outlet.pdu]
                case .load(let name): (loads[name]?.feeds ?? []).map(\.pdu)
                }
            }
        )
    }

    enum Reading {
        case command(Command, expiresAt: Moment?, reply: ReplyAddress?)
        case empty
        case refused(Outcome, id: String?)
    }

    /// Reads a message, with what MQTT 5 says beside the payload.
    func read(_ delivery: Delivery, isForLoad: Bool = false) -> Reading {
        if delivery.isRetained {
            if delivery.payload.isEmpty, delivery.size == 0 { return .empty }
            logger.warning(
                "a retained command was refused; clear it with an empty retained message",
                metadata: ["topic": "\(delivery.topic)"]
            )
            let words = "the command was retained: send it without the retain flag, and clear it on its topic"
            return .refused(.rejected(.retained, words), id: Self.id(in: delivery))
        }
        guard delivery.size <= CommandPayload.maximumSize else {
            let words = "the payload has \(delivery.size) bytes, \(CommandPayload.maximumSize) are allowed"
            return .refused(.rejected(.badPayload, words), id: nil)
        }
        do {
            guard case .command(var command) = try CommandPayload.read(delivery.payload, isForLoad: isForLoad) else {
                return .empty
            }
            try complete(&command, with: delivery)
            if state.withLock(\.isStopping) { return .refused(LaneSchedule.stopping, id: command.id) }
            let expiresAt = delivery.expiry.map { timekeeper.now + $0 }
            return .command(command, expiresAt: expiresAt, reply: try replyAddress(delivery, id: command.id))
        } catch {
            return .refused(.rejected(.badPayload, error.description), id: error.id)
        }
    }

    /// The id of a command that is refused unread, so that its sender finds the answer.
    static func id(in delivery: Delivery) -> String? {
        do {
            guard case .command(let command) = try CommandPayload.read(delivery.payload) else { return nil }
            return command.id
        } catch {
            return error.id
        }
    }

    private func complete(_ command: inout Command, with delivery: Delivery) throws(BadPayload) {
        for (name, value) in delivery.userProperties where value.utf8.count <= CommandJSON.maximumTextLength {
            if name == "by" { command.by = command.by ?? value }
            if name == "reason" { command.reason = command.reason ?? value }
        }
        if delivery.mayHaveWaited, command.deadline == nil, delivery.expiry == nil {
            throw BadPayload(
                "the command may have waited for the agent and has neither deadline nor expiry, so it may be late",
                id: command.id
            )
        }
    }

    func replyAddress(_ delivery: Delivery, id: String?) throws(BadPayload) -> ReplyAddress? {
        guard let topic = delivery.responseTopic else { return nil }
        let isForbidden =
            topic.isEmpty || topic.contains { $0 == "+" || $0 == "#" } || topic.hasPrefix("$")
            || topics.contains(topic)
            || state.withLock { state in
                state.rules.forbiddenReplyPrefixes.contains { topic == $0 || topic.hasPrefix($0 + "/") }
            }
        guard !isForbidden else {
            let words =
                "the response topic '\(CommandPayload.excerpt(topic))' is refused: it must not be below "
                + "'\(topics.base)' or the discovery prefix, and hold no wildcard"
            throw BadPayload(words, id: id)
        }
        return ReplyAddress(topic: topic, correlationData: delivery.correlationData)
    }
}
