import Glibc
import Synchronization

/// What a simulated device was told over the network, with times: the judge of what really reached it.
///
/// The newest entries are kept in memory; with a file everything is appended to it.
public final class DeviceRecord: Sendable {
    /// One thing the device was told.
    public struct Entry: Sendable, Hashable {
        /// When, in nanoseconds of `CLOCK_MONOTONIC`.
        public let nanoseconds: Int64
        /// What was to be changed: an object identifier, or the words of another protocol.
        public let object: String
        /// The value it was to get, as the protocol writes it.
        public let value: String
        /// The outlet it is about, where it is about one.
        public let outlet: Int?
        /// `done`, or why not.
        public let outcome: String

        /// An entry of a record.
        public init(nanoseconds: Int64, object: String, value: String, outlet: Int?, outcome: String) {
            self.nanoseconds = nanoseconds
            self.object = object
            self.value = value
            self.outlet = outlet
            self.outcome = outcome
        }

        /// A line of the file: the parts separated by tabs, an absent outlet as `-`.
        public var line: String {
            "\(nanoseconds)\t\(outlet.map(String.init) ?? "-")\t\(object)\t\(value)\t\(outcome)"
        }
    }

    private struct Waiter {
        let count: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var entries: [Entry] = []
        var total = 0
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
    }

    /// How many entries are kept in memory.
    public let capacity: Int
    private let file: Int32
    private let state = Mutex(State())

    /// An empty record.
    ///
    /// - Parameters:
    ///   - file: where everything is appended as lines; nowhere by default.
    ///   - capacity: how many entries are kept in memory.
    /// - Throws: `cannotStart` when the file cannot be written.
    public init(file path: String? = nil, capacity: Int = 10_000) throws(PDUSimulatorError) {
        self.capacity = max(1, capacity)
        guard let path else {
            file = -1
            return
        }
        file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        if file < 0 { throw PDUSimulatorError(.cannotStart, "cannot write the record \(path): error \(errno)") }
    }

    deinit {
        if file >= 0 { close(file) }
    }

    /// The newest entries, oldest first.
    public var entries: [Entry] { state.withLock { $0.entries.suffix(capacity) } }

    /// How many entries there have been in all.
    public var total: Int { state.withLock { $0.total } }

    /// Adds an entry.
    public func append(_ entry: Entry) {
        if file >= 0 {
            let line = Array("\(entry.line)\n".utf8)
            // Appending one line is one write, so lines of several writers do not mix. A full disk loses the line.
            _ = line.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        }
        let met = state.withLock { state in
            state.entries.append(entry)
            state.total += 1
            if state.entries.count >= 2 * capacity { state.entries.removeFirst(state.entries.count - capacity) }
            let met = state.waiters.filter { $0.value.count <= state.total }
            for id in met.keys { state.waiters[id] = nil }
            return met.values.map(\.continuation)
        }
        for continuation in met { continuation.resume() }
    }

    /// Waits until there have been so many entries in all, or the task is cancelled.
    ///
    /// - Returns: the newest entries, as `entries`.
    @discardableResult
    public func wait(forTotal count: Int) async -> [Entry] {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isMet = state.withLock { state in
                    if state.total >= count || Task.isCancelled { return true }
                    state.waiters[id] = Waiter(count: count, continuation: continuation)
                    return false
                }
                if isMet { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
        }
        return entries
    }
}
