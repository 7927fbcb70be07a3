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
            let blueprint = plan.pdus.first(where: { $0.rules.pdu == tenure.pdu })
        else { return }
        tenures[tenure.pdu] = tenure
        numbers.goOn(after: tenure.contents.lastTicket)
        let lane = await setUp(
            blueprint,
            knowing: tenure.contents,
            tenure: tenure,
            firstPoll: timekeeper.now
        )
        await lane.readSoon()
        logger.notice("owns the PDU", metadata: ["pdu": "\(tenure.pdu)", "epoch": "\(tenure.epoch)"])
        let held = router.gap?.take(tenure.pdu.rawValue, at: timekeeper.now) ?? []
        for one in GapDesk.due(held, tenure.contents, tenure.notes) {
            var delivery = one.delivery
            delivery.arrived = Now(moment: one.arrivedAt, wallTime: one.arrivedTime)
            await router.route(delivery)
        }
    }

    /// Ends the lane at once: another agent may own the PDU.
    public func end(_ pdu: PDUName) async {
        tenures[pdu] = nil
        guard let lane = lanes.remove(pdu) ?? leaving[pdu] else { return }
        logger.warning(
            "another agent may own the PDU now; nothing more is done to it here",
            metadata: ["pdu": "\(pdu)"]
        )
        await lane.abdicate()
        publisher.loads.disown(pdu)
    }

    /// Finishes what is under way, and ends the lane. What does nothing for a while is in the journal for the next owner.
    public func handOver(_ pdu: PDUName, hasSuccessor: Bool, until limit: Moment) async {
        guard let lane = lanes[pdu.rawValue] else { return }
        leaving[pdu] = lane
        // What comes from now on is held by the agent that is next in line, and this one answers none of it.
        if hasSuccessor { _ = lanes.remove(pdu) }
        let rest = Self.handOverTime
        while timekeeper.now < limit, await !lane.isQuiet(until: timekeeper.now + rest), !Task.isCancelled {
            await timekeeper.sleep(until: timekeeper.now + Self.handOverPause)
        }
        await lane.stop(until: max(limit, timekeeper.now))
        await lane.awaitEnd()
        _ = lanes.remove(pdu)
        leaving[pdu] = nil
        tenures[pdu] = nil
        publisher.loads.disown(pdu)
    }

    /// How often a lane that is to be handed over is looked at.
    private static let handOverPause = Duration.milliseconds(10)

    /// Listens for what is of interest now.
    public func attend(owned: Set<PDUName>, next: Set<PDUName>) async {
        attention = (owned, next)
        // What is held for a PDU that is owned now is held until its lane is there.
        router.gap?.adopt(Set(next.union(owned).map(\.rawValue)))
        await subscribe(isLooking: publisher.discovery?.isLooking ?? false)
        logger.info("listens for PDUs: owned \(owned.count), next for PDUs: \(next.count)")
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
        fenced.makeDriver = { FencedDriver(blueprint.makeDriver(), fence: fence) }
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
            let epoch = owner.epoch, owner.agent != id, epoch > tenure.epoch
        else { return }
        await fleet?.doubt(pdu, epoch: epoch)
    }
}

/// Gives no leave: the PDU is not this agent's.
private struct ClosedFence: WriteFence {
    func permit(_ orders: [OutletNumber: String]) async throws(DriverError) -> WritePermit {
        throw DriverError(.notPermitted, "the PDU is not this agent's any more; nothing was sent")
    }

    func answered(_ permit: WritePermit) {}
}

/// The part of a PDU's `info` that says who owns it.
private struct OwnerNote: Decodable {
    var agent: String?
    var epoch: Int64?
}
