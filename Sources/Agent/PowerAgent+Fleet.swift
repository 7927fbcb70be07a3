import Foundation
import Logging
import MQTTClient
public import Power

/// What the agent does for its fleet.
extension PowerAgent: FleetHost {
    /// Sets the lane of a PDU up that this agent owns now: with what earlier owners left, and with the commands that nobody
    /// has answered since the last one was gone.
    public func begin(_ tenure: Tenure) async {
        guard !isStopping, lanes[tenure.pdu.rawValue] == nil,
            let place = places[tenure.pdu], plan.pdus.indices.contains(place)
        else { return }
        let blueprint = plan.pdus[place]
        tenures[tenure.pdu] = tenure
        fleetJournal?.begin(tenure)
        circuits.own(tenure.pdu, true, at: timekeeper.now)
        numbers.goOn(after: tenure.contents.lastTicket)
        // What comes from now on comes after what came while nobody owned the PDU.
        router.gap?.beginCatchingUp(tenure.pdu.rawValue)
        let lane = await setUp(
            blueprint,
            knowing: tenure.contents,
            tenure: tenure,
            firstPoll: timekeeper.now + Self.firstContactTime
        )
        firstContacts.add([lane])
        logger.notice("owns the PDU", metadata: ["pdu": "\(tenure.pdu)", "epoch": "\(tenure.epoch)"])
        await router.recover(tenure.contents.groups)
        await carryOutHeld(of: tenure, by: lane)
        await router.loadDesk.goOn()
    }

    /// Carries out what was held for a PDU, in the order of its arrival.
    private func carryOutHeld(of tenure: Tenure, by lane: PDULane) async {
        guard let gap = router.gap else { return }
        let pdu = tenure.pdu.rawValue
        var isFirst = true
        while let held = gap.catchUp(pdu, at: timekeeper.now) {
            // The last owner had a part only in what came before this agent owned the PDU.
            for one in isFirst ? GapDesk.due(held, tenure.contents, tenure.notes) : held {
                var delivery = one.delivery
                delivery.arrived = Now(moment: one.arrivedAt, wallTime: one.arrivedTime)
                delivery.isOvertaken = one.isOvertaken
                await router.loadDesk.goOn(arrivedBy: one.arrivedAt)
                // Another agent may have held it too, and given it to this one.
                if await router.standing(of: delivery) != .known { await router.route(delivery) }
            }
            isFirst = false
            // Who has lost the PDU meanwhile holds the rest for the next owner, if it is next.
            if lanes[pdu] !== lane { return gap.endCatchingUp(pdu) }
        }
    }

    /// Ends the lane at once: another agent may own the PDU.
    public func end(_ pdu: PDUName) async {
        tenures[pdu] = nil
        fleetJournal?.end(pdu)
        circuits.own(pdu, false, at: timekeeper.now)
        guard let lane = lanes.take(pdu) else { return }
        logger.warning(
            "another agent may own the PDU now; nothing more is done to it here",
            metadata: ["pdu": "\(pdu)"]
        )
        await lane.abdicate()
        await withdraw(lane)
        await router.loadDesk.end(pdu)
        publisher.loads.disown(pdu)
    }

    /// Finishes what is under way, and ends the lane. What does nothing for a while is in the journal for the next owner.
    public func handOver(_ pdu: PDUName, hasSuccessor: Bool, until limit: Moment) async {
        guard let lane = lanes[pdu.rawValue] else { return }
        // What comes from now on is held by the agent that is next in line, and this one answers none of it.
        if hasSuccessor {
            lanes.leave(pdu)
            await lane.handOn()
        }
        let rest = Self.handOverTime
        await router.loadDesk.handOver(pdu, resting: rest)
        while timekeeper.now < limit, !Task.isCancelled {
            let isQuiet = await lane.isQuiet(until: timekeeper.now + rest)
            if isQuiet, !router.loadDesk.works(with: pdu), !router.leadsGroup(of: pdu) { break }
            await timekeeper.sleep(until: timekeeper.now + Self.handOverPause)
        }
        // What was on its way to the lane when it was taken out.
        if hasSuccessor { await lane.handOn() }
        await lane.stop(until: max(limit, timekeeper.now))
        await lane.awaitEnd()
        if hasSuccessor { await withdraw(lane) }
        // What the lane's end means for a load is in the journal before another agent can own the PDU.
        let last = timekeeper.now + rest
        while timekeeper.now < last, router.loadDesk.works(with: pdu), !Task.isCancelled {
            await timekeeper.sleep(until: timekeeper.now + Self.handOverPause)
        }
        _ = lanes.take(pdu)
        tenures[pdu] = nil
        fleetJournal?.end(pdu)
        circuits.own(pdu, false, at: timekeeper.now)
        await router.loadDesk.end(pdu)
        publisher.loads.disown(pdu)
    }

    /// Leaves it to the next owner to say what a PDU is: what waits for a busy broker would come after that. Where something is on
    /// its way already, the next owner is asked to say it again.
    private func withdraw(_ lane: PDULane) async {
        let outlets = await lane.outletNumbers.map { OutletID(pdu: lane.pdu, outlet: $0) }
        let topics = publisher.topics
        client.withdraw(
            topics.retained(of: lane.pdu) + outlets.flatMap(topics.retained),
            notice: OutgoingMessage(topic: topics.get(lane.pdu), payload: [], qos: .atLeastOnce)
        )
    }

    /// Begins what another agent asks of a PDU that this one owns.
    public func begin(_ request: OwnerRequest) async -> @Sendable () async -> OwnerAnswer? {
        await router.begin(request)
    }

    /// Gives the owner of these PDUs the commands that are held for them and that it may have missed. Without an id nobody could
    /// tell whether it has.
    public func giveBack(_ pdus: Set<PDUName>) async {
        guard let gap = router.gap, let fleet else { return }
        await withDiscardingTaskGroup { group in
            for pdu in pdus.sorted() {
                for held in gap.unanswered(pdu.rawValue, at: timekeeper.now) {
                    guard let command = held.command else { continue }
                    let request = OwnerRequest(
                        target: .missed(MissedMessage(held), pdu: pdu.rawValue),
                        command: command,
                        receivedTime: held.arrivedTime
                    )
                    let end = await fleet.ask(request, patience: request.patience)
                    group.addTask { _ = await end() }
                }
            }
        }
    }

    /// The answer to what an earlier owner has taken up and nobody can tell the end of.
    public func unknownEnd(of request: OwnerRequest) async -> OwnerAnswer {
        let words = "the agent died before it could see how this ended; whether anything was switched is not known"
        return router.answer(request, .unknown(.agentDied, words))
    }

    /// Who carries out commands for loads knows which PDUs may come to be owned.
    func noteShared() {
        guard let fleetJournal else { return }
        places = plan.places
        let pdus = Set(places.keys)
        fleetJournal.adopt(pdus)
        router.adopt(shared: pdus)
        circuits.adopt(leads: plan.circuitLeads, at: timekeeper.now)
    }

    /// How often a lane that is to be handed over is looked at.
    private static let handOverPause = Duration.milliseconds(10)

    /// For which PDUs of other agents' it holds commands.
    public nonisolated var holding: Set<PDUName> { router.gap?.holding ?? [] }

    /// Listens for what is of interest now. It takes a time that depends on what has changed, as there may be tens of thousands of
    /// PDUs.
    public func attend(_ changes: [PDUName: PDUAttention]) async {
        guard let told = attention else { return }
        let before = Dictionary(uniqueKeysWithValues: changes.keys.map { ($0, told[$0]) })
        attention?.apply(changes)
        // What is held for a PDU that is owned now is held until its lane is there.
        router.gap?.adopt(changes.lazy.filter { $0.value != .nothing }.map(\.key.rawValue))
        router.gap?.release(changes.lazy.filter { $0.value == .nothing }.map(\.key.rawValue))
        await subscribe(changes, before: before)
        logger.info("listens for PDUs: owned \(attention?.owned ?? 0), next for PDUs: \(attention?.next ?? 0)")
    }

    /// Says for an agent that is gone without a word that it is offline, where the broker has lost its last will.
    public func succeed(_ agent: String) async {
        guard agent != id else { return }
        publisher.retain(publisher.topics.availability(agent: agent), Array("offline".utf8))
    }

    /// A blueprint whose driver writes with permits alone, where the agent shares its PDUs with others.
    func fenced(_ blueprint: LaneBlueprint) -> LaneBlueprint {
        guard fleet != nil else { return blueprint }
        let fence = tenures[blueprint.rules.pdu]?.fence ?? ClosedFence()
        var fenced = blueprint
        let (circuits, rules) = (circuits, blueprint.rules)
        fenced.makeDriver = {
            FencedDriver(blueprint.makeDriver(), fence: fence) { circuits.lead(of: rules.outlet($0).circuit) }
        }
        return fenced
    }

    /// Looks at what an agent says of a PDU: another one that owns it in a later tenure is heard of here too. And who has
    /// taken over from this agent's process before may say that it is offline, when it is there again already.
    func noteFleet(_ message: IncomingMessage) async {
        let own = publisher.topics.availability(agent: id)
        if message.topic == own, message.payload == Array("offline".utf8), isOnline {
            return publisher.retain(own, Array("online".utf8))
        }
        guard case .info(let name) = publisher.topics.parse(message.topic), let pdu = PDUName(name),
            let tenure = tenures[pdu], let payload = message.payload,
            let owner = try? JSONDecoder().decode(OwnerNote.self, from: Data(payload)),
            let epoch = owner.epoch, owner.agent != id
        else { return }
        if epoch > tenure.epoch {
            await fleet?.doubt(pdu, epoch: epoch)
        } else if !message.isRetained {
            // The last owner's words were still on their way to a busy broker, and have taken the place of this agent's.
            logger.info(
                "is told anew: what an earlier owner had said came after what this agent says",
                metadata: ["pdu": "\(pdu)", "agent": "\(owner.agent ?? "")"]
            )
            await lanes[name]?.refresh()
        }
    }
}

/// Gives no leave: the PDU is not this agent's.
private struct ClosedFence: WriteFence {
    func permit(_ orders: [OutletNumber: String], with lead: PDUName?) async throws(DriverError) -> WritePermit {
        throw DriverError(.notPermitted, "the PDU is not this agent's any more; nothing was sent")
    }

    func answered(_ permit: WritePermit) {}
}

/// The part of a PDU's `info` that says who owns it.
private struct OwnerNote: Decodable {
    var agent: String?
    var epoch: Int64?
}
