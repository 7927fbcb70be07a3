import Agent
import Power

/// The agent of this process, and the others at its broker.
struct AllAgentsSource: PageSource {
    let agent: AgentSource
    let others: BrokerSource

    var watch: AgentWatch { agent.watch }

    private var id: String { agent.fleet.router.agent }

    private func isElsewhere(_ pdu: String) -> Bool { !agent.hasPDU(pdu) && others.hasPDU(pdu) }

    /// What the agent takes itself is its own, and so it is for it to say what nobody knows.
    private func isElsewhere(_ target: CommandTarget) -> Bool {
        !agent.fleet.router.takes(target) && others.has(target)
    }

    func audit(of pdu: String?) -> AuditTrail? { pdu.map(isElsewhere) == true ? nil : agent.audit(of: pdu) }

    func history(of pdu: String) -> HistoryStore? { isElsewhere(pdu) ? nil : agent.history(of: pdu) }

    func about(_ page: PageSettings) async -> AgentView {
        var view = await agent.about(page)
        view.id = id
        view.agents = others.peers
        view.knowsAgents = others.isWhole
        return view
    }

    // Whether this agent serves does not depend on the others.
    func unreadiness() async -> String? { await agent.unreadiness() }

    func metrics(_ reach: Reach) async -> MetricsReport? { await agent.metrics(reach) }

    // MARK: - What is

    func reach(of rights: Rights) -> Reach { others.reach(of: rights) }

    func pdus(_ reach: Reach) async -> [PDUView] {
        let own = await agent.pdus(reach).map(named)
        // In between one may have come to this agent, or gone.
        let names = Set(own.map(\.name))
        return (own + (await others.pdus(reach)).filter { !names.contains($0.name) }).sorted { $0.name < $1.name }
    }

    func pdu(_ name: String, _ reach: Reach) async -> PDUView? {
        guard agent.hasPDU(name) else { return await others.pdu(name, reach) }
        return await agent.pdu(name, reach).map(named)
    }

    private func named(_ pdu: PDUView) -> PDUView {
        var pdu = pdu
        pdu.agent = id
        return pdu
    }

    func hasPDU(_ name: String) -> Bool { agent.hasPDU(name) || others.hasPDU(name) }

    func groups(_ reach: Reach) -> [GroupView] {
        (agent.groups(reach) + others.groups(reach)).sorted { $0.name < $1.name }
    }

    func loads(_ reach: Reach) -> [LoadView] {
        let elsewhere = others.loads(reach)
        let names = Set(elsewhere.map(\.name))
        return (agent.loads(reach).filter { !names.contains($0.name) } + elsewhere).sorted { $0.name < $1.name }
    }

    // MARK: - Commands

    func refresh(_ pdu: String, from sender: Sender) async throws(SourceTrouble) {
        if isElsewhere(pdu) {
            try await others.refresh(pdu, from: sender)
        } else {
            await agent.refresh(pdu, from: sender)
        }
    }

    func carryOut(_ command: Command, for target: CommandTarget, from sender: Sender) async throws(SourceTrouble)
        -> CommandAnswer?
    {
        guard isElsewhere(target) else { return await agent.carryOut(command, for: target, from: sender) }
        return try await others.carryOut(command, for: target, from: sender)
    }

    func refuse(_ problem: BadPayload, for target: CommandTarget, by: String?, from sender: Sender) -> CommandAnswer {
        agent.refuse(problem, for: target, by: by, from: sender)
    }

    func note(_ denial: Denial) { agent.note(denial) }

    func note(_ change: ConfigurationChange) { agent.note(change) }
}
