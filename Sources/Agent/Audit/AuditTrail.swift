import Dispatch
import Foundation
public import Logging
import Synchronization

/// Writes down who wanted what and how it ended, and what happened without anybody asking.
///
/// It writes on a queue of its own and never holds anybody up: when the disk cannot follow, or is full, entries are
/// lost and counted, and the agent works on.
public final class AuditTrail: AgentObserver {
    /// How many entries may wait for the disk.
    private static let maximumPending = 20_000
    /// How long a file that could not be used is left alone before the next try.
    private static let retryPause = Duration.seconds(2)
    /// How often old entries are removed.
    private static let pruneInterval = Duration.seconds(600)
    /// After how many entries the size is looked at.
    private static let pruneEntries = 200
    /// How long an entry waits for others to be written with it: one transaction for all costs a fraction.
    private static let gatheringTime = DispatchTimeInterval.milliseconds(10)
    /// How many may wait to read it.
    private static let maximumReaders = 16

    private struct State {
        var scribe = AuditScribe()
        var pending: [AuditEntry] = []
        var isDraining = false
        var lost = 0
        var isFailing = false
        var readers = 0
    }

    /// What only the queue uses.
    private struct Store {
        var file: AuditFile?
        var failedAt: ContinuousClock.Instant?
        var prunedAt: ContinuousClock.Instant?
        var sincePruning = 0
    }

    private let path: String
    private let limits: Mutex<AuditLimits>
    private let logger: Logger
    private let queue = DispatchQueue(label: "busbar.audit")
    /// Whoever reads does not hold up what is written.
    private let readingQueue = DispatchQueue(label: "busbar.audit.reading")
    private let state = Mutex(State())
    private let store = Mutex(Store())

    /// An audit trail at a path; the file is made when it is missing.
    public init(path: String, limits: AuditLimits, logger: Logger) {
        self.path = path
        self.limits = Mutex(limits)
        self.logger = logger
        queue.async { self.drain() }
    }

    /// Takes over changed limits; they hold from the next time that old entries are removed.
    public func adopt(_ limits: AuditLimits) { self.limits.withLock { $0 = limits } }

    /// How many entries were lost since the disk could last be written.
    public var lost: Int { state.withLock(\.lost) }

    /// Takes an event down.
    public func observe(_ event: AgentEvent) {
        let mustStart = state.withLock { state in
            let entries = state.scribe.entries(for: event, at: Date())
            guard !entries.isEmpty else { return false }
            guard state.pending.count + entries.count <= Self.maximumPending else {
                state.lost += entries.count
                return false
            }
            state.pending += entries
            defer { state.isDraining = true }
            return !state.isDraining
        }
        if mustStart { queue.asyncAfter(deadline: .now() + Self.gatheringTime) { self.drain() } }
    }

    /// Waits until everything so far is written, or lost.
    public func flush() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.drain()
                continuation.resume()
            }
        }
    }

    /// The newest entries that match, oldest first, each with its number: everything that happened before the call.
    ///
    /// - Throws: `AuditReader.Problem` when the file cannot be read, or too many want to read at the same time.
    public func entries(
        _ filter: AuditFilter,
        limit: Int
    ) async throws(AuditReader.Problem) -> [(number: Int64, entry: AuditEntry)] {
        let mayRead = state.withLock { state in
            guard state.readers < Self.maximumReaders else { return false }
            state.readers += 1
            return true
        }
        guard mayRead else {
            throw AuditReader.Problem(description: "too many read the audit trail at the same time; try again")
        }
        defer { state.withLock { $0.readers -= 1 } }
        await flush()
        let result: Result<[(number: Int64, entry: AuditEntry)], AuditReader.Problem>
        result = await withCheckedContinuation { continuation in
            readingQueue.async { [path] in
                let found = Result { () throws(AuditReader.Problem) in
                    try AuditReader(path: path).entries(filter, limit: limit)
                }
                continuation.resume(returning: found)
            }
        }
        return try result.get()
    }

    // MARK: - On the queue

    private func drain() {
        while true {
            let batch = state.withLock { state in
                defer { state.pending.removeAll(keepingCapacity: true) }
                if state.pending.isEmpty { state.isDraining = false }
                return state.pending
            }
            do {
                try store.withLock { try write(batch, to: &$0) }
                if !batch.isEmpty { noteSuccess() }
            } catch {
                noteFailure(error, lost: batch.count)
            }
            if batch.isEmpty { return }
        }
    }

    private func write(_ batch: [AuditEntry], to store: inout Store) throws {
        if let failedAt = store.failedAt, failedAt.duration(to: .now) < Self.retryPause, store.file == nil {
            throw JournalError(message: "it could not be used a moment ago")
        }
        do {
            if let open = store.file, !open.isInPlace { store.file = nil }
            let file = try store.file ?? AuditFile(path: path)
            store.file = file
            if !batch.isEmpty { try file.append(batch) }
            store.sincePruning += batch.count
            let isOld = store.prunedAt.map { $0.duration(to: .now) > Self.pruneInterval } ?? true
            if isOld || store.sincePruning >= Self.pruneEntries {
                store.prunedAt = .now
                store.sincePruning = 0
                try file.prune(limits.withLock(\.self), now: Date())
            }
        } catch {
            store.file = nil
            store.failedAt = .now
            throw error
        }
    }

    private func noteFailure(_ error: any Error, lost: Int) {
        let isNews = state.withLock { state in
            state.lost += lost
            defer { state.isFailing = true }
            return !state.isFailing
        }
        guard isNews else { return }
        logger.error(
            "the audit trail cannot be written; the agent works on without it",
            metadata: ["error": "\(path): \(JournalError.words(error))"]
        )
    }

    private func noteSuccess() {
        let lost = state.withLock { state -> Int? in
            defer { (state.lost, state.isFailing) = (0, false) }
            return state.isFailing || state.lost > 0 ? state.lost : nil
        }
        if let lost { logger.warning("the audit trail is written again", metadata: ["lost": "\(lost)"]) }
    }
}

/// How long the audit trail is kept; the limit that is reached first counts.
public struct AuditLimits: Sendable, Equatable {
    /// How old an entry may become.
    public var age: Duration
    /// How large the files may become together, in bytes.
    public var size: Int

    /// Limits.
    public init(age: Duration, size: Int) {
        self.age = age
        self.size = size
    }
}
