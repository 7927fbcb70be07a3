import Agent
import MQTTClient
import Power

/// The agent of this process.
struct AgentSource: PageSource {
    let fleet: FleetAccess
    let watch: AgentWatch

    func audit(of pdu: String?) -> AuditTrail? { fleet.audit }

    func history(of pdu: String) -> HistoryStore? { fleet.history }

    func about(_ page: PageSettings) async -> AgentView {
        AgentView(
            await fleet.info(),
            broker: fleet.broker(),
            isReady: await fleet.isOnline(),
            auditLost: fleet.audit?.lost,
            page
        )
    }

    func unreadiness() async -> String? {
        if await fleet.isOnline() { return nil }
        return fleet.broker().isSubscribed
            ? "the devices are being asked for the first time, or the agent is stopping"
            : "the broker is not connected, or has not granted the subscriptions"
    }

    func metrics(_ reach: Reach) async -> MetricsReport? {
        let isForMetrics = reach.rights.role == .metrics
        return MetricsReport(
            info: await fleet.info(),
            isReady: await fleet.isOnline(),
            broker: fleet.broker(),
            snapshots: await fleet.snapshots().compactMap { isForMetrics ? $0 : $0.seen(by: reach) },
            loads: isForMetrics ? fleet.router.loadSnapshots : snapshots(reach),
            commands: watch.commands,
            wrongCredentials: watch.wrongCredentials,
            eventClients: watch.events.clientCount
        )
    }

    // MARK: - What is

    func reach(of rights: Rights) -> Reach { fleet.router.reach(of: rights) }

    func pdus(_ reach: Reach) async -> [PDUView] {
        let (changes, since) = (watch.changes, watch.since)
        return await fleet.snapshots().compactMap { $0.seen(by: reach) }.map {
            PDUView($0, changes: changes, since: since, reach)
        }
    }

    func pdu(_ name: String, _ reach: Reach) async -> PDUView? {
        guard let lane = fleet.lanes[name], let snapshot = await lane.snapshot.seen(by: reach) else { return nil }
        return PDUView(snapshot, changes: watch.changes, since: watch.since, reach)
    }

    func hasPDU(_ name: String) -> Bool { fleet.lanes[name] != nil }

    func groups(_ reach: Reach) -> [GroupView] {
        fleet.router.groups.filter { reach.sees(group: $0.key) }.sorted { $0.key < $1.key }.map {
            GroupView($0.key, $0.value, reach)
        }
    }

    func loads(_ reach: Reach) -> [LoadView] { snapshots(reach).map { LoadView($0, reach) } }

    private func snapshots(_ reach: Reach) -> [LoadSnapshot] {
        fleet.router.loadSnapshots.filter { reach.sees(load: $0.name) }
    }

    // MARK: - Commands

    func refresh(_ pdu: String, from sender: Sender) async { await fleet.lanes[pdu]?.refresh() }

    func carryOut(_ command: Command, for target: CommandTarget, from sender: Sender) async -> CommandAnswer? {
        let router = fleet.router
        switch target {
        case .outlet(let name, let outlet):
            guard let pdu = PDUName(name), router.takes(target) else {
                return .outlet(router.refuseUnknown(command, pdu: name, outlet: outlet, from: sender))
            }
            switch outlet {
            case .number(let number):
                let outlet = OutletID(pdu: pdu, outlet: number)
                return .outlet(await router.execute(command, on: outlet, from: sender))
            case .all: return .group(await router.execute(command, onAllOf: pdu, from: sender))
            case .other: return .outlet(router.refuseUnknown(command, pdu: name, outlet: outlet, from: sender))
            }
        case .group(let name): return .group(await router.execute(command, onGroup: name, from: sender))
        case .load(let name): return .load(await router.execute(command, onLoad: name, from: sender))
        }
    }

    func refuse(_ problem: BadPayload, for target: CommandTarget, by: String?, from sender: Sender) -> CommandAnswer {
        let router = fleet.router
        return switch target {
        case .outlet(let pdu, let outlet):
            .outlet(router.refuse(problem, pdu: pdu, outlet: outlet, by: by, from: sender))
        case .group(let name): .group(router.refuse(problem, group: name, from: sender))
        case .load(let name): .load(router.refuse(problem, load: name, from: sender))
        }
    }

    func note(_ denial: Denial) { fleet.router.note(denial) }

    func note(_ change: ConfigurationChange) { fleet.router.note(change) }
}
