import Dispatch
import Foundation
import GRDB
public import Logging
public import Power
import Synchronization

/// The journal in a SQLite file of the state directory.
///
/// All writes go through one queue of its own; what is asked for while a write is on its way to the disk goes into the
/// next transaction together, so a thousand cycles cost a few flushes of the disk and no lane waits for another's.
public final class SQLiteJournal: CommandJournal {
    /// How long an answer is remembered.
    private static let answerMemory: TimeInterval = 600
    /// How long a file that could not be opened is left alone before the next try.
    private static let reopenPause: TimeInterval = 2

    private enum Change {
        case write(JournalEntry, completion: (@Sendable (String?) -> Void)?)
        case remove(UInt64)
        case remember(CommandResult, OutletID, id: String)
    }

    private struct State {
        var pending: [Change] = []
        var isDraining = false
        var failure: String?
    }

    private let path: String
    private let logger: Logger
    private let queue = DispatchQueue(label: "busbar.journal")
    private let state = Mutex(State())
    private let database: Mutex<(connection: DatabaseQueue?, openedAt: Date)>

    /// A journal at a path; the file is made when it is missing.
    ///
    /// A file that cannot be opened does not stop the agent: the journal then fails every write with the reason, so
    /// that nothing is begun that could not be finished, and tries to open it again from time to time.
    public init(path: String, logger: Logger) {
        self.path = path
        self.logger = logger
        database = Mutex((nil, .distantPast))
        do {
            try database.withLock { $0 = (try Self.open(path), Date()) }
        } catch {
            noteFailure("\(path): \(Self.words(error))")
        }
    }

    /// Why the journal cannot be written, while it cannot.
    public var failure: String? { state.withLock(\.failure) }

    // MARK: - CommandJournal

    /// Has an entry written with the next flush of the disk.
    public func write(_ entry: JournalEntry, completion: (@Sendable (_ failure: String?) -> Void)?) {
        enqueue(.write(entry, completion: completion))
    }

    /// Has a ticket forgotten with the next write.
    public func remove(ticket: UInt64) {
        enqueue(.remove(ticket))
    }

    /// Has an answer remembered with the next write.
    public func remember(_ result: CommandResult, for outlet: OutletID, id: String) {
        enqueue(.remember(result, outlet, id: id))
    }

    /// What an earlier process left: unfinished work, answers, and the last ticket's number. Called once, at start.
    public func load() -> JournalContents {
        do {
            let contents = try connection().read { database in
                JournalContents(
                    entries: try Row.fetchAll(database, sql: "SELECT ticket, entry FROM work ORDER BY ticket")
                        .compactMap { row in Self.decode(JournalEntry.self, row["entry"]) },
                    answers: try Row.fetchAll(database, sql: "SELECT outlet, id, result FROM answers")
                        .compactMap { row -> RecalledAnswer? in
                            guard let outlet = OutletID(row["outlet"] as String),
                                let result = Self.decode(CommandResult.self, row["result"])
                            else { return nil }
                            return RecalledAnswer(outlet: outlet, id: row["id"], result: result)
                        },
                    lastTicket: UInt64(
                        bitPattern: try Int64.fetchOne(database, sql: "SELECT max(ticket) FROM work") ?? 0
                    )
                )
            }
            noteSuccess()
            return contents
        } catch {
            noteFailure("\(path): \(Self.words(error))")
            return JournalContents(entries: [], answers: [], lastTicket: 0)
        }
    }

    /// Waits until everything asked for so far is written.
    public func flush() async {
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

    private func drain() {
        while true {
            let batch = state.withLock { state in
                defer { state.pending.removeAll(keepingCapacity: true) }
                if state.pending.isEmpty { state.isDraining = false }
                return state.pending
            }
            if batch.isEmpty { return }
            var failure: String?
            do {
                try commit(batch)
                noteSuccess()
            } catch {
                let reason = "the journal \(path) cannot be written: \(Self.words(error))"
                noteFailure(reason)
                failure = reason
                // What is done must not be done again after a restart, so forgetting is tried with every later write.
                let removals = batch.filter { if case .remove = $0 { true } else { false } }
                state.withLock { $0.pending.insert(contentsOf: removals, at: 0) }
            }
            for case .write(_, let completion) in batch { completion?(failure) }
            if failure != nil { return state.withLock { $0.isDraining = false } }
        }
    }

    private func commit(_ batch: [Change]) throws {
        let mustBeOnDisk = batch.contains { if case .write(_, .some) = $0 { true } else { false } }
        let database = try connection()
        try database.inDatabase { database in
            // Only work that must survive a power cut waits for the disk; answers need to survive a crash of ours.
            try database.execute(sql: "PRAGMA synchronous = \(mustBeOnDisk ? "FULL" : "NORMAL")")
            try database.inTransaction {
                for change in batch { try Self.apply(change, to: database) }
                return .commit
            }
        }
    }

    private static func apply(_ change: Change, to database: Database) throws {
        switch change {
        case .write(let entry, _):
            try database.execute(
                sql: "INSERT OR REPLACE INTO work (ticket, entry) VALUES (?, ?)",
                arguments: [Int64(bitPattern: entry.ticket), try JSONEncoder().encode(entry)]
            )
        case .remove(let ticket):
            try database.execute(sql: "DELETE FROM work WHERE ticket = ?", arguments: [Int64(bitPattern: ticket)])
        case .remember(let result, let outlet, let id):
            let now = Date().timeIntervalSince1970
            try database.execute(
                sql: "INSERT OR REPLACE INTO answers (outlet, id, result, at) VALUES (?, ?, ?, ?)",
                arguments: [outlet.description, id, try JSONEncoder().encode(result), now]
            )
            try database.execute(sql: "DELETE FROM answers WHERE at < ?", arguments: [now - answerMemory])
        }
    }

    // MARK: - The file

    private func connection() throws -> DatabaseQueue {
        try database.withLock { database in
            if let connection = database.connection { return connection }
            guard Date().timeIntervalSince(database.openedAt) > Self.reopenPause else {
                throw JournalError(message: state.withLock(\.failure) ?? "it could not be opened")
            }
            database.openedAt = Date()
            let connection = try Self.open(path)
            database.connection = connection
            return connection
        }
    }

    private static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 1000")
        }
        let connection = try DatabaseQueue(path: path, configuration: configuration)
        try connection.inDatabase { database in
            let check = try String.fetchAll(database, sql: "PRAGMA quick_check(1)")
            guard check == ["ok"] else {
                throw JournalError(message: "the file is damaged (\(check.first ?? "no answer")); move it away")
            }
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS work (ticket INTEGER PRIMARY KEY, entry BLOB NOT NULL);
                    CREATE TABLE IF NOT EXISTS answers (
                        outlet TEXT NOT NULL, id TEXT NOT NULL, result BLOB NOT NULL, at REAL NOT NULL,
                        PRIMARY KEY (outlet, id)
                    ) WITHOUT ROWID;
                    CREATE INDEX IF NOT EXISTS answers_by_time ON answers (at);
                    """
            )
        }
        return connection
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ data: Data) -> Value? {
        try? JSONDecoder().decode(type, from: data)
    }

    private func noteFailure(_ reason: String) {
        let isNews = state.withLock { state in
            defer { state.failure = reason }
            return state.failure != reason
        }
        if isNews {
            logger.error("the journal fails: cycles, delays and 'for' are refused", metadata: ["error": "\(reason)"])
        }
    }

    private func noteSuccess() {
        let wasBroken = state.withLock { state in
            defer { state.failure = nil }
            return state.failure != nil
        }
        if wasBroken { logger.notice("the journal works again") }
    }

    private static func words(_ error: any Error) -> String {
        if let error = error as? DatabaseError {
            switch error.resultCode {
            case .SQLITE_FULL: return "the disk is full"
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: return "the file is damaged; move it away"
            case .SQLITE_READONLY: return "the file or its directory is read-only"
            case .SQLITE_CANTOPEN: return "the file cannot be opened; check that the directory exists and is writable"
            default: return error.message ?? "\(error.resultCode)"
            }
        }
        return "\(error)"
    }
}
