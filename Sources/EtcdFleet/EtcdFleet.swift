public import Agent
import Foundation
public import Logging
public import Power
import Synchronization

/// An agent's place in a fleet that agrees by etcd.
///
/// What is to be done is decided by `OwnershipBook`; this carries it out.
public actor EtcdFleet: FleetMember {
    /// The pause before something that failed is tried again.
    private static let retryPause = Duration.seconds(1)
    /// How often everything is read, whatever the watch has told: it is not relied on.
    private static let longestView = Duration.seconds(60)

    private let configuration: EtcdConfiguration
    private let client: EtcdClient
    private let store: any OwnershipStore
    private let timekeeper: any Timekeeper
    private let logger: Logger
    private let signal = WakeSignal()
    private var book: OwnershipBook
    private var holdings: [PDUName: Holding] = [:]
    private var tenures = 0
    private var leaseUntil: ContinuousClock.Instant?
    private var trouble: String?
    /// Why the lease could not be renewed the last time.
    private let renewalTrouble = Mutex<String?>(nil)
    private var isViewWanted = false
    /// Whether something was told of agents or orders, of which there are few beside PDUs.
    private var areMembersWanted = false
    private let viewSignal = WakeSignal()
    private let leaveSignal = WakeSignal()
    private var handOverLimit = Moment.never
    private var mustUpdate = false
    private let memberSignal = WakeSignal()
    private let serveSignal = WakeSignal()
    /// What other agents have asked that is being carried out.
    private var serving: Set<String> = []
    /// The PDUs of which it is being taken up.
    private var served: Set<PDUName> = []
    /// Who waits for answers of other agents.
    private var replies: [String: WakeSignal] = [:]
    /// The last request to each PDU's owner that is on its way to etcd.
    private var sending: [String: Sending] = [:]
    /// How much of what this agent has asked each PDU's owner has not ended.
    private var open: [String: Int] = [:]
    private var toClaim = Crowd<PDUName>(size: EtcdStore.claimed)
    private var toLoad = Crowd<WonPDU>(size: EtcdStore.read)
    private var toRelease = Crowd<(pdu: PDUName, epoch: Int64)>(size: EtcdStore.released)
    private var toMove = Crowd<(pdu: PDUName, agent: String)>(size: EtcdStore.putTogether)
    /// The claims that were won last, of PDUs of which it is not known yet what earlier owners have left.
    private var won: [PDUName: WonClaim] = [:]
    /// The lease is being given up: that etcd does not know it any more is no trouble.
    private var hasLeft = false

    /// A member that does nothing until `run` is called.
    ///
    /// - Throws: when the files under `fleet.tls` cannot be used.
    public init(_ configuration: EtcdConfiguration, timekeeper: any Timekeeper, logger: Logger) throws(EtcdError) {
        self.configuration = configuration
        client = try EtcdClient(configuration, logger: logger)
        let store = EtcdStore(configuration, client: client, timekeeper: timekeeper, logger: logger)
        self.store = store
        self.timekeeper = timekeeper
        self.logger = logger
        book = OwnershipBook(agent: configuration.agent, instance: store.instance)
    }

    /// Frees the connections, after `run`.
    public func shutDown() async {
        await client.shutDown()
    }

    // MARK: - What the agent asks

    /// How it fares.
    public var standing: FleetStanding {
        let statistics = client.statistics
        return FleetStanding(
            isMember: book.isJoined && leaseUntil.map { $0 > .now } ?? true,
            owned: book.attention?.owned ?? 0,
            next: book.attention?.next ?? 0,
            tenures: tenures,
            requests: statistics.requests,
            failures: statistics.failures,
            requestTime: statistics.time
        )
    }

    /// Takes over which PDUs are shared.
    public func adopt(_ pdus: [SharedPDU]) {
        book.adopt(pdus, at: timekeeper.now)
        update()
        signal.signal()
    }

    /// How far the agent has come with its broker.
    public func broker(_ access: BrokerAccess) {
        switch access {
        case .none: book.brokerLost(at: timekeeper.now)
        case .connected: book.brokerFound(at: timekeeper.now)
        case .subscribed:
            book.brokerBack()
            update()
        }
        signal.signal()
    }

    /// Hands everything over, and returns when nothing is owned any more, or at the moment.
    public func leave(until limit: Moment) async {
        handOverLimit = limit
        book.leave()
        update()
        signal.signal()
        let end = limit + .seconds(1)
        while !book.phases.isEmpty, timekeeper.now < end, !Task.isCancelled {
            timekeeper.wake(leaveSignal, at: end)
            await leaveSignal.wait()
        }
        timekeeper.forget(leaveSignal)
        hasLeft = true
        await store.leave()
    }

    /// Another agent says that it owns the PDU in a later tenure. The store is asked; where it does not answer, the other
    /// agent is believed.
    public func doubt(_ pdu: PDUName, epoch: Int64) async {
        guard let holding = holdings[pdu], holding.claim.epoch < epoch else { return }
        do throws(EtcdError) {
            if try await store.write([], of: holding.claim) { return }
        } catch {
            logger.debug("a doubt about a PDU could not be settled", metadata: ["pdu": "\(pdu)", "error": "\(error)"])
        }
        disproved(pdu, epoch: holding.claim.epoch)
    }

    /// A transaction has shown that the PDU is not this agent's any more.
    func disproved(_ pdu: PDUName, epoch: Int64) {
        guard book.phases[pdu]?.epoch == epoch else { return }
        book.disproved(pdu, at: timekeeper.now)
        wantView()
        signal.signal()
    }

    /// What this agent holds of a PDU, from the moment at which its lane is set up until it has ended.
    func holding(of pdu: PDUName) -> Holding? {
        switch book.phases[pdu] {
        case .beginning, .owned, .handingOver: holdings[pdu]
        case .claiming, .waiting, .releasing, .ending, nil: nil
        }
    }

    /// Finds out which of these PDUs is not this agent's any more.
    func look(at holdings: [Holding]) async {
        for holding in holdings {
            do throws(EtcdError) {
                if try await store.write([], of: holding.claim) { continue }
                disproved(holding.claim.pdu, epoch: holding.claim.epoch)
            } catch {
                logger.debug("a doubt about a PDU could not be settled", metadata: ["error": "\(error)"])
            }
        }
    }

    // MARK: - Running

    /// Takes part until the task is cancelled.
    public func run(_ host: any FleetHost) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.keepLease() }
            group.addTask { await self.stayMember() }
            group.addTask { await self.watch() }
            group.addTask { await self.lookRegularly() }
            group.addTask { await self.serve(host) }
            await act(host, in: &group)
            group.cancelAll()
        }
    }

    private var member: OwnershipBook.Member {
        OwnershipBook.Member(
            instance: book.instance,
            pdus: book.pdus,
            preference: configuration.preference,
            capacity: configuration.capacity,
            isDraining: book.isLeaving || book.isDrained,
            isCutOff: book.isCutOff,
            sessions: book.sessions
        )
    }

    /// Has the other agents learn soon what this one's key says.
    private func update() {
        mustUpdate = true
        memberSignal.signal()
    }

    /// Keeps the lease alive, also while this agent is busy with what to do about thousands of PDUs.
    private nonisolated func keepLease() async {
        while !Task.isCancelled {
            let trouble: String?
            do throws(EtcdError) {
                try await store.renew()
                trouble = nil
            } catch {
                trouble = error.message
            }
            let before = renewalTrouble.withLock { before in
                defer { before = trouble }
                return before
            }
            if trouble != before || store.memberUntil == nil { memberSignal.signal() }
            await timekeeper.sleep(until: timekeeper.now + (trouble == nil ? configuration.ttl / 4 : Self.retryPause))
        }
    }

    /// Joins; joins anew when the lease is gone.
    private func stayMember() async {
        let pause = configuration.ttl / 4
        var isMember = false
        while !Task.isCancelled, !hasLeft {
            do throws(EtcdError) {
                if isMember {
                    if let until = store.memberUntil {
                        leaseUntil = until
                    } else if hasLeft {
                        break
                    } else {
                        isMember = false
                        leaseUntil = nil
                        logger.error("etcd has ended this agent's lease; others may own its PDUs now")
                        book.lostLease(at: timekeeper.now)
                        signal.signal()
                        continue
                    }
                } else if book.isLeaving {
                    break
                } else {
                    try await store.join(member)
                    isMember = true
                }
                if mustUpdate {
                    mustUpdate = false
                    let member = member
                    do throws(EtcdError) {
                        try await store.update(member)
                    } catch {
                        mustUpdate = true
                        throw error
                    }
                }
                if !book.isJoined {
                    try await look()
                    book.joined(at: timekeeper.now)
                    logger.notice("member of the fleet", metadata: ["prefix": "\(configuration.prefix)"])
                    signal.signal()
                }
                noteTrouble(renewalTrouble.withLock(\.self))
            } catch {
                noteTrouble(error.message)
            }
            timekeeper.wake(memberSignal, at: timekeeper.now + (isMember && trouble == nil ? pause : Self.retryPause))
            await memberSignal.wait()
        }
        timekeeper.forget(memberSignal)
    }

    private func noteTrouble(_ words: String?) {
        guard words != trouble, !hasLeft else { return }
        if let words {
            logger.error(
                "the fleet's etcd cannot be used: states are read and published, and writes are refused with no_quorum",
                metadata: ["error": "\(words)"]
            )
        } else if trouble != nil {
            logger.notice("the fleet's etcd can be used again")
        }
        trouble = words
    }

    private func watch() async {
        while !Task.isCancelled {
            do throws(EtcdError) {
                try await store.watch { hints in await self.take(hints) }
            } catch {
                logger.debug("the fleet's watch has ended", metadata: ["error": "\(error)"])
            }
            wantView()
            await timekeeper.sleep(until: timekeeper.now + .milliseconds(500))
        }
    }

    private func take(_ hints: [StoreHint]) {
        let now = timekeeper.now
        for hint in hints {
            switch hint {
            case .owner(let pdu, let owner): book.owns(owner, pdu, at: now)
            case .noOwner(let pdu): book.lost(pdu, at: now)
            case .memberLeft(let name) where name == book.agent:
                // Perhaps of a lease before this one. If it is of this one, it is soon known.
                memberSignal.signal()
                wantView()
            case .memberLeft(let name): book.left(name, at: now)
            case .asked: serveSignal.signal()
            case .answered(let id): replies[id]?.signal()
            case .member, .other: wantMembers()
            }
        }
        signal.signal()
    }

    private func wantView() {
        isViewWanted = true
        viewSignal.signal()
    }

    private func wantMembers() {
        areMembersWanted = true
        viewSignal.signal()
    }

    private func lookRegularly() async {
        // What changes is told by the watch nearly always, and for etcd each look at the owners is one at every owner: it is the
        // rarer, the more there are.
        var earliest = timekeeper.now
        var latest = earliest + .seconds(2)
        while !Task.isCancelled {
            timekeeper.wake(viewSignal, at: isViewWanted ? min(earliest, latest) : latest)
            await viewSignal.wait()
            guard !Task.isCancelled else { break }
            let now = timekeeper.now
            let isWhole = latest <= now || (isViewWanted && earliest <= now)
            if isWhole {
                // Also where there is nothing to look at yet: who joins looks at all of it.
                isViewWanted = false
                let count = book.owners.count
                earliest = now + .milliseconds(100) + .microseconds(100 * count)
                latest = now + min(Self.longestView, .seconds(2) + .milliseconds(count))
            }
            guard leaseUntil != nil || book.members[book.agent] != nil else { continue }
            do throws(EtcdError) {
                if isWhole {
                    areMembersWanted = false
                    try await look()
                } else if areMembersWanted {
                    areMembersWanted = false
                    try await lookAtMembers()
                }
            } catch {
                logger.debug("the fleet could not be looked at", metadata: ["error": "\(error)"])
            }
            // Many changes together are looked at once.
            await timekeeper.sleep(until: timekeeper.now + .milliseconds(100))
        }
        timekeeper.forget(viewSignal)
    }

    private func look() async throws(EtcdError) {
        // What is decided while the answer is on its way is newer than the answer.
        let before = book.phases
        let members = try await store.members()
        let owners = try await store.owners()
        try await lookAtOrders()
        var known = owners
        for (pdu, phase) in book.phases where before[pdu] != phase { known[pdu] = book.owners[pdu] }
        for (pdu, phase) in before where book.phases[pdu] != phase { known[pdu] = book.owners[pdu] }
        book.saw(members: members, owners: known, at: timekeeper.now)
        compare(members)
        logger.debug("the fleet was looked at", metadata: ["agents": "\(members.count)", "owners": "\(owners.count)"])
        signal.signal()
    }

    private func lookAtMembers() async throws(EtcdError) {
        let members = try await store.members()
        try await lookAtOrders()
        book.saw(members: members, at: timekeeper.now)
        compare(members)
        signal.signal()
    }

    /// Says again what this agent is, where etcd holds something else: a request that was given up was carried out late.
    private func compare(_ members: [String: OwnershipBook.Member]) {
        if let own = members[book.agent], own.instance == book.instance, own != member { update() }
    }

    private func lookAtOrders() async throws(EtcdError) {
        let wasDrained = book.isDrained
        book.saw(try await store.orders())
        if book.isDrained, !wasDrained {
            update()
            logger.notice(
                "hands all PDUs over that another agent can take, as ordered, and takes none until it is started anew"
            )
        }
    }

    // MARK: - What agents ask of each other

    /// A request on its way to etcd, for the one that has to come after it: given when it is there, or could not be written.
    private typealias Sending = PendingAnswer<Result<Void, EtcdError>>

    /// Has the owner of a PDU carry a command out. This does not wait for etcd. What is asked of one owner is written in the
    /// order in which it was asked.
    public func ask(_ request: OwnerRequest, patience: Duration) -> @Sendable () async -> OwnerReply {
        let limit = timekeeper.now + patience
        let own = Sending()
        let earlier = sending.updateValue(own, forKey: request.pdu)
        open[request.pdu, default: 0] += 1
        return { await self.send(request, own, after: earlier, until: limit) }
    }

    /// Whether something that this agent has asked a PDU's owner has not ended.
    public func hasAsked(_ pdu: PDUName) -> Bool { open[pdu.rawValue] != nil }

    private func send(
        _ request: OwnerRequest,
        _ own: Sending,
        after earlier: Sending?,
        until limit: Moment
    ) async -> OwnerReply {
        defer {
            let rest = open[request.pdu, default: 1] - 1
            open[request.pdu] = rest == 0 ? nil : rest
        }
        func end(_ result: Result<Void, EtcdError>) {
            own.give(result)
            if sending[request.pdu] === own { sending[request.pdu] = nil }
        }
        func refusal(_ failure: EtcdError) -> OwnerReply {
            .failed(.rejected(.noQuorum, "\(request.pdu): \(failure.message); nothing was sent"))
        }
        // Where an earlier one could not be written, this one does not overtake it, and waits for no time-out of its own.
        if case .failure(let failure)? = await earlier?.wait() {
            end(.failure(failure))
            return refusal(failure)
        }
        let id = String(UInt64.random(in: .min ... .max), radix: 36)
        do throws(EtcdError) {
            try await store.ask(request, id: id)
        } catch {
            end(.failure(error))
            // It may be there all the same; nobody is to find it.
            _ = try? await store.withdraw(id: id, pdu: request.pdu)
            return refusal(error)
        }
        end(.success(()))
        return await awaitReply(to: id, request, until: limit)
    }

    /// Waits until a command has ended that another agent carries out. At the moment it is taken back, unless an agent has
    /// taken it up.
    private func awaitReply(to id: String, _ request: OwnerRequest, until limit: Moment) async -> OwnerReply {
        let signal = WakeSignal()
        replies[id] = signal
        defer {
            replies[id] = nil
            timekeeper.forget(signal)
        }
        let end = limit + request.lifetime
        while !Task.isCancelled, timekeeper.now < end {
            do throws(EtcdError) {
                if let answer = try await store.reply(to: id) { return .answered(answer) }
                if limit <= timekeeper.now, try await store.withdraw(id: id, pdu: request.pdu) { return .unowned }
            } catch {
                logger.debug("an answer could not be looked for", metadata: ["error": "\(error)"])
            }
            // The watch is not relied on.
            timekeeper.wake(signal, at: timekeeper.now + Self.retryPause)
            await signal.wait()
        }
        let words = "the agent that owns \(request.pdu) has not answered; how this ended is not known"
        return .failed(.unknown(.agentDied, words))
    }

    /// Carries out what other agents ask of the PDUs that this one owns.
    private func serve(_ host: any FleetHost) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                do throws(EtcdError) {
                    let asked = try await store.requests().filter { !serving.contains($0.id) }
                    for (pdu, requests) in Dictionary(grouping: asked, by: \.pdu) {
                        guard let holding = holding(of: pdu), book.phases[pdu]?.takesCommands == true,
                            served.count < Self.maximumServed, served.insert(pdu).inserted
                        else { continue }
                        group.addTask { await self.carryOut(requests, holding, host) }
                    }
                } catch {
                    logger.debug("what other agents ask could not be read", metadata: ["error": "\(error)"])
                }
                timekeeper.wake(serveSignal, at: timekeeper.now + Self.longestUnserved)
                await serveSignal.wait()
            }
        }
        timekeeper.forget(serveSignal)
    }

    /// How often it is looked for what others ask, whatever the watch has told.
    private static let longestUnserved = Duration.seconds(5)
    /// Of how many PDUs what others ask is taken up at once; the rest waits.
    private static let maximumServed = 256

    /// Carries out what others ask of a PDU, in the order in which they asked.
    private func carryOut(_ requests: [AskedRequest], _ holding: Holding, _ host: any FleetHost) async {
        await withDiscardingTaskGroup { group in
            var isOwner = true
            for asked in requests where serving.insert(asked.id).inserted {
                do throws(EtcdError) {
                    guard let taken = try await store.take(asked, of: holding.claim) else {
                        // Taken back, or another agent's to answer.
                        serving.remove(asked.id)
                        isOwner = false
                        continue
                    }
                    // A command without an id that an earlier owner has taken up may have been carried out.
                    if asked.taker != nil, asked.request.command.id == nil {
                        group.addTask {
                            await self.answer(taken, await host.unknownEnd(of: asked.request), holding)
                        }
                        continue
                    }
                    let end = await host.begin(asked.request)
                    group.addTask { await self.answer(taken, await end(), holding) }
                } catch {
                    serving.remove(asked.id)
                    logger.debug("what another agent asks could not be taken up", metadata: ["error": "\(error)"])
                }
            }
            served.remove(holding.claim.pdu)
            // What was asked meanwhile has its turn.
            if isOwner { serveSignal.signal() } else { await look(at: [holding]) }
        }
    }

    /// Answers what another agent has asked, as long as the PDU is this one's.
    private func answer(_ taken: AskedRequest, _ answer: OwnerAnswer?, _ holding: Holding) async {
        defer { serving.remove(taken.id) }
        guard let answer else { return }
        while !Task.isCancelled, holding.claim == self.holding(of: taken.pdu)?.claim {
            do throws(EtcdError) {
                return try await store.answer(taken, answer, of: holding.claim)
            } catch {
                await timekeeper.sleep(until: timekeeper.now + Self.retryPause)
            }
        }
    }

    // MARK: - What is to be done

    private func act(_ host: any FleetHost, in group: inout DiscardingTaskGroup) async {
        var nextAttention = Moment.start
        var wasCutOff = false
        while !Task.isCancelled {
            let mayAttend = nextAttention <= timekeeper.now
            let holding = mayAttend && book.mustAttend ? host.holding : []
            let actions = book.step(at: timekeeper.now, mayAttend: mayAttend, holding: holding)
            if book.isCutOff != wasCutOff {
                wasCutOff = book.isCutOff
                logger.notice(
                    wasCutOff
                        ? "has no broker; its PDUs go to agents of the fleet that have one"
                        : "has a broker again, and takes part as before"
                )
                update()
            }
            for action in actions {
                switch action {
                // In the order of the changes, and before what begins because of them.
                case .attend(let changes):
                    await host.attend(changes)
                    // Thousands that change together are told together.
                    nextAttention = timekeeper.now + .milliseconds(20) + .microseconds(200 * changes.count)
                case .succeed(let agent): await host.succeed(agent)
                case .move(let pdu, let agent): toMove.waiting.append((pdu, agent))
                case .claim(let pdu): toClaim.waiting.append(pdu)
                case .begin(let pdu, let epoch): group.addTask { await self.begin(pdu, epoch, host) }
                case .handOver(let pdu): group.addTask { await self.handOver(pdu, host) }
                case .release(let pdu, let epoch): toRelease.waiting.append((pdu, epoch))
                case .end(let pdu): group.addTask { await self.end(pdu, host) }
                case .giveBack(let pdus): group.addTask { await host.giveBack(pdus) }
                }
            }
            for _ in 0..<toMove.start() { group.addTask { await self.moveWaiting() } }
            for _ in 0..<toClaim.start() { group.addTask { await self.claimWaiting() } }
            // While it waits until nothing of earlier owners is on its way, there is time to read what they have left; to claim
            // what has no owner is more urgent.
            if toClaim.waiting.isEmpty {
                for _ in 0..<toLoad.start() { group.addTask { await self.loadWaiting() } }
            }
            for _ in 0..<toRelease.start() { group.addTask { await self.releaseWaiting() } }
            if book.isLeaving, book.phases.isEmpty { leaveSignal.signal() }
            guard actions.isEmpty else { continue }
            // What is due already and was not done now waits for something else. It is looked at again soon, and not at once.
            let next = max(book.nextMoment(at: timekeeper.now), timekeeper.now + .milliseconds(5))
            timekeeper.wake(signal, at: book.mustAttend ? min(nextAttention, next) : next)
            await signal.wait()
        }
        timekeeper.forget(signal)
    }

    private func moveWaiting() async {
        while let moves = toMove.take() {
            do throws(EtcdError) {
                try await store.order(Dictionary(moves.map { ($0.pdu, $0.agent) }) { _, last in last })
                for (pdu, agent) in moves {
                    book.move(pdu, to: agent)
                    logger.info(
                        agent == book.agent
                            ? "asks for the PDU: a load needs it together with others"
                            : "gives the PDU to an agent that has fewer",
                        metadata: ["pdu": "\(pdu)", "agent": "\(agent)"]
                    )
                }
            } catch {
                noteTrouble(error.message)
            }
            signal.signal()
        }
    }

    private func claimWaiting() async {
        while let pdus = toClaim.take() { await claim(pdus) }
    }

    private func claim(_ pdus: [PDUName]) async {
        let wanted = pdus.compactMap { book.shared[$0] }
        for pdu in pdus where book.shared[pdu] == nil { book.failed(pdu, at: timekeeper.now) }
        do throws(EtcdError) {
            let (claims, owned) = try await store.claim(wanted.map(\.pdu))
            for claim in claims { won[claim.pdu] = claim }
            let isWon = Set(claims.map(\.pdu))
            for shared in wanted {
                if isWon.contains(shared.pdu), let claim = won[shared.pdu] {
                    toLoad.waiting.append(WonPDU(claim: claim, shared: shared))
                    continue
                }
                book.failed(shared.pdu, at: timekeeper.now)
                if let owner = owned[shared.pdu] {
                    book.owns(owner, shared.pdu, at: timekeeper.now)
                } else {
                    wantView()
                }
            }
        } catch {
            noteTrouble(error.message)
            await timekeeper.sleep(until: timekeeper.now + .milliseconds(500))
            for shared in wanted { book.failed(shared.pdu, at: timekeeper.now) }
        }
        signal.signal()
    }

    private func loadWaiting() async {
        while let pdus = toLoad.take() { await load(pdus) }
    }

    /// Reads what earlier owners have left of PDUs that were claimed, and how long to wait for what they were permitted to send.
    private func load(_ pdus: [WonPDU]) async {
        while !Task.isCancelled {
            // A claim that was given up with the lease counts no more, and neither does one before the last.
            func counts(_ pdu: WonPDU) -> Bool {
                won[pdu.claim.pdu] == pdu.claim && book.phases[pdu.claim.pdu] == .claiming
            }
            let waiting = pdus.filter(counts)
            guard !waiting.isEmpty else { return }
            do throws(EtcdError) {
                let left = try await store.load(waiting.map(\.claim.pdu))
                for pdu in waiting where counts(pdu) {
                    won[pdu.claim.pdu] = nil
                    if let left = left[pdu.claim.pdu], left.isLeft(to: pdu.claim) {
                        wait(for: pdu, left)
                    } else {
                        // Somebody has deleted the owner's key, or the lease is gone.
                        book.failed(pdu.claim.pdu, at: timekeeper.now)
                        wantView()
                    }
                }
                return signal.signal()
            } catch {
                noteTrouble(error.message)
                await timekeeper.sleep(until: timekeeper.now + .milliseconds(500))
            }
        }
    }

    /// What an owner before was permitted to send is off the wire when its time is over, counted from the claim. Where nobody has
    /// noted a time, it is taken for this agent's own.
    private func wait(for pdu: WonPDU, _ left: LeftWork) {
        let holding = Holding(pdu, left, store: store, fleet: self)
        holdings[pdu.claim.pdu] = holding
        let until = timekeeper.now + max(.zero, ContinuousClock.now.duration(to: holding.notBefore))
        book.won(pdu.claim.pdu, epoch: pdu.claim.epoch, until: until, at: timekeeper.now)
    }

    private func begin(_ pdu: PDUName, _ epoch: Int64, _ host: any FleetHost) async {
        guard let holding = holdings[pdu], book.phases[pdu] == .beginning(epoch: epoch), let left = holding.takeLeft()
        else { return }
        holding.journal.knows(left.contents)
        await host.begin(
            Tenure(
                pdu: pdu,
                epoch: epoch,
                writeTime: holding.writeTime,
                fence: holding,
                journal: holding.journal,
                contents: left.contents,
                notes: left.notes
            )
        )
        book.begun(pdu)
        tenures += 1
        serveSignal.signal()
        // Disproved while it began: what was asked to end then had not begun.
        if book.phases[pdu]?.epoch != epoch { await host.end(pdu) }
        signal.signal()
    }

    private func handOver(_ pdu: PDUName, _ host: any FleetHost) async {
        let limit = min(handOverLimit, timekeeper.now + .seconds(10))
        await host.handOver(pdu, hasSuccessor: !book.ranking(of: pdu, without: book.agent).isEmpty, until: limit)
        await holdings[pdu]?.journal.settle(until: min(handOverLimit, timekeeper.now + .seconds(2)), timekeeper)
        book.handedOver(pdu)
        signal.signal()
    }

    private func releaseWaiting() async {
        while let tenures = toRelease.take() { await release(tenures) }
    }

    private func release(_ tenures: [(pdu: PDUName, epoch: Int64)]) async {
        var held: [Holding] = []
        for (pdu, epoch) in tenures {
            if let holding = holdings[pdu], holding.claim.epoch == epoch {
                held.append(holding)
            } else {
                book.released(pdu, at: timekeeper.now)
            }
        }
        do throws(EtcdError) {
            try await store.release(held.map { ($0.claim, $0.close()) })
            for pdu in held.map(\.claim.pdu) {
                holdings[pdu] = nil
                book.released(pdu, at: timekeeper.now)
            }
        } catch {
            noteTrouble(error.message)
            await timekeeper.sleep(until: timekeeper.now + .milliseconds(500))
            for holding in held { book.notReleased(holding.claim.pdu) }
        }
        signal.signal()
    }

    private func end(_ pdu: PDUName, _ host: any FleetHost) async {
        _ = holdings[pdu]?.close()
        await host.end(pdu)
        holdings[pdu] = nil
        book.ended(pdu)
        signal.signal()
    }
}

/// A PDU that was claimed.
private struct WonPDU {
    let claim: WonClaim
    /// As it was shared when it was claimed.
    let shared: SharedPDU
}

/// What is to be done for PDUs and waits for its turn: many are done together, by a few tasks at once.
private struct Crowd<Item> {
    /// How many tasks take from it at once. etcd carries one transaction out after the other, and what is not urgent must not
    /// stand before what is.
    private static var tasks: Int { 2 }
    /// How many items a task takes at once.
    let size: Int

    var waiting: ArraySlice<Item> = []
    private var running = 0

    init(size: Int) { self.size = size }

    /// Notes that tasks begin which `take` until nothing is left.
    ///
    /// - Returns: how many are to begin.
    mutating func start() -> Int {
        let more = min(Self.tasks - running, (waiting.count + size - 1) / size)
        running += more
        return more
    }

    /// What a task does next; nothing when it ends.
    mutating func take() -> [Item]? {
        guard !waiting.isEmpty else {
            running -= 1
            return nil
        }
        defer { waiting = waiting.dropFirst(size) }
        return Array(waiting.prefix(size))
    }
}

/// What this agent holds of a PDU for one tenure: the leave to write, and the journal.
final class Holding: WriteFence {
    let claim: WonClaim
    /// As the PDU was shared when it was claimed. What a later write notes for a successor has to cover those before it, so a
    /// reload changes nothing of it.
    private let shared: SharedPDU
    let journal: EtcdJournal
    private let store: any OwnershipStore
    private let fleet: EtcdFleet
    private let clock: Mutex<TenureClock>
    /// The other PDUs that writes had to be noted with, by the ends of their permits.
    private let others = Mutex<[ContinuousClock.Instant: Holding]>([:])
    /// What earlier owners have left, until the tenure begins.
    private let left: Mutex<LeftWork?>

    fileprivate init(_ pdu: WonPDU, _ left: LeftWork, store: any OwnershipStore, fleet: EtcdFleet) {
        claim = pdu.claim
        shared = pdu.shared
        self.store = store
        self.fleet = fleet
        self.left = Mutex(left)
        clock = Mutex(TenureClock(shared.window, wonAt: claim.at, noted: left.wait))
        journal = EtcdJournal(claim: claim, store: store, fleet: fleet)
    }

    /// What earlier owners have left, once.
    func takeLeft() -> LeftWork? {
        left.withLock { left in
            defer { left = nil }
            return left
        }
    }

    /// Before that an earlier owner's requests may be on their way.
    var notBefore: ContinuousClock.Instant { clock.withLock(\.notBefore) }

    /// How long a successor waits after a write.
    var writeTime: Duration { shared.writeTime }

    func permit(_ orders: [OutletNumber: String], with lead: PDUName?) async throws(DriverError) -> WritePermit {
        var other: Holding?
        if let lead, lead != claim.pdu {
            other = await fleet.holding(of: lead)
            if other == nil { throw foreign }
        }
        let held = [self] + (other.map { [$0] } ?? [])
        guard held.allSatisfy({ $0.clock.withLock { $0.mayAsk(at: .now) } }) else { throw foreign }
        let notes = orders.mapValues { WriteNote(action: $0, time: Date()) }
        // Each of them notes its own time, and a write has the shortest: so no write lasts for longer than what is noted of
        // any of them, also where a reload has left them with different times.
        let tenures = held.map { (claim: $0.claim, writeTime: $0.writeTime) }
        let window = min(shared.window, other?.shared.window ?? shared.window)
        let begun: ContinuousClock.Instant?
        do throws(EtcdError) {
            begun = try await store.confirm(tenures, notes: notes)
        } catch {
            throw DriverError(.noQuorum, "\(claim.pdu): \(error.message); nothing was sent")
        }
        guard let begun else {
            // With two of them it is not known which one is another agent's; the journal's next write of either tells.
            if other == nil { await fleet.disproved(claim.pdu, epoch: claim.epoch) } else { await fleet.look(at: held) }
            throw foreign
        }
        // Each of them has to know of the write, as the successor of each has to wait for it.
        let permits = held.map { holding in holding.clock.withLock { $0.permit(begunAt: begun, for: window) } }
        guard permits.allSatisfy({ $0 != nil }) else { throw foreign }
        let permit = WritePermit(transactionBegunAt: begun, window: window)
        if let other { others.withLock { $0[permit.expiry] = other } }
        return permit
    }

    func answered(_ permit: WritePermit) {
        let now = ContinuousClock.now
        clock.withLock { $0.answered(permit.expiry, at: now) }
        let other = others.withLock { others in
            defer { others = others.filter { $0.key >= now && $0.key != permit.expiry } }
            return others[permit.expiry]
        }
        other?.clock.withLock { $0.answered(permit.expiry, at: now) }
    }

    /// Gives no leave any more.
    ///
    /// - Returns: how long a successor has to wait; nothing when nothing was ever permitted.
    func close() -> Duration? { clock.withLock { $0.close(at: .now) } }

    private var foreign: DriverError {
        DriverError(.notPermitted, "\(claim.pdu): another agent of the fleet may own it now; nothing was sent")
    }
}
