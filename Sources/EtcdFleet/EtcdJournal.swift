import Agent
import Foundation
import Power
import Synchronization

/// The journal of one PDU in one tenure. Every change is a transaction that compares the tenure, so that an agent which
/// does not own the PDU any more changes nothing; changes that come while one is on its way share the next.
final class EtcdJournal: TenureJournal {
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
        case load(
            LoadEntry,
            others: [EtcdJournal],
            since: ContinuousClock.Instant,
            completion: (@Sendable (String?) -> Void)?
        )
        case removeLoad(UInt64, fed: [PDUName] = [], others: [EtcdJournal] = [])
        case group(GroupEntry, since: ContinuousClock.Instant, completion: (@Sendable (String?) -> Void)?)
        case removeGroup(UInt64)

        func complete(_ failure: String?) {
            switch self {
            case .write(_, _, let completion), .load(_, _, _, let completion), .group(_, _, let completion):
                completion?(failure)
            case .barrier(_, let completion): completion(failure)
            case .remove, .remember, .removeLoad, .removeGroup: return
            }
        }

        /// The journals of the other PDUs without which it means nothing.
        var others: [EtcdJournal] {
            switch self {
            case .load(_, let others, _, _), .removeLoad(_, _, let others): others
            case .write, .remove, .remember, .barrier, .group, .removeGroup: []
            }
        }

        /// What takes back work that is refused because nobody knows whether etcd has it: an entry that is there must not be
        /// carried out later.
        var undone: Change? {
            switch self {
            case .write(let entry, _, .some) where entry.stage.beginsWork: .remove(entry.ticket)
            case .load(let entry, let others, _, .some) where entry.stage.beginsWork:
                .removeLoad(entry.number, fed: entry.pdus, others: others)
            case .write, .load, .remove, .remember, .barrier, .removeLoad, .group, .removeGroup: nil
            }
        }

        /// The command that is no more in the journal when it is refused.
        var number: UInt64? {
            switch self {
            case .write(let entry, _, _): entry.ticket
            case .load(let entry, _, _, _): entry.number
            case .group(let entry, _, _): entry.number
            case .remove, .remember, .barrier, .removeLoad, .removeGroup: nil
            }
        }

        var change: JournalChange? {
            switch self {
            case .write(let entry, _, _): .entry(entry)
            case .remove(let ticket): .removal(ticket)
            case .remember(let memory): .memory(memory)
            case .load(let entry, _, _, _): .load(entry)
            case .removeLoad(let number, let pdus, _): .loadRemoval(number, fed: pdus)
            case .group(let entry, _, _): .group(entry)
            case .removeGroup(let number): .groupRemoval(number)
            case .barrier: nil
            }
        }

        /// Whether it must be there at last: what it ends was begun. Everything else can be refused.
        var mustBeKept: Bool {
            switch self {
            case .write(let entry, _, _): entry.stage == .finished
            case .load(let entry, _, _, _): entry.stage == .finished
            case .group(let entry, _, _): entry.payload != nil
            case .remove, .remember, .barrier, .removeLoad, .removeGroup: true
            }
        }

        /// Whether it is the answer to a command that was never begun: nobody waits for etcd to be told that, unless etcd has
        /// an entry of the command, which the next owner would answer.
        var isRefusal: Bool {
            switch self {
            case .write(let entry, _, _): entry.result?.status == .rejected
            case .load(let entry, _, _, _): entry.result?.status == .rejected
            case .group(let entry, _, _): entry.isRefusal == true
            case .remove, .remember, .barrier, .removeLoad, .removeGroup: false
            }
        }

        /// Since when somebody waits for it; nothing where nobody does.
        var since: ContinuousClock.Instant? {
            switch self {
            case .write(_, let since, let completion), .load(_, _, let since, let completion),
                .group(_, let since, let completion):
                completion == nil ? nil : since
            case .barrier(let since, _): since
            case .remove, .remember, .removeLoad, .removeGroup: nil
            }
        }

        /// The same, with nobody who waits.
        var unawaited: Change? {
            switch self {
            case .write(let entry, let since, _): .write(entry, since: since, completion: nil)
            case .load(let entry, let others, let since, _):
                .load(entry, others: others, since: since, completion: nil)
            case .group(let entry, let since, _): .group(entry, since: since, completion: nil)
            case .remove, .remember, .removeLoad, .removeGroup: self
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
        /// Those of them of which etcd has an entry.
        var stored: Set<UInt64> = []
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
        let numbers =
            contents.entries.map(\.ticket) + contents.loads.map(\.number) + contents.groups.map(\.number)
        state.withLock { state in
            state.known.formUnion(numbers)
            state.stored.formUnion(numbers)
        }
    }

    var isForeign: Bool { state.withLock(\.isForeign) }

    var refusal: Outcome.Code { .noQuorum }

    func write(_ entry: JournalEntry, completion: (@Sendable (_ failure: String?) -> Void)?) {
        write(
            .write(entry, since: .now, completion: completion),
            entry.ticket,
            isEnd: entry.stage == .finished
        )
    }

    func write(
        _ entry: LoadEntry,
        with others: [any TenureJournal],
        completion: (@Sendable (_ failure: String?) -> Void)?
    ) {
        let change = Change.load(
            entry,
            others: others.compactMap { $0 as? EtcdJournal },
            since: .now,
            completion: completion
        )
        write(change, entry.number, isEnd: entry.stage == .finished)
    }

    func write(_ entry: GroupEntry, completion: (@Sendable (_ failure: String?) -> Void)?) {
        write(.group(entry, since: .now, completion: completion), entry.number, isEnd: entry.payload != nil)
    }

    private func write(_ change: Change, _ number: UInt64, isEnd: Bool) {
        let isTaken = state.withLock { state in
            guard !state.isForeign else { return false }
            guard state.pending.count < Self.maximumPending || state.known.contains(number) else { return false }
            state.known.insert(number)
            if isEnd { state.untold.insert(number) }
            return true
        }
        guard isTaken else {
            return change.complete(
                isForeign ? Self.foreign : "\(claim.pdu): etcd cannot keep up with the journal's changes"
            )
        }
        enqueue(change)
    }

    func remove(ticket: UInt64) { remove(ticket, .remove(ticket)) }

    func remove(load number: UInt64) { remove(number, .removeLoad(number)) }

    func remove(group number: UInt64) { remove(number, .removeGroup(number)) }

    private func remove(_ number: UInt64, _ change: Change) {
        guard state.withLock({ $0.known.remove(number) != nil }) else { return }
        enqueue(change)
        // Not before, so that whoever waits for both finds the change on its way.
        state.withLock { state in
            state.untold.remove(number)
            state.stored.remove(number)
        }
    }

    func remember(_ memory: OutletMemory) {
        enqueue(.remember(memory))
    }

    func whenRemembered(_ completion: @escaping @Sendable (_ failure: String?) -> Void) {
        // Nobody waits for etcd where nothing is to be written.
        guard state.withLock({ $0.isDraining }) else { return completion(nil) }
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
            // What needs other PDUs too is written by itself, so that it fails by itself.
            for part in Self.parts(batch) { await write(part) }
        }
    }

    private static func parts(_ batch: [Change]) -> [[Change]] {
        var parts: [[Change]] = []
        for change in batch {
            if let last = parts.indices.last, change.others.isEmpty, parts[last].allSatisfy(\.others.isEmpty) {
                parts[last].append(change)
            } else {
                parts.append([change])
            }
        }
        return parts
    }

    private func write(_ part: [Change]) async {
        let changes = part.compactMap(\.change)
        let others = part.flatMap(\.others)
        do throws(EtcdError) {
            let isOurs =
                changes.isEmpty ? true : try await store.write(changes, of: claim, and: others.map(\.claim))
            if isOurs {
                state.withLock { state in
                    state.stored.formUnion(state.known.intersection(part.compactMap(\.number)))
                }
            } else if others.isEmpty {
                await becomeForeign()
            } else {
                for one in [self] + others { await one.check() }
            }
            for change in part { change.complete(isOurs ? nil : Self.foreign) }
        } catch {
            await keep(part, after: error)
        }
    }

    /// Sees whether the PDU is still this agent's.
    private func check() async {
        do throws(EtcdError) {
            if try await !store.write([], of: claim) { await becomeForeign() }
        } catch {
            // It shows with what is written next.
            return
        }
    }

    private func becomeForeign() async {
        state.withLock { $0.isForeign = true }
        await fleet.disproved(claim.pdu, epoch: claim.epoch)
    }

    /// Keeps what must be written at last, and refuses the rest.
    private func keep(_ batch: [Change], after error: EtcdError) async {
        let now = ContinuousClock.now
        let message = "\(claim.pdu): \(error.message)"
        var kept: [Change] = []
        for change in batch {
            guard change.mustBeKept else {
                if let number = change.number { _ = state.withLock { $0.known.remove(number) } }
                change.complete(message)
                if let undone = change.undone { kept.append(undone) }
                continue
            }
            let isStored = change.number.map { number in state.withLock { $0.stored.contains(number) } } ?? false
            if let since = change.since, change.isRefusal && !isStored || since + Self.patience <= now {
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

extension JournalEntry.Stage {
    /// Whether a command is refused when an entry of this stage cannot be written.
    fileprivate var beginsWork: Bool {
        switch self {
        case .delayed, .acting: true
        case .waiting, .accepted, .held, .finished: false
        }
    }
}
