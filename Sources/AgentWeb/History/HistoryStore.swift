public import Agent
import Dispatch
import Foundation
import GRDB
public import Logging
import Power
import Synchronization

/// What is wanted of what was measured.
struct HistoryQuery: Equatable, Sendable {
    /// Why a request cannot be understood.
    struct Problem: Error, Equatable {
        let message: String
    }

    /// How many buckets are given at most.
    static let mostBuckets = 20_000

    var quantity = Quantity.power
    /// In seconds since 1970.
    var since = 0
    var until = 0
    /// How long a bucket is, in seconds.
    var width = 60

    /// Reads the parameters; nothing when none of them asks for anything but the last hours of power.
    init?(_ parameters: some Sequence<(key: Substring, value: Substring)>, now: Date) throws(Problem) {
        var isGiven = false
        var width: Int?
        until = Int(now.timeIntervalSince1970)
        var since: Int?
        for (key, value) in parameters {
            switch key {
            case "quantity":
                guard let quantity = Quantity(rawValue: String(value)) else {
                    let all = Quantity.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Problem(message: "quantity must be one of \(all)")
                }
                self.quantity = quantity
            case "since", "until":
                guard let date = RFC3339.date(String(value)) else {
                    throw Problem(message: "\(key) must be a time like 2026-03-01T12:00:00Z")
                }
                let seconds = Int(max(0, min(date.timeIntervalSince1970, 253_402_300_799)))
                if key == "since" { since = seconds } else { until = seconds }
            case "bucket":
                guard let number = Int(value), (60...86400).contains(number), number % 60 == 0 else {
                    throw Problem(message: "bucket must be from 60 to 86400 seconds, in whole minutes")
                }
                width = number
            default: continue
            }
            isGiven = true
        }
        guard isGiven else { return nil }
        self.since = since ?? until - 6 * 3600
        // A time that ends before it begins holds nothing.
        let span = max(0, until - self.since)
        if span == 0 { self.since = until }
        // Buckets are made longer where there would be too many.
        let least = (span + Self.mostBuckets * 60 - 1) / (Self.mostBuckets * 60) * 60
        self.width = max(width ?? Self.width(for: span), least)
    }

    /// So that a plot has some hundreds of buckets.
    static func width(for span: Int) -> Int {
        switch span {
        case ...(12 * 3600): 60
        case ...(36 * 3600): 300
        case ...(8 * 86400): 900
        case ...(45 * 86400): 3600
        case ...(200 * 86400): 21600
        default: 86400
        }
    }
}

/// Keeps on the disk what was measured: each quantity of each outlet and PDU, in buckets of a minute, then of a quarter of
/// an hour, then of an hour, within a bound.
///
/// It writes and reads on a queue of its own and never holds anybody up. What the disk cannot take is lost and counted.
public final class HistoryStore: AgentObserver {
    /// How long a bucket is, and for how long such buckets are kept, in seconds; the finest first.
    static let levels: [(width: Int, age: Int)] = [(60, 2 * 86400), (900, 14 * 86400), (3600, 400 * 86400)]
    /// How many things may be followed.
    fileprivate static let maximumSeries = 100_000
    /// How many closed buckets may wait for the disk.
    fileprivate static let maximumPending = 200_000
    /// How long closed buckets wait for others, so that they are written together.
    private static let pause = DispatchTimeInterval.seconds(5)
    /// How often old buckets are removed, in seconds.
    private static let pruneInterval = 600.0
    /// How many may wait to read.
    private static let maximumReaders = 16

    struct Key: Hashable, Sendable {
        let pdu: PDUName
        /// Nothing for the PDU as a whole.
        let outlet: OutletNumber?
        let quantity: Quantity
    }

    struct Bucket: Sendable, Equatable {
        var start: Int
        var count = 0
        var sum = 0.0
        var min = Double.infinity
        var max = -Double.infinity

        var mean: Double { sum / Double(Swift.max(count, 1)) }

        mutating func add(_ value: Double) { add(Bucket(start: start, count: 1, sum: value, min: value, max: value)) }

        mutating func add(_ other: Bucket) {
            count += other.count
            sum += other.sum
            min = Swift.min(min, other.min)
            max = Swift.max(max, other.max)
        }
    }

    fileprivate struct State {
        var open: [Key: Bucket] = [:]
        var pending: [(Key, Bucket)] = []
        var isDraining = false
        var lost = 0
        var isFailing = false
        var readers = 0
        /// Nothing is kept where it is zero.
        var size = 0
    }

    /// What only the queue uses.
    private struct Store {
        var file: DatabaseQueue?
        var series: [Key: Int64] = [:]
        var prunedAt = Date.distantPast
    }

    private let path: String
    private let logger: Logger
    private let queue = DispatchQueue(label: "busbar.history")
    private let state = Mutex(State())
    private let store = Mutex(Store())

    /// A store at a path; the file is made when it is needed.
    ///
    /// - Parameter size: how many bytes it may take; nothing is kept where it is zero.
    public init(path: String, size: Int, logger: Logger) {
        self.path = path
        self.logger = logger
        state.withLock { $0.size = size }
    }

    /// Takes over a changed bound; it holds from the next time that old buckets are removed.
    public func adopt(size: Int) {
        state.withLock { state in
            state.size = size
            if size == 0 { state.open = [:] }
        }
    }

    /// Whether anything is kept.
    var isKeeping: Bool { state.withLock { $0.size > 0 } }

    /// How many buckets were lost since the disk could last be written.
    var lost: Int { state.withLock(\.lost) }

    /// Takes down what a device measured.
    public func observe(_ event: AgentEvent) {
        guard case .reading(let pdu, let reading) = event else { return }
        take(reading, of: pdu, at: Date())
    }

    func take(_ reading: DeviceReading, of pdu: PDUName, at time: Date) {
        let minute = Int(time.timeIntervalSince1970) / 60 * 60
        let mustStart = state.withLock { state in
            guard state.size > 0 else { return false }
            for (quantity, value) in reading.measurements {
                state.add(value, Key(pdu: pdu, outlet: nil, quantity: quantity), minute)
            }
            for (outlet, values) in reading.outletMeasurements {
                for (quantity, value) in values {
                    state.add(value, Key(pdu: pdu, outlet: outlet, quantity: quantity), minute)
                }
            }
            guard !state.pending.isEmpty, !state.isDraining else { return false }
            state.isDraining = true
            return true
        }
        if mustStart { queue.asyncAfter(deadline: .now() + Self.pause) { self.drain() } }
    }

    /// Writes what is there, the buckets that are not full among it: the agent ends.
    public func close() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.state.withLock { state in
                    state.pending += state.open.map { ($0.key, $0.value) }
                    state.open = [:]
                }
                self.drain()
                continuation.resume()
            }
        }
    }

    /// What was measured; nothing where it cannot be read, or too many read.
    func buckets(of key: Key, _ query: HistoryQuery) async -> (width: Int, buckets: [Bucket])? {
        let mayRead = state.withLock { state in
            guard state.readers < Self.maximumReaders else { return false }
            state.readers += 1
            return true
        }
        guard mayRead else { return nil }
        return await withCheckedContinuation { continuation in
            queue.async {
                defer { self.state.withLock { $0.readers -= 1 } }
                self.drain()
                continuation.resume(returning: self.read(key, query))
            }
        }
    }

    // MARK: - On the queue

    private func drain() {
        let batch = state.withLock { state in
            let batch = state.pending
            state.pending = []
            state.isDraining = false
            return batch
        }
        let size = state.withLock(\.size)
        guard size > 0, !batch.isEmpty else { return }
        store.withLock { store in
            do {
                try write(batch, &store)
                let now = Date()
                let isDue = now.timeIntervalSince(store.prunedAt) > Self.pruneInterval
                if let file = store.file, try isDue || file.used() > size {
                    store.prunedAt = now
                    try file.prune(now: Int(now.timeIntervalSince1970), size: size)
                    // Some of them may have gone with the last of their buckets.
                    store.series = [:]
                }
                let lost = state.withLock { state in
                    defer { (state.lost, state.isFailing) = (0, false) }
                    return state.lost
                }
                if lost > 0 { logger.notice("the history can be written again", metadata: ["lost": "\(lost)"]) }
            } catch {
                store = Store()
                let isNew = state.withLock { state in
                    state.lost += batch.count
                    defer { state.isFailing = true }
                    return !state.isFailing
                }
                if isNew {
                    logger.warning(
                        "the history of what was measured cannot be written; the page lacks that time. Look at the disk.",
                        metadata: ["path": "\(path)", "error": "\(error)"]
                    )
                }
            }
        }
    }

    private func open(_ store: inout Store) throws -> DatabaseQueue {
        if let file = store.file, FileManager.default.fileExists(atPath: path) { return file }
        store = Store()
        var configuration = Configuration()
        configuration.busyMode = .timeout(1)
        configuration.prepareDatabase { database in
            // Effective only while the file is made; it lets the file shrink.
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = NORMAL")
            try database.execute(sql: "PRAGMA journal_size_limit = 1048576")
        }
        let file = try DatabaseQueue(path: path, configuration: configuration)
        try file.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS series (
                        number INTEGER PRIMARY KEY, pdu TEXT NOT NULL, outlet INTEGER NOT NULL, quantity TEXT NOT NULL,
                        UNIQUE (pdu, outlet, quantity)
                    );
                    CREATE TABLE IF NOT EXISTS buckets (
                        width INTEGER NOT NULL, series INTEGER NOT NULL, start INTEGER NOT NULL, count INTEGER NOT NULL,
                        sum REAL NOT NULL, min REAL NOT NULL, max REAL NOT NULL, PRIMARY KEY (width, series, start)
                    ) WITHOUT ROWID;
                    """
            )
        }
        store.file = file
        return file
    }

    private func write(_ batch: [(Key, Bucket)], _ store: inout Store) throws {
        let file = try open(&store)
        var series = store.series
        try file.write { database in
            let put = try database.makeStatement(
                sql: """
                    INSERT INTO buckets VALUES (?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET count = count + excluded.count, sum = sum + excluded.sum,
                        min = min(min, excluded.min), max = max(max, excluded.max)
                    """
            )
            for (key, bucket) in batch {
                let number = try series[key] ?? database.series(key, isNew: true)
                guard let number else { continue }
                series[key] = number
                for level in Self.levels {
                    try put.execute(arguments: [
                        level.width, number, bucket.start / level.width * level.width, bucket.count, bucket.sum,
                        bucket.min, bucket.max,
                    ])
                }
            }
        }
        store.series = series
    }

    private func read(_ key: Key, _ query: HistoryQuery) -> (width: Int, buckets: [Bucket])? {
        let open = state.withLock { $0.open[key] }
        return store.withLock { store in
            guard let file = try? self.open(&store) else { return nil }
            // What is asked for may be too old for the finest level that would do: a coarser one has it still.
            let fitting = Self.levels.last { $0.width <= query.width } ?? Self.levels[0]
            for level in Self.levels where level.width >= fitting.width {
                guard var found = try? file.read({ try $0.buckets(of: key, query, level: level.width) }) else {
                    return nil
                }
                let width = max(query.width, level.width)
                merge(open, query, width, &found)
                if !found.isEmpty { return (width, found) }
            }
            return (query.width, [])
        }
    }

    /// The bucket that is being filled is on no disk yet.
    private func merge(_ open: Bucket?, _ query: HistoryQuery, _ width: Int, _ found: inout [Bucket]) {
        guard let open, open.start >= query.since / 60 * 60, open.start < query.until else { return }
        let start = open.start / width * width
        if let last = found.indices.last, found[last].start == start {
            found[last].add(open)
        } else if found.last.map({ $0.start < start }) ?? true {
            var bucket = open
            bucket.start = start
            found.append(bucket)
        }
    }
}

extension HistoryStore.State {
    fileprivate mutating func add(_ value: Double, _ key: HistoryStore.Key, _ minute: Int) {
        guard value.isFinite else { return }
        if let known = open[key], known.start == minute {
            open[key]?.add(value)
            return
        }
        if let closed = open[key] {
            if pending.count < HistoryStore.maximumPending { pending.append((key, closed)) } else { lost += 1 }
        } else if open.count >= HistoryStore.maximumSeries {
            lost += 1
            return
        }
        var bucket = HistoryStore.Bucket(start: minute)
        bucket.add(value)
        open[key] = bucket
    }
}

extension Database {
    fileprivate func series(_ key: HistoryStore.Key, isNew: Bool = false) throws -> Int64? {
        let names: StatementArguments = [key.pdu.rawValue, key.outlet?.rawValue ?? 0, key.quantity.rawValue]
        if isNew { try execute(sql: "INSERT OR IGNORE INTO series VALUES (NULL, ?, ?, ?)", arguments: names) }
        return try Int64.fetchOne(
            self,
            sql: "SELECT number FROM series WHERE pdu = ? AND outlet = ? AND quantity = ?",
            arguments: names
        )
    }

    fileprivate func buckets(of key: HistoryStore.Key, _ query: HistoryQuery, level: Int) throws -> [HistoryStore
        .Bucket]
    {
        guard let number = try series(key) else { return [] }
        let width = max(query.width, level)
        let rows = try Row.fetchAll(
            self,
            sql: """
                SELECT start / ?1 * ?1, sum(count), sum(sum), min(min), max(max) FROM buckets
                WHERE width = ?2 AND series = ?3 AND start >= ?4 AND start < ?5 GROUP BY 1 ORDER BY 1
                """,
            arguments: [width, level, number, query.since / width * width, query.until]
        )
        return rows.map { HistoryStore.Bucket(start: $0[0], count: $0[1], sum: $0[2], min: $0[3], max: $0[4]) }
    }
}

extension DatabaseQueue {
    /// Removes what is too old, and of what is too much the oldest of the finest first.
    fileprivate func prune(now: Int, size: Int) throws {
        let room = size - min(size / 2, 2 << 20)  // the rest is for the write-ahead log and its index
        for level in HistoryStore.levels { try remove(level.width, before: now - level.age) }
        var share = 1.0
        // Of very many things even an hour may be too much. Where the share is none, nothing stays.
        while share > 0, try used() > room {
            share = share > 0.0001 ? share * 0.75 : 0
            for level in HistoryStore.levels {
                try remove(level.width, before: now - Int(Double(level.age) * share))
                if try used() <= room { break }
            }
        }
        // The name of a PDU that is no more goes with the last that was measured there.
        try write { database in
            try database.execute(
                sql:
                    "DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM buckets WHERE width = 3600 AND series = number)"
            )
        }
        try inDatabase { database in
            // Each step of this statement frees a page.
            _ = try Row.fetchAll(database, sql: "PRAGMA incremental_vacuum")
            _ = try Row.fetchAll(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }

    private func remove(_ width: Int, before start: Int) throws {
        try write { database in
            try database.execute(
                sql: "DELETE FROM buckets WHERE width = ? AND series IN (SELECT number FROM series) AND start < ?",
                arguments: [width, start]
            )
        }
    }

    fileprivate func used() throws -> Int {
        try read { database in
            let pageSize = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            let free = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
            return (pages - free) * pageSize
        }
    }
}
