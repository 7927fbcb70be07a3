import Agent
import Foundation
import Power
import Synchronization

/// The journal of one PDU in one tenure. Every change is a transaction that compares the tenure, so that an agent which
/// does not own the PDU any more changes nothing; changes that come while one is on its way share the next.
final class EtcdJournal: CommandJournal {
    /// How many changes may wait; beyond that new work is refused.
    private static let maximumPending = 4096
    /// How many changes are in one transaction: etcd takes 128 operations, and an end is two.
    private static let batch = 60
    /// How long the end of a command is tried before it is answered all the same.
    private static let patience = Duration.seconds(10)
    private static let retryPause = Duration.milliseconds(500)

    private enum Change {
        case write(JournalEntry, since: ContinuousClock.Instant, completion: (@Sendable (String?) -> Void)?)
        case remove(UInt64)
        case remember(OutletMemory)
        case barrier(since: ContinuousClock.Instant, completion: @Sendable (String?) -> Void)

        func complete(_ failure: String?) {
            switch self {
            case .write(_, _, let completion): completion?(failure)
            case .barrier(_, let completion): completion(failure)
            case .remove, .remember: return
            }
        }

        var change: JournalChange? {
            switch self {
            case .write(let entry, _, _): .entry(entry)
            case .remove(let ticket): .removal(ticket)
            case .remember(let memory): .memory(memory)
            case .barrier: nil
            }
        }

        /// Whether it must be there at last: what it ends was begun. Everything else can be refused.
        var mustBeKept: Bool {
            switch self {
            case .write(let entry, _, _): entry.stage == .finished
            case .remove, .remember, .barrier: true
            }
        }

        /// Whether it is the answer to a command that was never begun: nobody waits for etcd to be told that.
        var isRefusal: Bool {
            if case .write(let entry, _, _) = self { entry.result?.status == .rejected } else { false }
        }

        /// Since when somebody waits for it; nothing where nobody does.
        var since: ContinuousClock.Instant? {
            switch self {
            case .write(_, let since, let completion): completion == nil ? nil : since
            case .barrier(let since, _): since
            case .remove, .remember: nil
            }
        }

        /// The same, with nobody who waits.
        var unawaited: Change? {
            switch self {
            case .write(let entry, let since, _): .write(entry, since: since, completion: nil)
            case .remove, .remember: self
            case .barrier: nil
            }
        }
    }

    private struct State {
        var pending: [Change] = []
        var isDraining = false
        var isForeign = false
        /// The commands that are in the journal, or will be.
        var known: Set<UInt64> = []
        /// Those of them that have ended, and whose result the broker has not acknowledged.
        var untold: Set<UInt64> = []
    }

    private let claim: WonClaim
    private let store: any OwnershipStore
    private let fleet: EtcdFleet
    private let state = Mutex(State())

    init(claim: WonClaim, store: any OwnershipStore, fleet: EtcdFleet) {
        self.claim = claim
        self.store = store
        self.fleet = fleet
    }

    /// What earlier owners left can be removed too.
    func knows(_ contents: JournalContents) {
        state.withLock { $0.known.formUnion(contents.entries.map(\.ticket)) }
    }

    var isForeign: Bool { state.withLock(\.isForeign) }

    var refusal: Outcome.Code { .noQuorum }

    func write(_ entry: JournalEntry, completion: (@Sendable (_ failure: String?) -> Void)?) {
        let isTaken = state.withLock { state in
            guard !state.isForeign else { return false }
            guard state.pending.count < Self.maximumPending || state.known.contains(entry.ticket) else { return false }
            state.known.insert(entry.ticket)
            if entry.stage == .finished { state.untold.insert(entry.ticket) }
            return true
        }
        guard isTaken else {
            completion?(isForeign ? Self.foreign : "\(claim.pdu): etcd cannot keep up with the journal's changes")
            return
        }
        enqueue(.write(entry, since: .now, completion: completion))
    }

    func remove(ticket: UInt64) {
        guard state.withLock({ $0.known.remove(ticket) != nil }) else { return }
        enqueue(.remove(ticket))
        // Not before, so that whoever waits for both finds the change on its way.
        state.withLock { _ = $0.untold.remove(ticket) }
    }

    func remember(_ memory: OutletMemory) {
        enqueue(.remember(memory))
    }

    func whenRemembered(_ completion: @escaping @Sendable (_ failure: String?) -> Void) {
        enqueue(.barrier(since: .now, completion: completion))
    }

    /// Returns when everything is written, or at the moment.
    func flush(until limit: Moment, _ timekeeper: any Timekeeper) async {
        await wait(until: limit, timekeeper) { $0.isDraining }
    }

    /// Returns when everything is written and every result is at the broker, or at the moment. The next owner tells each
    /// result that it finds, because it cannot know whether somebody heard it.
    func settle(until limit: Moment, _ timekeeper: any Timekeeper) async {
        await wait(until: limit, timekeeper) { $0.isDraining || !$0.untold.isEmpty }
    }

    private func wait(
        until limit: Moment,
        _ timekeeper: any Timekeeper,
        while isBusy: @Sendable (borrowing State) -> Bool
    ) async {
        while timekeeper.now < limit, state.withLock({ isBusy($0) }), !Task.isCancelled {
            await timekeeper.sleep(until: timekeeper.now + .milliseconds(5))
        }
    }

    private func enqueue(_ change: Change) {
        let mustStart = state.withLock { state in
            state.pending.append(change)
            defer { state.isDraining = true }
            return !state.isDraining
        }
        // Lanes and receipts come from everywhere and wait for nothing; there is no task to structure this under.
        if mustStart { Task { await self.drain() } }
    }

    private static let foreign = "another agent of the fleet owns the PDU now"

    /// Writes what waits until nothing is left.
    private func drain() async {
        while true {
            let batch = state.withLock { state in
                let batch = Array(state.pending.prefix(Self.batch))
                state.pending.removeFirst(batch.count)
                if batch.isEmpty { state.isDraining = false }
                return batch
            }
            if batch.isEmpty { return }
            guard !isForeign else {
                for change in batch { change.complete(Self.foreign) }
                continue
            }
            let changes = batch.compactMap(\.change)
            do throws(EtcdError) {
                let isOurs = changes.isEmpty ? true : try await store.write(changes, of: claim)
                if isOurs {
                    for change in batch { change.complete(nil) }
                    continue
                }
                state.withLock { $0.isForeign = true }
                for change in batch { change.complete(Self.foreign) }
                await fleet.disproved(claim.pdu, epoch: claim.epoch)
            } catch {
                await keep(batch, after: error)
            }
        }
    }

    /// Keeps what must be written at last, and refuses the rest.
    private func keep(_ batch: [Change], after error: EtcdError) async {
        let now = ContinuousClock.now
        let message = "\(claim.pdu): \(error.message)"
        var kept: [Change] = []
        for change in batch {
            guard change.mustBeKept else {
                if case .write(let entry, _, _) = change { _ = state.withLock { $0.known.remove(entry.ticket) } }
                change.complete(message)
                continue
            }
            if let since = change.since, change.isRefusal || since + Self.patience <= now {
                // Silence would help nobody. It goes on being tried.
                change.complete(message)
                if let rest = change.unawaited { kept.append(rest) }
            } else {
                kept.append(change)
            }
        }
        state.withLock { $0.pending.insert(contentsOf: kept, at: 0) }
        guard !kept.isEmpty else { return }
        try? await Task.sleep(for: Self.retryPause)
    }
}
