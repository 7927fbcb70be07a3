import Foundation
import Logging
import Power
import Synchronization

/// Messages from the broker.
extension CommandRouter {
    /// Takes one message from the broker to where it belongs.
    public func route(_ delivery: Delivery) async {
        func origin(of name: String?) -> Origin {
            var origin = self.origin(of: name)
            if delivery.isOvertaken, origin.refusal == nil { origin.refusal = Self.overtaken }
            return origin
        }
        switch topics.parse(delivery.topic) {
        case .user(let name, let topic): await route(delivery, topic, from: origin(of: name))
        case let topic?: await route(delivery, topic, from: origin(of: nil))
        case nil:
            logger.debug("a message on a topic that is none of the agent's", metadata: ["topic": "\(delivery.topic)"])
        }
    }

    private func route(_ delivery: Delivery, _ topic: IncomingTopic, from origin: Origin) async {
        switch topic {
        case .outlet(let pdu, let outlet): await route(delivery, pdu: pdu, outlet, from: origin)
        case .group(let name): await route(delivery, group: name, from: origin)
        case .load(let name): await route(delivery, load: name, from: origin)
        case .get(let pdu):
            guard !delivery.isRetained, maySee(pdu: pdu, origin) else { return }
            await lanes[pdu]?.refresh()
        case .user: break
        case .result(let pdu, _):
            guard !delivery.isRetained, lanes[pdu] == nil, let gap,
                let result = try? JSONDecoder().decode(CommandResult.self, from: Data(delivery.payload))
            else { return }
            gap.saw(result, at: timekeeper.now)
        case .groupResult(let name):
            sawResult(of: .group(name), ledBy: pdus(inOrder: groups[name]?.members ?? []).first, delivery)
        case .loadResult(let name):
            sawResult(of: .load(name), ledBy: loads[name]?.feeds.first?.pdu, delivery)
        // The agent itself looks at it.
        case .info: return
        case .agentAvailability(let agent): note(agent, isOnline: delivery.payload == Array("online".utf8))
        }
    }

    /// Takes up a message that another agent of the fleet has held and that this one has missed.
    func take(missed delivery: Delivery) async {
        switch await standing(of: delivery) {
        case .known: return
        case .late:
            var late = delivery
            late.isOvertaken = true
            await route(late)
        case .new: await route(delivery)
        }
    }

    /// What is known here of a command that an agent of the fleet has held.
    func standing(of delivery: Delivery) async -> HeldStanding {
        guard let arrived = delivery.arrived?.moment, var topic = topics.parse(delivery.topic) else { return .new }
        if case .user(_, let plain) = topic { topic = plain }
        guard case .command(let command) = try? CommandPayload.read(delivery.payload, isForLoad: topic.isLoad),
            let id = command.id
        else { return .new }
        var outlets: [OutletID] = []
        var group: GroupResult.Target?
        switch topic {
        case .outlet(let pdu, .number(let number)):
            outlets = PDUName(pdu).map { [OutletID(pdu: $0, outlet: number)] } ?? []
        case .outlet(let pdu, .all):
            guard let lane = lanes[pdu], case .success(let rules) = await lane.rulesForAll else { return .new }
            outlets = rules.outlets
            group = .pdu(pdu)
        case .group(let name):
            outlets = groups[name]?.outlets ?? []
            group = .group(name)
        case .load(let name):
            if loadDesk.knows(id, of: name) { return .known }
            outlets = loads[name]?.feeds ?? []
        default: return .new
        }
        if let group, state.withLock({ $0.knows(group, id: id) }) { return .known }
        var standing = HeldStanding.new
        // An earlier owner of the first PDU may have begun a group's command with some outlets and have died.
        var unknown = group == nil ? 1 : outlets.count
        for outlet in outlets {
            switch await lanes[outlet.pdu.rawValue]?.standing(of: id, for: outlet.outlet, since: arrived) {
            case .known:
                unknown -= 1
                if unknown == 0 { return .known }
            case .late: standing = .late
            case .new, nil: continue
            }
        }
        return standing
    }

    /// Another agent of the fleet has answered a command for several outlets.
    private func sawResult(of target: GapDesk.Target, ledBy pdu: PDUName?, _ delivery: Delivery) {
        guard !delivery.isRetained, let gap, let pdu, lanes[pdu.rawValue] == nil,
            let answer = try? JSONDecoder().decode(WholeAnswer.self, from: Data(delivery.payload))
        else { return }
        gap.saw(
            target,
            of: pdu.rawValue,
            id: answer.id,
            answer.action.flatMap(Action.init(rawValue:)),
            wasBegun: answer.wasBegun,
            at: timekeeper.now
        )
    }

    /// What a result for several outlets says of its command.
    private struct WholeAnswer: Decodable {
        var id: String?
        var action: String?
        var status: Outcome.Status
        var plan: Plan?
        var outlets: [Part]?

        /// A dry run has a plan, or one for each outlet.
        struct Part: Decodable { var plan: Plan? }
        struct Plan: Decodable {}

        var wasBegun: Bool { status.saysBegun && plan == nil && outlets?.contains { $0.plan != nil } != true }
    }

    /// Who has sent a message, and why nothing of it may be carried out.
    struct Origin {
        var sender: Sender
        var refusal: Outcome?
    }

    /// Who has sent a message.
    ///
    /// - Parameter name: the user whose own topic it came on, where only that user may write; nothing for the plain topics.
    private func origin(of name: String?) -> Origin {
        let (users, requiresUser) = state.withLock { ($0.rules.users, $0.rules.requiresUser) }
        guard let name else {
            guard requiresUser else { return Origin(sender: Sender(.mqtt, rights: .everything)) }
            let words = "this agent heeds users' own topics only: publish below '\(topics.base)/user/' and your name"
            return Origin(sender: Sender(.mqtt, rights: .nothing), refusal: .rejected(.unauthorized, words))
        }
        guard Sender.isName(name) else {
            let words = "'\(CommandPayload.excerpt(name))' is no user's name: 1 to 64 of A-Z a-z 0-9 _ . @ -"
            return Origin(sender: Sender(.mqtt, rights: .nothing), refusal: .rejected(.unauthorized, words))
        }
        guard let users else { return Origin(sender: Sender(.mqtt, user: name, rights: .everything)) }
        guard let rights = users[name] else {
            let words = "there is no user '\(name)' in the agent's configuration"
            return Origin(sender: Sender(.mqtt, user: name, rights: .nothing), refusal: .rejected(.unauthorized, words))
        }
        return Origin(sender: Sender(.mqtt, user: name, rights: rights))
    }

    func admit(_ command: Command, for target: CommandTarget, from origin: Origin) -> (
        command: Command, refusal: Outcome?
    ) {
        let (command, refusal) = admit(command, for: target, from: origin.sender)
        return (command, origin.refusal ?? refusal)
    }

    private func maySee(pdu: String, _ origin: Origin) -> Bool {
        origin.refusal == nil && reach(of: origin.sender.rights).sees(pdu: pdu)
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

    private func route(_ delivery: Delivery, pdu: String, _ outlet: OutletLevel, from origin: Origin) async {
        if holdsBehind(delivery, .outlet(outlet), of: PDUName(pdu)) { return }
        guard let lane = lanes[pdu] else {
            if let gap, gap.hold(delivery, pdu: pdu, .outlet(outlet), at: Now(timekeeper)) { return }
            return refuseForeign(delivery, pdu, outlet, from: origin)
        }
        switch read(delivery) {
        case .refused(let outcome, let id):
            refuse(outcome, id: id, pdu: pdu, outlet, delivery, from: origin)
        case .empty:
            guard maySee(pdu: pdu, origin) else { return }
            await lane.refresh()
        case .command(let command, let expiresAt, let reply):
            let (command, refusal) = admit(command, for: .outlet(pdu: pdu, outlet), from: origin)
            func refuse(_ outcome: Outcome) {
                self.refuse(outcome, id: command.id, pdu: pdu, outlet, delivery, command: command, from: origin)
            }
            if let refusal { return refuse(refusal) }
            switch outlet {
            case .number(let number):
                var command = command
                if let arrived = delivery.arrived, command.delay == nil {
                    // Its time began when it came, and not when the PDU had an owner again.
                    let usual = await lane.limit(of: number)
                    let left = (command.limit ?? usual) - (timekeeper.now - arrived.moment)
                    guard left > .zero else {
                        return refuse(Self.unowned)
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
                case .success(let rules):
                    let isBegun = await start(
                        .pdu(pdu),
                        rules,
                        command,
                        isForLeader: true,
                        wasHeld: delivery.arrived != nil,
                        expiresAt: expiresAt,
                        reply: reply
                    )
                    if !isBegun { hold(delivery, .outlet(.all), ledBy: lane.pdu) }
                case .failure(let unread):
                    refuse(.failed(.deviceError, unread.description))
                }
            case .other(let text):
                let words = "'\(CommandPayload.excerpt(text))' is not an outlet's number"
                refuse(.rejected(.unknownOutlet, words))
            }
        }
    }

    private func route(_ delivery: Delivery, group name: String, from origin: Origin) async {
        let rules = state.withLock { $0.rules.groups[name] }
        let order = pdus(inOrder: rules?.members ?? [])
        if holdsBehind(delivery, .group(name), of: order.first) { return }
        guard leads(order) else { return hold(delivery, .group(name), ledBy: order.first) }
        switch read(delivery) {
        case .refused(let outcome, let id):
            refuse(outcome, group: name, id: id, command: nil, delivery, isKnown: rules != nil, from: origin)
        case .empty:
            guard origin.refusal == nil, reach(of: origin.sender.rights).sees(group: name) else { return }
            for pdu in pdus(of: rules?.members ?? []) { await lanes[pdu.rawValue]?.refresh() }
        case .command(let command, let expiresAt, let reply):
            let (command, refusal) = admit(command, for: .group(name), from: origin)
            guard let rules, refusal == nil else {
                let unknown = Outcome.rejected(.unknownGroup, "there is no group '\(CommandPayload.excerpt(name))'")
                let (outcome, isKnown) = (refusal ?? unknown, rules != nil)
                let id = command.id
                return refuse(outcome, group: name, id: id, command: command, delivery, isKnown: isKnown, from: origin)
            }
            guard let ready = await shortened(command, delivery, limit: nil, ledBy: rules.outlets.first) else {
                let id = command.id
                return refuse(
                    Self.unowned,
                    group: name,
                    id: id,
                    command: command,
                    delivery,
                    isKnown: true,
                    from: origin
                )
            }
            let isBegun = await start(
                .group(name),
                rules,
                ready,
                isForLeader: true,
                wasHeld: delivery.arrived != nil,
                expiresAt: expiresAt,
                reply: reply
            )
            if !isBegun { hold(delivery, .group(name), ledBy: order.first) }
        }
    }

    /// Holds a command for several outlets, where this agent is next in line for the PDU whose owner leads it.
    func hold(_ delivery: Delivery, _ target: GapDesk.Target, ledBy pdu: PDUName?) {
        guard let gap, let pdu else { return }
        _ = gap.hold(delivery, pdu: pdu.rawValue, target, at: Now(timekeeper))
    }

    /// Holds a command back while this agent has others to carry out that came before it had the PDU.
    func holdsBehind(_ delivery: Delivery, _ target: GapDesk.Target, of pdu: PDUName?) -> Bool {
        guard let gap, let pdu, delivery.arrived == nil else { return false }
        return gap.holdBehind(delivery, pdu: pdu.rawValue, target, at: Now(timekeeper))
    }

    /// A command for several outlets with the time that it has left: that began when it came, and not when the PDU had an
    /// owner again.
    ///
    /// - Returns: nothing when its time is over.
    func shortened(
        _ command: Command,
        _ delivery: Delivery,
        limit: Duration?,
        ledBy outlet: OutletID?
    ) async -> Command? {
        guard let arrived = delivery.arrived, command.delay == nil, !command.dryRun else { return command }
        var usual: Duration?
        if let outlet { usual = await lanes[outlet.pdu.rawValue]?.limit(of: outlet.outlet) }
        let left = (command.limit ?? limit ?? usual ?? .seconds(15)) - (timekeeper.now - arrived.moment)
        guard left > .zero else { return nil }
        var command = command
        command.limit = left
        return command
    }

    static let overtaken = Outcome(
        .superseded,
        message:
            "a later command was carried out by the agent that owned the PDU meanwhile; nothing was sent for this one"
    )

    static let unowned = Outcome(
        .expired,
        message: "no agent of the fleet owned the PDU within the command's limit; nothing was sent"
    )

    /// Whether a command for several PDUs is this agent's to answer: in a fleet it is the one's who owns the first of them.
    func leads(_ pdus: [PDUName]) -> Bool {
        guard gap != nil, let first = pdus.first else { return true }
        return lanes[first.rawValue] != nil
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
