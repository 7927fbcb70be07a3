public import Agent
import Foundation
public import Logging
public import Power
import Synchronization

/// An agent's place in a fleet that agrees by etcd.
///
/// What is to be done is decided by `OwnershipBook`; this carries it out.
public actor EtcdFleet: FleetMember {
    /// How many claims, releases and so on are on their way at once.
    private static let maximumActions = 32
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
    private var isViewWanted = false
    private let viewSignal = WakeSignal()
    private let leaveSignal = WakeSignal()
    private var handOverLimit = Moment.never
    private var mustUpdate = false
    private let memberSignal = WakeSignal()
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
            owned: book.attention?.owned.count ?? 0,
            next: book.attention?.next.count ?? 0,
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

    /// The broker takes and gives messages, or does not any more.
    public func broker(isThere: Bool) {
        if isThere { book.brokerBack() } else { book.brokerLost(at: timekeeper.now) }
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

    // MARK: - Running

    /// Takes part until the task is cancelled.
    public func run(_ host: any FleetHost) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.stayMember() }
            group.addTask { await self.watch() }
            group.addTask { await self.lookRegularly() }
            await act(host, in: &group)
            group.cancelAll()
        }
    }

    private var member: OwnershipBook.Member {
        OwnershipBook.Member(
            instance: book.instance,
            pdus: Set(book.shared.keys),
            preference: configuration.preference,
            capacity: configuration.capacity,
            isDraining: book.isLeaving || book.isDrained,
            isCutOff: book.isCutOff
        )
    }

    /// Has the other agents learn soon what this one's key says.
    private func update() {
        mustUpdate = true
        memberSignal.signal()
    }

    /// Joins, and keeps the lease alive; joins anew when it is gone.
    private func stayMember() async {
        let pause = configuration.ttl / 4
        var isMember = false
        while !Task.isCancelled, !hasLeft {
            do throws(EtcdError) {
                if isMember {
                    if let until = try await store.renew() {
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
                noteTrouble(nil)
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
            case .memberLeft(let name): if name != book.agent { book.left(name) } else { wantView() }
            case .member, .other: wantView()
            }
        }
        signal.signal()
    }

    private func wantView() {
        isViewWanted = true
        viewSignal.signal()
    }

    private func lookRegularly() async {
        while !Task.isCancelled {
            // A fleet of thousands is read less often: what changes is told by the watch nearly always.
            let pause = min(Self.longestView, .seconds(2) + .milliseconds(book.owners.count))
            timekeeper.wake(viewSignal, at: timekeeper.now + pause)
            await viewSignal.wait()
            guard !Task.isCancelled, leaseUntil != nil || book.members[book.agent] != nil else { continue }
            isViewWanted = false
            do throws(EtcdError) {
                try await look()
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
        let (members, owners) = try await store.view()
        let wasDrained = book.isDrained
        book.saw(try await store.orders())
        if book.isDrained, !wasDrained {
            update()
            logger.notice(
                "hands all PDUs over that another agent can take, as ordered, and takes none until it is started anew"
            )
        }
        var known = owners
        for (pdu, phase) in book.phases where before[pdu] != phase { known[pdu] = book.owners[pdu] }
        for (pdu, phase) in before where book.phases[pdu] != phase { known[pdu] = book.owners[pdu] }
        book.saw(members: members, owners: known, at: timekeeper.now)
        signal.signal()
    }

    // MARK: - What is to be done

    private func act(_ host: any FleetHost, in group: inout DiscardingTaskGroup) async {
        var nextAttention = Moment.start
        var wasCutOff = false
        while !Task.isCancelled {
            let actions = book.step(at: timekeeper.now, mayAttend: nextAttention <= timekeeper.now)
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
                case .attend(let owned, let next):
                    await host.attend(owned: owned, next: next)
                    // Thousands that change together are told together.
                    nextAttention = timekeeper.now + .milliseconds(20) + .microseconds(20 * (owned.count + next.count))
                case .succeed(let agent): await host.succeed(agent)
                case .move(let pdu, let agent): group.addTask { await self.move(pdu, to: agent) }
                case .claim(let pdu): group.addTask { await self.claim(pdu) }
                case .begin(let pdu, let epoch): group.addTask { await self.begin(pdu, epoch, host) }
                case .handOver(let pdu): group.addTask { await self.handOver(pdu, host) }
                case .release(let pdu, let epoch): group.addTask { await self.release(pdu, epoch) }
                case .end(let pdu): group.addTask { await self.end(pdu, host) }
                }
            }
            if book.isLeaving, book.phases.isEmpty { leaveSignal.signal() }
            guard actions.isEmpty else { continue }
            // What is due already and was not done now waits for something else. It is looked at again soon, and not at once.
            let next = max(book.nextMoment, timekeeper.now + .milliseconds(5))
            timekeeper.wake(signal, at: book.mustAttend ? min(nextAttention, next) : next)
            await signal.wait()
        }
        timekeeper.forget(signal)
    }

    private func move(_ pdu: PDUName, to agent: String) async {
        do throws(EtcdError) {
            try await store.order(pdu, to: agent)
            book.move(pdu, to: agent)
            logger.info("gives the PDU to an agent that has fewer", metadata: ["pdu": "\(pdu)", "agent": "\(agent)"])
        } catch {
            noteTrouble(error.message)
        }
        signal.signal()
    }

    private func claim(_ pdu: PDUName) async {
        guard let shared = book.shared[pdu] else { return book.failed(pdu) }
        do throws(EtcdError) {
            guard let claim = try await store.claim(pdu, writeTime: shared.writeTime) else {
                book.failed(pdu)
                wantView()
                return
            }
            // What an owner before was permitted to send is off the wire when its time is over, counted from now on. Where
            // nobody has noted a time, it is taken for this agent's own.
            let holding = Holding(claim: claim, shared: shared, store: store, fleet: self)
            holdings[pdu] = holding
            let until = timekeeper.now + max(.zero, ContinuousClock.now.duration(to: holding.notBefore))
            book.won(pdu, epoch: claim.epoch, until: until, at: timekeeper.now)
            signal.signal()
        } catch {
            noteTrouble(error.message)
            await timekeeper.sleep(until: timekeeper.now + .milliseconds(500))
            book.failed(pdu)
            signal.signal()
        }
    }

    private func begin(_ pdu: PDUName, _ epoch: Int64, _ host: any FleetHost) async {
        guard let holding = holdings[pdu], holding.claim.epoch == epoch else { return }
        while book.phases[pdu] == .beginning(epoch: epoch), !Task.isCancelled {
            do throws(EtcdError) {
                let (contents, notes) = try await store.load(pdu)
                guard book.phases[pdu] == .beginning(epoch: epoch) else { return }
                holding.journal.knows(contents)
                await host.begin(
                    Tenure(
                        pdu: pdu,
                        epoch: epoch,
                        writeTime: holding.shared.writeTime,
                        fence: holding,
                        journal: holding.journal,
                        contents: contents,
                        notes: notes
                    )
                )
                book.begun(pdu)
                tenures += 1
                // Disproved while it began: what was asked to end then had not begun.
                if book.phases[pdu]?.epoch != epoch { await host.end(pdu) }
                return signal.signal()
            } catch {
                noteTrouble(error.message)
                await timekeeper.sleep(until: timekeeper.now + .milliseconds(500))
            }
        }
    }

    private func handOver(_ pdu: PDUName, _ host: any FleetHost) async {
        let limit = min(handOverLimit, timekeeper.now + .seconds(10))
        await host.handOver(pdu, hasSuccessor: !book.ranking(of: pdu, without: book.agent).isEmpty, until: limit)
        await holdings[pdu]?.journal.settle(until: min(handOverLimit, timekeeper.now + .seconds(2)), timekeeper)
        book.handedOver(pdu)
        signal.signal()
    }

    private func release(_ pdu: PDUName, _ epoch: Int64) async {
        guard let holding = holdings[pdu], holding.claim.epoch == epoch else {
            return book.released(pdu, at: timekeeper.now)
        }
        do throws(EtcdError) {
            try await store.release(holding.claim, wait: holding.close())
            holdings[pdu] = nil
            book.released(pdu, at: timekeeper.now)
        } catch {
            noteTrouble(error.message)
            await timekeeper.sleep(until: timekeeper.now + .milliseconds(500))
            book.notReleased(pdu)
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

/// What this agent holds of a PDU for one tenure: the leave to write, and the journal.
final class Holding: WriteFence {
    let claim: WonClaim
    let shared: SharedPDU
    let journal: EtcdJournal
    private let store: any OwnershipStore
    private let fleet: EtcdFleet
    private let clock: Mutex<TenureClock>

    init(claim: WonClaim, shared: SharedPDU, store: any OwnershipStore, fleet: EtcdFleet) {
        self.claim = claim
        self.shared = shared
        self.store = store
        self.fleet = fleet
        clock = Mutex(TenureClock(shared, wonAt: claim.at, noted: claim.wait))
        journal = EtcdJournal(claim: claim, store: store, fleet: fleet)
    }

    /// Before that an earlier owner's requests may be on their way.
    var notBefore: ContinuousClock.Instant { clock.withLock(\.notBefore) }

    func permit(_ orders: [OutletNumber: String]) async throws(DriverError) -> WritePermit {
        guard clock.withLock({ $0.mayAsk(at: .now) }) else { throw foreign }
        let notes = orders.mapValues { WriteNote(action: $0, time: Date()) }
        let begun: ContinuousClock.Instant?
        do throws(EtcdError) {
            begun = try await store.confirm(claim, notes: notes, writeTime: shared.writeTime)
        } catch {
            throw DriverError(.noQuorum, "\(claim.pdu): \(error.message); nothing was sent")
        }
        guard let begun else {
            await fleet.disproved(claim.pdu, epoch: claim.epoch)
            throw foreign
        }
        guard clock.withLock({ $0.permit(begunAt: begun) }) != nil else { throw foreign }
        return WritePermit(transactionBegunAt: begun, window: shared.window)
    }

    func answered(_ permit: WritePermit) { clock.withLock { $0.answered(permit.expiry, at: .now) } }

    /// Gives no leave any more.
    ///
    /// - Returns: how long a successor has to wait; nothing when nothing was ever permitted.
    func close() -> Duration? { clock.withLock { $0.close(at: .now) } }

    private var foreign: DriverError {
        DriverError(.notPermitted, "\(claim.pdu): another agent of the fleet may own it now; nothing was sent")
    }
}
