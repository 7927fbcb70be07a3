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
        case .result(let pdu, _):
            guard !delivery.isRetained, lanes[pdu] == nil, let gap = gap,
                let result = try? JSONDecoder().decode(CommandResult.self, from: Data(delivery.payload))
            else { return }
            gap.saw(result, at: timekeeper.now)
        // The agent itself looks at it.
        case .info: return
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
        guard let lane = lanes[pdu] else {
            if let gap, gap.hold(delivery, pdu: pdu, outlet: outlet, at: Now(timekeeper)) { return }
            return refuseForeign(delivery, pdu, outlet)
        }
        switch read(delivery) {
        case .refused(let outcome, let id):
            refuse(outcome, id: id, pdu: pdu, outlet, delivery)
        case .empty:
            await lane.refresh()
        case .command(let command, let expiresAt, let reply):
            switch outlet {
            case .number(let number):
                var command = command
                if let arrived = delivery.arrived, command.delay == nil {
                    // Its time began when it came, and not when the PDU had an owner again.
                    let usual = await lane.limit(of: number)
                    let left = (command.limit ?? usual) - (timekeeper.now - arrived.moment)
                    guard left > .zero else {
                        return refuse(Self.unowned, id: command.id, pdu: pdu, outlet, delivery, by: command.by)
                    }
                    command.limit = left
                }
                let ticket = ticket(
                    for: OutletID(pdu: lane.pdu, outlet: number),
                    command,
                    expiresAt: expiresAt,
                    reply: reply,
                    arrived: delivery.arrived
                )
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
        let order = pdus(inOrder: rules?.members ?? [])
        guard leads(order) else { return }
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
            if let outcome = refusalOfOthers(order) ?? refusalOfLaterWork(command, ofLoadsIn: rules) {
                return refuse(outcome, group: name, id: command.id, command: command, delivery, isKnown: true)
            }
            await start(.group(name), rules, command, expiresAt: expiresAt, reply: reply)
        }
    }

    private static let unowned = Outcome(
        .expired,
        message: "no agent of the fleet owned the PDU within the command's limit; nothing was sent"
    )

    /// Whether a command for several PDUs is this agent's to answer: in a fleet it is the one's who owns the first of them.
    func leads(_ pdus: [PDUName]) -> Bool {
        guard gap != nil, let first = pdus.first else { return true }
        return lanes[first.rawValue] != nil
    }

    /// Why a command for several PDUs cannot be carried out, where other agents of the fleet own some of them.
    func refusalOfOthers(_ pdus: [PDUName]) -> Outcome? {
        guard gap != nil, let other = pdus.first(where: { lanes[$0.rawValue] == nil }) else { return nil }
        let words =
            "another agent of the fleet owns \(other), and a command for several outlets needs one owner for all; "
            + "nothing was switched: command the outlets one by one"
        return .rejected(.unknownPDU, words)
    }

    func pdus(inOrder members: [GroupMember]) -> [PDUName] {
        let loads = loads
        return members.flatMap { member in
            switch member {
            case .outlet(let outlet): [outlet.pdu]
            case .load(let name): (loads[name]?.feeds ?? []).map(\.pdu)
            }
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
            let expiresAt = delivery.expiry.map { (delivery.arrived?.moment ?? timekeeper.now) + $0 }
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
