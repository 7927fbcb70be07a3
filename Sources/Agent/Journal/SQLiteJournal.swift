import Dispatch
import Foundation
import GRDB
import Logging
import Power
import Synchronization

/// A file of the journal.
///
/// All writes go through one queue of its own; what is asked for while a write is on its way to the disk goes into the
/// next transaction together, so a thousand cycles cost a few flushes of the disk and no lane waits for another's.
final class SQLiteJournal: CommandJournal, GroupJournal, LoadJournal {
    /// How long an answer is remembered.
    private static let answerMemory: TimeInterval = 600
    /// How long what is kept of a failed write waits for the next try, unless something else is to be written.
    private static let retryPause: TimeInterval = 2
    /// How many changes may wait for the disk; beyond that new work is refused.
    static let maximumPending = 20_000

    /// A command that must be finished or answered: of an outlet, or of a load. Both are numbered from one row.
    private enum Record {
        case outlet(JournalEntry)
        case load(LoadEntry)

        var number: UInt64 {
            switch self {
            case .outlet(let entry): entry.ticket
            case .load(let entry): entry.number
            }
        }

        var stage: JournalEntry.Stage {
            switch self {
            case .outlet(let entry): entry.stage
            case .load(let entry): entry.stage
            }
        }
    }

    private enum Change {
        case write(Record, completion: (@Sendable (String?) -> Void)?)
        case remove(UInt64)
        case removeLoad(UInt64)
        case remember(OutletMemory)
        case barrier(completion: @Sendable (String?) -> Void)
        case writeGroup(GroupEntry, completion: (@Sendable (String?) -> Void)?)
        case removeGroup(UInt64)
        case published([String: [Int]])

        /// Whether it has to be on the disk, and not only with the system, before it is said to be written.
        var mustBeOnDisk: Bool {
            switch self {
            case .write(let entry, let completion): completion != nil && entry.stage != .accepted
            case .barrier: true
            case .writeGroup(_, let completion): completion != nil
            case .remove, .removeLoad, .remember, .removeGroup, .published: false
            }
        }

        /// Whether it begins something that must be finished, for which the disk has to have room.
        var isNewWork: Bool {
            if case .write(let entry, _) = self { entry.stage == .delayed || entry.stage == .acting } else { false }
        }

        func complete(_ failure: String?) {
            switch self {
            case .write(_, let completion), .writeGroup(_, let completion): completion?(failure)
            case .barrier(let completion): completion(failure)
            case .remove, .removeLoad, .remember, .removeGroup, .published: return
            }
        }
    }

    private struct State {
        var pending: [Change] = []
        var isDraining = false
        var failure: String?
        /// The commands of outlets and loads that are in the file, or will be.
        var known: Set<UInt64> = []
        /// Those that are in the file.
        var onFile: Set<UInt64> = []
        /// The commands for several outlets that are in the file, or will be.
        var groups: Set<UInt64> = []
        var dropped = 0
    }

    private let path: String
    private let logger: Logger
    private let trouble: Logger.Message
    private let queue: DispatchQueue
    private let state = Mutex(State())
    private let file: Mutex<JournalFile?>

    /// A journal at a path; the file is made when it is missing.
    ///
    /// A file that cannot be opened does not stop the agent: the journal then fails every write with the reason, so
    /// that nothing is begun that could not be finished, and tries to open it again from time to time.
    ///
    /// - Parameter trouble: what the log says when the file cannot be used.
    init(
        path: String,
        logger: Logger,
        trouble: Logger.Message = "the journal fails: cycles, delays and 'for' are refused",
        queue: DispatchQueue = DispatchQueue(label: "busbar.journal")
    ) {
        self.path = path
        self.logger = logger
        self.trouble = trouble
        self.queue = queue
        file = Mutex(nil)
        do {
            try file.withLock { $0 = try JournalFile(path: path) }
        } catch {
            noteFailure("\(path): \(JournalError.words(error))")
        }
    }

    /// Why the journal cannot be written, while it cannot.
    var failure: String? { state.withLock(\.failure) }

    // MARK: - CommandJournal

    /// Has an entry written with the next flush of the disk.
    func write(_ entry: JournalEntry, completion: (@Sendable (_ failure: String?) -> Void)?) {
        write(.outlet(entry), completion)
    }

    private func write(_ record: Record, _ completion: (@Sendable (_ failure: String?) -> Void)?) {
        let isRefused = state.withLock { state in
            guard state.pending.count < Self.maximumPending || state.known.contains(record.number) else {
                state.dropped += 1
                return true
            }
            state.known.insert(record.number)
            return false
        }
        guard !isRefused else {
            completion?(tooSlow)
            return
        }
        enqueue(.write(record, completion: completion))
    }

    /// Has a ticket forgotten with the next write.
    func remove(ticket: UInt64) {
        guard state.withLock({ $0.known.remove(ticket) != nil }) else { return }
        enqueue(.remove(ticket))
    }

    /// Has an outlet's memory kept with the next write.
    func remember(_ memory: OutletMemory) {
        guard hasRoom else { return }
        enqueue(.remember(memory))
    }

    /// Tells when every memory given so far is on the disk, or why it is not.
    func whenRemembered(_ completion: @escaping @Sendable (String?) -> Void) {
        guard hasRoom else { return completion(tooSlow) }
        enqueue(.barrier(completion: completion))
    }

    /// Whether the disk keeps up with the changes.
    private var hasRoom: Bool { state.withLock { $0.pending.count < Self.maximumPending } }

    private var tooSlow: String {
        "the journal \(path) cannot keep up: \(Self.maximumPending) changes wait for the disk"
    }

    /// Has it noted for which outlets something is retained at the broker.
    func notePublished(_ outlets: [String: [Int]]) {
        guard hasRoom else { return }
        enqueue(.published(outlets))
    }

    // MARK: - LoadJournal

    /// Has a load's entry written with the next flush of the disk.
    func write(_ entry: LoadEntry, completion: (@Sendable (_ failure: String?) -> Void)?) {
        write(.load(entry), completion)
    }

    /// Has a load's command forgotten with the next write.
    func remove(load number: UInt64) {
        guard state.withLock({ $0.known.remove(number) != nil }) else { return }
        enqueue(.removeLoad(number))
    }

    // MARK: - GroupJournal

    /// Has an entry written with the next write, unless too much waits for the disk.
    func write(_ entry: GroupEntry, completion: (@Sendable (_ failure: String?) -> Void)?) {
        let isTaken = state.withLock { state in
            guard state.pending.count < Self.maximumPending || state.groups.contains(entry.number) else { return false }
            state.groups.insert(entry.number)
            return true
        }
        guard isTaken else {
            completion?(tooSlow)
            return
        }
        enqueue(.writeGroup(entry, completion: completion))
    }

    /// Has a group's command forgotten with the next write.
    func remove(group number: UInt64) {
        guard state.withLock({ $0.groups.remove(number) != nil }) else { return }
        enqueue(.removeGroup(number))
    }

    /// What an earlier process left: unfinished work, answers, and the last ticket's number.
    ///
    /// - Returns: nothing when the file cannot be read now.
    func load() -> JournalContents? {
        do {
            let (contents, unreadable) = try read()
            if unreadable > 0 {
                logger.error(
                    "entries of the journal cannot be read and are left alone",
                    metadata: ["path": "\(path)", "entries": "\(unreadable)"]
                )
            }
            state.withLock { state in
                let numbers = contents.entries.map(\.ticket) + contents.loads.map(\.number)
                state.known.formUnion(numbers)
                state.onFile.formUnion(numbers)
                state.groups.formUnion(contents.groups.map(\.number))
            }
            return contents
        } catch {
            noteFailure("\(path): \(JournalError.words(error))")
            return nil
        }
    }

    private func read() throws -> (JournalContents, unreadable: Int) {
        let oldest = Date() - Self.answerMemory
        do {
            return try withFile { try $0.read(answersSince: oldest) }
        } catch {
            // What an earlier process left has to be finished also when nothing can be written now.
            guard FileManager.default.fileExists(atPath: path) else { throw error }
            let contents = try JournalFile.readCopy(of: path, answersSince: oldest)
            noteFailure("\(path): \(JournalError.words(error))")
            return contents
        }
    }

    /// Waits until everything asked for so far is written, or cannot be.
    func flush() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.drain()
                continuation.resume()
            }
        }
    }

    // MARK: - Writing

    private func enqueue(_ change: Change) {
        let mustStart = state.withLock { state in
            state.pending.append(change)
            defer { state.isDraining = true }
            return !state.isDraining
        }
        if mustStart { queue.async { self.drain() } }
    }

    /// Writes what waits until nothing is left, or only what the file does not take now.
    private func drain() {
        while true {
            let batch = state.withLock { state in
                defer { state.pending.removeAll(keepingCapacity: true) }
                if state.pending.isEmpty { state.isDraining = false }
                return state.pending
            }
            if batch.isEmpty { return }
            let (refused, rest) = divide(batch)
            for change in refused { change.complete(Self.noRoom(path)) }
            if rest.isEmpty { continue }
            var failure: String?
            do {
                try commit(rest)
                noteSuccess(of: rest)
            } catch {
                let reason = "the journal \(path) cannot be written: \(JournalError.words(error))"
                noteFailure(reason)
                failure = reason
            }
            let isTimeForAPause = failure != nil && keep(rest)
            for change in rest { change.complete(failure) }
            if isTimeForAPause { return retryLater() }
        }
    }

    /// The least room on the disk for new work: what is left then is for the ends of what has begun.
    private static let leastRoom: UInt64 = 1 << 20

    private static func noRoom(_ path: String) -> String {
        "the journal \(path) cannot be written: the disk is full (less than 1 MiB is free)"
    }

    /// Takes new work out of a batch when the disk is nearly full.
    private func divide(_ batch: [Change]) -> (refused: [Change], rest: [Change]) {
        guard batch.contains(where: \.isNewWork), let room = FreeSpace.bytes(at: path), room < Self.leastRoom else {
            return ([], batch)
        }
        let refused = batch.filter(\.isNewWork)
        state.withLock { state in
            for case .write(let entry, _) in refused where !state.onFile.contains(entry.number) {
                state.known.remove(entry.number)
            }
        }
        noteFailure(Self.noRoom(path))
        return (refused, batch.filter { !$0.isNewWork })
    }

    /// Keeps of a batch that could not be written what is still true later: that work is done. It must not be done
    /// again after a restart.
    ///
    /// - Returns: whether nothing else waits, so that it is time for a pause.
    private func keep(_ batch: [Change]) -> Bool {
        state.withLock { state in
            var kept: [Change] = []
            for change in batch {
                switch change {
                case .remove(let number) where state.onFile.contains(number): kept.append(change)
                case .removeLoad(let number) where state.onFile.contains(number): kept.append(change)
                // Whoever waited for it has been told that it is not on the disk.
                case .write(let entry, _) where entry.stage == .finished && state.onFile.contains(entry.number):
                    kept.append(.write(entry, completion: nil))
                case .write(let entry, _) where !state.onFile.contains(entry.number): state.known.remove(entry.number)
                // What cannot be noted is answered once too often after a crash, or not at all.
                case .writeGroup(let entry, _) where entry.payload == nil: state.groups.remove(entry.number)
                case .writeGroup(let entry, _): kept.append(.writeGroup(entry, completion: nil))
                case .removeGroup: kept.append(change)
                // The newest memory of an outlet is still true.
                case .remember where state.pending.count + kept.count < Self.maximumPending: kept.append(change)
                case .write, .remove, .removeLoad, .remember, .barrier, .published: break
                }
            }
            let hasNew = !state.pending.isEmpty
            state.pending.insert(contentsOf: kept, at: 0)
            return !hasNew
        }
    }

    private func retryLater() {
        // Nothing else is written until then unless somebody asks for it.
        let isNeeded = state.withLock { state in
            state.isDraining = false
            return !state.pending.isEmpty
        }
        guard isNeeded else { return }
        queue.asyncAfter(deadline: .now() + Self.retryPause) { [weak self] in self?.drain() }
    }

    private func commit(_ batch: [Change]) throws {
        let mustBeOnDisk = batch.contains(where: \.mustBeOnDisk)
        try withFile { file in
            try file.write(synchronously: mustBeOnDisk) { database in
                for change in batch {
                    switch change {
                    case .write(.outlet(let entry), _): try database.put(entry)
                    case .write(.load(let entry), _): try database.put(entry)
                    case .remove(let ticket): try database.remove(ticket: ticket)
                    case .removeLoad(let number): try database.remove(load: number)
                    case .remember(let memory): try database.put(memory)
                    case .writeGroup(let entry, _): try database.put(entry)
                    case .removeGroup(let number): try database.remove(group: number)
                    case .published(let outlets): try database.put(published: outlets)
                    case .barrier: break
                    }
                }
                try database.forgetAnswers(before: Date() - Self.answerMemory)
            }
        }
    }

    /// Works with the file, opening it again when it was lost.
    private func withFile<Value>(_ body: (JournalFile) throws -> Value) throws -> Value {
        try file.withLock { file in
            if let open = file, !open.isInPlace { file = nil }
            let open = try file ?? JournalFile(path: path)
            file = open
            do {
                return try body(open)
            } catch {
                // A file that is only full may go on; of any other trouble the open file may be the cause.
                if (error as? DatabaseError)?.resultCode != .SQLITE_FULL { file = nil }
                throw error
            }
        }
    }

    private func noteFailure(_ reason: String) {
        let isNews = state.withLock { state in
            defer { state.failure = reason }
            return state.failure == nil
        }
        if isNews { logger.error(trouble, metadata: ["error": "\(reason)"]) }
    }

    private func noteSuccess(of batch: [Change]) {
        let (wasBroken, dropped) = state.withLock { state in
            defer {
                state.failure = nil
                state.dropped = 0
            }
            for change in batch {
                switch change {
                case .write(let entry, _): state.onFile.insert(entry.number)
                case .remove(let number), .removeLoad(let number): state.onFile.remove(number)
                case .remember, .writeGroup, .removeGroup, .barrier, .published: break
                }
            }
            return (state.failure != nil, state.dropped)
        }
        if wasBroken { logger.notice("the journal works again") }
        if dropped > 0 {
            logger.warning("the disk is too slow for the journal", metadata: ["dropped": "\(dropped)"])
        }
    }
}
