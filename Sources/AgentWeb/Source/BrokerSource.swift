import Agent
import Foundation
public import Logging
import MQTTClient
import Power
public import Remote
public import ServiceLifecycle
import Synchronization

/// Every agent at a broker, by what the broker keeps of them and what they answer.
public final class BrokerSource: PageSource, Service, CustomStringConvertible {
    /// How long what comes often is collected before it is told.
    private static let pace = Duration.milliseconds(200)
    /// When more PDUs than this are described anew at a time, a client had better ask for everything.
    private static let mostDescribed = 50

    /// What has to be told soon.
    private struct News: Equatable {
        var measured: Set<PDUName> = []
        var described: Set<PDUName> = []
        var loads: Set<String> = []
        /// Agents that came or went.
        var agents: Set<String> = []
        var isHealth = false
        var isEverything = false
    }

    /// Short, because whoever runs services keeps it.
    public let description = "agents at the broker"
    let watch: AgentWatch

    private let remote: RemoteFleet
    /// As whom commands are given at the broker, where they are not given as who asks for them.
    private let user: String?
    /// The agent of this process, where there is one: what it has is its own to show, to switch and to tell.
    private let own: FleetAccess?
    private let hear: Hearing
    private let version: String
    private let start = ContinuousClock.now
    private let logger: Logger

    /// The agents that these settings lead to; nothing is contacted yet.
    ///
    /// - Throws: what is wrong with the settings.
    public convenience init(
        _ settings: RemoteSettings,
        version: String,
        history: HistoryLimits,
        logger: Logger
    ) throws(RemoteError) {
        try self.init(settings, beside: nil, AgentWatch(history: history), version: version, logger: logger)
    }

    /// The agents beside one of this process; nothing is contacted yet. Each command is given as who asks for it, and what is
    /// refused here is in that agent's audit trail.
    ///
    /// - Throws: what is wrong with the settings.
    public convenience init(
        _ settings: RemoteSettings,
        beside own: FleetAccess,
        _ watch: AgentWatch,
        version: String,
        logger: Logger
    ) throws(RemoteError) {
        try self.init(settings, beside: .some(own), watch, version: version, logger: logger)
    }

    private init(
        _ settings: RemoteSettings,
        beside own: FleetAccess?,
        _ watch: AgentWatch,
        version: String,
        logger: Logger
    ) throws(RemoteError) {
        let hear = Hearing(watch) { own?.router.leads($0) ?? false }
        self.own = own
        self.watch = watch
        self.hear = hear
        user = settings.user
        self.version = version
        self.logger = logger
        remote = try RemoteFleet(settings, logger: logger) { hear.take($0) }
    }

    /// Follows the agents until the graceful shutdown.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: Self.pace)
                    self.hear.tell(self.remote)
                }
            }
            await cancelWhenGracefulShutdown { await self.remote.run() }
            group.cancelAll()
        }
    }

    /// Takes what the broker says, quickly, and tells what can wait a moment together: of ten thousand PDUs a thousand are
    /// measured within a second.
    private final class Hearing: Sendable {
        private let watch: AgentWatch
        /// What somebody else tells.
        private let leaves: @Sendable (CommandTarget) -> Bool
        private let news = Mutex(News())
        /// When each PDU's measurements came last: what the broker had kept has no age.
        private let measured = Mutex<[PDUName: ContinuousClock.Instant]>([:])

        init(_ watch: AgentWatch, leaves: @escaping @Sendable (CommandTarget) -> Bool) {
            self.watch = watch
            self.leaves = leaves
        }

        private func leaves(_ pdu: PDUName) -> Bool { leaves(.outlet(pdu: pdu.rawValue, .all)) }

        var sinceMeasured: [PDUName: ContinuousClock.Instant] { measured.withLock(\.self) }

        func take(_ news: RemoteFleet.News) {
            switch news {
            case .change(.state(let outlet, _, _)) where leaves(outlet.pdu): return
            case .change(.availability(let pdu, _)) where leaves(pdu): return
            case .change(.measured(let pdu)) where leaves(pdu): return
            case .change(.load(let load)) where leaves(.load(load)): return
            case .answer(let answer) where leaves(answer.target): return
            case .change(.state(let outlet, let state, let previous)): watch.see(outlet, state, previous: previous)
            case .change(.availability(let pdu, let isOnline)):
                watch.observe(.availability(pdu, isOnline: isOnline, reason: nil))
            case .change(.measured(let pdu)):
                measured.withLock { $0[pdu] = .now }
                self.news.withLock { _ = $0.measured.insert(pdu) }
            // Of what is this agent's own too: it may have been another's until now.
            case .change(.described(let pdu)): self.news.withLock { _ = $0.described.insert(pdu) }
            case .change(.load(let load)): self.news.withLock { _ = $0.loads.insert(load) }
            case .change(.agent(let agent, _)):
                self.news.withLock { news in
                    news.isHealth = true
                    news.agents.insert(agent)
                }
            case .change(.news), .whole:
                self.news.withLock { news in
                    news.isHealth = true
                    news.isEverything = true
                }
            case .connection: self.news.withLock { $0.isHealth = true }
            case .answer(let answer): watch.hear(answer)
            }
        }

        /// Tells what was collected.
        func tell(_ remote: RemoteFleet) {
            var due = news.withLock { news in
                defer { news = News() }
                return news
            }
            guard due != News() else { return }
            if due.isHealth { watch.events.publish(.health, at: Date()) }
            let fleet = remote.fleet
            if !due.agents.isEmpty {
                // What is said of a PDU is of now only while its agent is there.
                for (name, pdu) in fleet.pdus where pdu.agent.map(due.agents.contains) ?? true && !leaves(name) {
                    due.described.insert(name)
                }
            }
            for name in due.loads {
                guard let load = fleet.loads[name] else {
                    due.isEverything = true
                    continue
                }
                if let state = load.state.flatMap(LoadState.init) { watch.observe(.loadState(name, state)) }
                if let isOnline = load.isOnline { watch.observe(.loadAvailability(name, isOnline: isOnline)) }
            }
            if due.isEverything { measured.withLock { $0 = $0.filter { fleet.pdus[$0.key] != nil } } }
            if due.isEverything || due.described.count > BrokerSource.mostDescribed {
                watch.events.publish(.changed(nil), at: Date())
            } else {
                for pdu in due.described { watch.events.publish(.changed(pdu), at: Date()) }
            }
            for name in due.measured {
                guard let pdu = fleet.pdus[name] else { continue }
                var reading = DeviceReading(measurements: pdu.measurements)
                for (number, outlet) in pdu.outlets where !outlet.measurements.isEmpty {
                    reading.outletMeasurements[number] = outlet.measurements
                }
                watch.hear(reading, of: name)
            }
        }
    }

    // MARK: - What is

    func about(_ page: PageSettings) async -> AgentView {
        let fleet = remote.fleet
        let statistics = remote.statistics
        let info = AgentInfo(
            version: version,
            uptime: Int((ContinuousClock.now - start).inSeconds),
            pdus: fleet.pdus.count,
            online: fleet.pdus.values.count { fleet.isOnline($0) == true },
            outlets: fleet.pdus.values.reduce(0) { $0 + $1.outlets.count },
            reconnections: statistics.reconnections,
            queued: statistics.queued,
            dropped: statistics.dropped
        )
        var view = AgentView(info, broker: statistics, isReady: remote.isWhole, auditLost: nil, page)
        view.agents = peers
        return view
    }

    /// The agents at the broker, by name.
    var peers: [AgentView.Peer] {
        let fleet = remote.fleet
        return Set(fleet.agents.keys).union(fleet.news.keys).sorted().map { name in
            AgentView.Peer(
                name: name,
                online: fleet.agents[name],
                version: fleet.news[name]?.version,
                journalFailure: fleet.news[name]?.journalFailure
            )
        }
    }

    /// Whether the broker has told all that it keeps.
    var isWhole: Bool { remote.isWhole }

    func audit(of pdu: String?) -> AuditTrail? { nil }

    func history(of pdu: String) -> HistoryStore? { nil }

    func unreadiness() async -> String? {
        remote.isWhole ? nil : "the broker is not connected, or has not told yet all that it keeps"
    }

    func metrics(_ reach: Reach) async -> MetricsReport? { nil }

    func reach(of rights: Rights) -> Reach {
        guard !rights.scope.isEverything else { return Reach(rights, groups: [:], loads: [:]) }
        let fleet = remote.fleet
        let groups = fleet.groups.mapValues { GroupRules(members: $0.outlets.compactMap(GroupMember.init)) }
        let loads = fleet.loadParts.mapValues {
            LoadRules(feeds: $0.feeds.compactMap { OutletID($0) }, requires: $0.requires ?? [])
        }
        guard let own else { return Reach(rights, groups: groups, loads: loads) }
        // Who may see and switch what the agent of this process has, its own configuration says. What is said elsewhere of
        // groups and loads adds nothing to that.
        let (ownGroups, ownLoads) = (own.router.groups, own.router.loads)
        func isElsewhere(_ member: GroupMember) -> Bool {
            switch member {
            case .outlet(let outlet): own.lanes[outlet.pdu.rawValue] == nil
            case .load(let name): ownLoads[name] == nil
            }
        }
        let otherGroups = groups.filter { $0.value.members.allSatisfy(isElsewhere) }
        let otherLoads = loads.filter { $0.value.feeds.allSatisfy { isElsewhere(.outlet($0)) } }
        return Reach(
            rights,
            groups: otherGroups.merging(ownGroups) { $1 },
            loads: otherLoads.merging(ownLoads) { $1 }
        )
    }

    func pdus(_ reach: Reach) async -> [PDUView] {
        let fleet = remote.fleet
        let seen = Seen(changes: watch.changes, since: watch.since, measured: hear.sinceMeasured)
        return fleet.pdus.keys.filter { reach.sees(pdu: $0.rawValue) && own?.lanes[$0.rawValue] == nil }.sorted()
            .compactMap { name in
                fleet.pdus[name].map { PDUView(name, $0, in: fleet, seen, reach) }
            }
    }

    func pdu(_ name: String, _ reach: Reach) async -> PDUView? {
        let fleet = remote.fleet
        guard let name = PDUName(name), let pdu = fleet.pdus[name], reach.sees(pdu: name.rawValue) else { return nil }
        let seen = Seen(changes: watch.changes, since: watch.since, measured: hear.sinceMeasured)
        return PDUView(name, pdu, in: fleet, seen, reach)
    }

    func hasPDU(_ name: String) -> Bool { PDUName(name).flatMap { remote.fleet.pdus[$0] } != nil }

    /// Whether an agent at the broker has said that it has this.
    func has(_ target: CommandTarget) -> Bool {
        switch target {
        case .outlet(let name, _): hasPDU(name)
        case .group(let name): remote.fleet.groups[name] != nil
        case .load(let name): remote.fleet.loadParts[name] != nil || remote.fleet.loads[name] != nil
        }
    }

    func groups(_ reach: Reach) -> [GroupView] {
        let others = remote.fleet.groups.filter { reach.sees(group: $0.key) && own?.router.groups[$0.key] == nil }
        return others.sorted { $0.key < $1.key }.map { name, group in
            GroupView(name, label: group.label, outlets: group.outlets, stagger: nil, reach)
        }
    }

    func loads(_ reach: Reach) -> [LoadView] {
        let fleet = remote.fleet
        let parts = fleet.loadParts
        let names = Set(fleet.loads.keys).union(parts.keys).filter { name in
            reach.sees(load: name) && own?.router.leads(.load(name)) != true
        }
        return names.sorted().map { name in
            LoadView(name, parts[name], fleet.loads[name], reach)
        }
    }

    // MARK: - Commands

    /// As whom something is asked of the agents.
    private func user(for sender: Sender) -> String? { own == nil ? user : sender.user }

    func refresh(_ pdu: String, from sender: Sender) async throws(SourceTrouble) {
        guard let name = PDUName(pdu) else { return }
        do throws(RemoteFleet.Unavailable) {
            try remote.refresh(name, as: user(for: sender))
        } catch {
            throw SourceTrouble(message: error.message)
        }
    }

    func carryOut(_ command: Command, for target: CommandTarget, from sender: Sender) async throws(SourceTrouble)
        -> CommandAnswer?
    {
        var command = command
        command.user = sender.user
        command.door = sender.door
        // The agents must be able to tell it from others, and so must this process.
        command.id = command.id ?? "page-" + String(UInt64.random(in: .min ... .max), radix: 36)
        if let refusal = reach(of: sender.rights).refusal(of: command, for: target, by: sender.user) {
            return refuse(refusal, command, for: target)
        }
        let fleet = remote.fleet
        if case .outlet(let name, let outlet) = target {
            if PDUName(name).flatMap({ fleet.pdus[$0] }) == nil {
                let words = "no agent at the broker has said anything of a PDU '\(CommandPayload.excerpt(name))'"
                return refuse(.rejected(.unknownPDU, words), command, for: target)
            }
            if case .other(let text) = outlet {
                let words = "'\(CommandPayload.excerpt(text))' is not an outlet's number"
                return refuse(.rejected(.unknownOutlet, words), command, for: target)
            }
        }
        if remote.isWhole, let silence = fleet.reasonForSilence(target) {
            throw SourceTrouble(message: "\(silence), so nobody would carry it out")
        }
        do throws(RemoteFleet.Unavailable) {
            return try await remote.carryOut(command, for: target, as: user(for: sender))
        } catch {
            throw SourceTrouble(message: error.message)
        }
    }

    func refuse(_ problem: BadPayload, for target: CommandTarget, by: String?, from sender: Sender) -> CommandAnswer {
        let now = Date()
        return CommandAnswer(
            .rejected,
            .init(code: Outcome.Code.badPayload.rawValue, message: problem.description),
            for: target,
            nil,
            id: problem.id,
            receivedAt: now,
            finishedAt: now
        )
    }

    private func refuse(_ outcome: Outcome, _ command: Command, for target: CommandTarget) -> CommandAnswer {
        logger.notice(
            "a command was refused here",
            metadata: [
                "user": "\(command.user ?? "-")", "target": "\(target)", "why": "\(outcome.message ?? "")",
            ]
        )
        let now = Date()
        let answer = CommandAnswer(
            outcome.status,
            .init(outcome) ?? .init(code: outcome.status.rawValue, message: ""),
            for: target,
            command,
            id: command.id,
            receivedAt: now,
            finishedAt: now
        )
        own?.router.note(refusal: answer)
        return answer
    }

    func note(_ denial: Denial) {
        logger.notice(
            "refused",
            metadata: [
                "user": "\(denial.user ?? "-")", "request": "\(denial.request)", "why": "\(denial.message)",
            ]
        )
    }

    func note(_ change: ConfigurationChange) {}
}

/// What was seen of the fleet since the page began.
private struct Seen {
    let changes: [OutletID: LastChange]
    let since: [PDUName: Date]
    let measured: [PDUName: ContinuousClock.Instant]
}

extension PDUView {
    fileprivate init(_ name: PDUName, _ pdu: FleetPDU, in fleet: RemoteFleet.Facts, _ seen: Seen, _ reach: Reach) {
        let isWhole = reach.sees(wholePDU: name.rawValue)
        let isOnline = fleet.isOnline(pdu)
        self.name = name.rawValue
        label = pdu.label
        location = pdu.location
        url = nil
        driver = pdu.driver
        agent = pdu.agent
        model = pdu.model
        firmware = pdu.firmware
        serial = isWhole ? pdu.serial : nil
        online = isOnline
        since = seen.since[name].map(RFC3339.text)
        problem = isOnline == false ? fleet.problem(of: pdu) : nil
        warnings = isWhole ? pdu.warnings : []
        sinceRead = seen.measured[name].map { ((ContinuousClock.now - $0).inSeconds * 1000).rounded() / 1000 }
        poll = nil
        waiting = 0
        measurements = isWhole ? pdu.measurements : [:]
        maximumCurrent = pdu.maximumCurrent
        outlets = pdu.outlets.keys.sorted().compactMap { number in
            let id = OutletID(pdu: name, outlet: number)
            guard isWhole || reach.sees(id), let outlet = pdu.outlets[number] else { return nil }
            return OutletView(id, outlet, isOnline: isOnline, seen.changes[id], reach)
        }
    }
}

extension OutletView {
    fileprivate init(_ id: OutletID, _ outlet: FleetOutlet, isOnline: Bool?, _ change: LastChange?, _ reach: Reach) {
        pdu = id.pdu.rawValue
        self.outlet = id.outlet.rawValue
        label = outlet.label
        state = outlet.state?.rawValue
        online = isOnline
        protected = outlet.isProtected
        offForbidden = outlet.isOffForbidden
        measurements = outlet.measurements
        maximumCurrent = outlet.maximumCurrent
        changed = change.map { Change(at: RFC3339.text($0.at), own: $0.isOwn, by: $0.by, user: $0.user) }
        maySwitch = reach.maySwitch(.outlet(pdu: pdu, .number(id.outlet))) ? nil : false
    }
}

extension LoadView {
    fileprivate init(_ name: String, _ parts: FleetLoadParts?, _ load: FleetLoad?, _ reach: Reach) {
        self.name = name
        label = parts?.label
        feeds = parts?.feeds ?? []
        state = load?.state
        online = load?.isOnline
        exclusive = parts?.exclusive ?? false
        requires = parts?.requires ?? []
        stagger = nil
        maySwitch = reach.maySwitch(.load(name)) ? nil : false
    }
}
