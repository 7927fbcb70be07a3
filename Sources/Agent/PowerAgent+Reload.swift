import Logging
import Power

/// Taking over a changed configuration.
extension PowerAgent {
    /// Takes over a changed configuration: without dropping the broker's session, without touching an outlet.
    public func adopt(_ newPlan: AgentPlan) async {
        guard !isStopping else { return }
        var newPlan = newPlan
        let places = plan.places
        for blueprint in newPlan.pdus {
            guard let before = places[blueprint.rules.pdu].map({ plan.pdus[$0] }) else { continue }
            // In a fleet the driver asks for leave in the outlet's circuit.
            let isInOtherCircuits = fleet != nil && before.rules.circuits != blueprint.rules.circuits
            if before.fingerprint != blueprint.fingerprint || isInOtherCircuits {
                newPlan.renewed.insert(blueprint.rules.pdu)
            }
        }
        let changed = router.adopt(newPlan.router)
        let wanted = Set(newPlan.pdus.map(\.rules.pdu))
        if announcer?.isLooking ?? false || plan.router.loads.isEmpty != newPlan.router.loads.isEmpty
            || plan.router.hasUsers != newPlan.router.hasUsers
        {
            await subscribe()
        }
        // New PDUs take commands at once; nobody waits for those that are taken out.
        let added = fleet == nil ? await addLanes(newPlan.pdus.filter { lanes[$0.rules.pdu.rawValue] == nil }) : []
        for blueprint in newPlan.pdus where !newPlan.renewed.contains(blueprint.rules.pdu) {
            await lanes[blueprint.rules.pdu.rawValue]?.adopt(blueprint.rules)
        }
        firstContacts.add(added)
        await withDiscardingTaskGroup { group in
            let limit = timekeeper.now + Self.drainTime
            for blueprint in newPlan.pdus where newPlan.renewed.contains(blueprint.rules.pdu) {
                guard let lane = lanes[blueprint.rules.pdu.rawValue] else { continue }
                let fenced = fenced(blueprint)
                group.addTask { await lane.renew(fenced, until: limit) }
            }
            for lane in lanes.all where !wanted.contains(lane.pdu) { group.addTask { await self.remove(lane) } }
        }
        for pdu in changed { await lanes[pdu.rawValue]?.tellLoads() }
        plan = newPlan
        noteShared()
        await fleet?.adopt(newPlan.shared)
        noteFeedsWithoutLane()
        if isGranted, isReady, !isStopping { await publishInfo() }
        await notePublished()
        logger.notice("the new configuration is in force", metadata: ["pdus": "\(newPlan.pdus.count)"])
    }

    /// Takes a PDU out. Its lane stays in the directory until it has ended, so that commands that come now are answered.
    func remove(_ lane: PDULane) async {
        await lane.dismiss(until: timekeeper.now + Self.dismissalTime)
        _ = lanes.remove(lane.pdu)
        await lane.clearRetained()
    }

    private func addLanes(_ blueprints: [LaneBlueprint]) async -> [PDULane] {
        guard !blueprints.isEmpty else { return [] }
        await journal?.flush()
        // A PDU that is back within minutes knows what it was asked before. Unfinished work is not the journal's to
        // give now: what an earlier process left was dealt with at the start.
        var known = await journal?.contents() ?? JournalContents()
        known.entries = []
        let byPDU = known.byPDU
        var added: [PDULane] = []
        for blueprint in blueprints where !isStopping {
            let firstPoll = timekeeper.now + Self.firstContactTime
            added.append(await setUp(blueprint, knowing: byPDU[blueprint.rules.pdu], firstPoll: firstPoll))
        }
        return added
    }
}
