import Foundation
import GRDB
import Glibc
import Power
import Synchronization

/// The open SQLite file of the journal.
final class JournalFile: Sendable {
    private let connection: DatabaseQueue
    private let identity: FileIdentity
    /// Whether the connection flushes now; nothing before it was told.
    private let isSynchronous = Mutex<Bool?>(nil)

    /// Opens the file, or makes it, and proves that it can be written.
    init(path: String) throws {
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 1000")
        }
        connection = try DatabaseQueue(path: path, configuration: configuration)
        try connection.inDatabase { database in
            let check = try String.fetchAll(database, sql: "PRAGMA quick_check(1)")
            guard check == ["ok"] else {
                throw JournalError(message: "the file is damaged (\(check.first ?? "no answer")); move it away")
            }
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS work (ticket INTEGER PRIMARY KEY, entry BLOB NOT NULL);
                    CREATE TABLE IF NOT EXISTS groups (number INTEGER PRIMARY KEY, entry BLOB NOT NULL);
                    CREATE TABLE IF NOT EXISTS loads (number INTEGER PRIMARY KEY, entry BLOB NOT NULL);
                    CREATE TABLE IF NOT EXISTS load_answers (
                        load TEXT NOT NULL, id TEXT NOT NULL, result BLOB NOT NULL, at REAL NOT NULL,
                        PRIMARY KEY (load, id)
                    ) WITHOUT ROWID;
                    CREATE INDEX IF NOT EXISTS load_answers_by_time ON load_answers (at);
                    CREATE TABLE IF NOT EXISTS answers (
                        outlet TEXT NOT NULL, id TEXT NOT NULL, result BLOB NOT NULL, at REAL NOT NULL,
                        PRIMARY KEY (outlet, id)
                    ) WITHOUT ROWID;
                    CREATE INDEX IF NOT EXISTS answers_by_time ON answers (at);
                    CREATE TABLE IF NOT EXISTS outlets (outlet TEXT PRIMARY KEY, memory BLOB NOT NULL) WITHOUT ROWID;
                    CREATE TABLE IF NOT EXISTS published (one INTEGER PRIMARY KEY CHECK (one = 1), outlets BLOB NOT NULL);
                    CREATE TABLE IF NOT EXISTS opened (one INTEGER PRIMARY KEY CHECK (one = 1), at REAL NOT NULL);
                    """
            )
            // A file that can only be read is noticed now and not when a cycle wants to begin.
            try database.execute(
                sql: "INSERT OR REPLACE INTO opened VALUES (1, ?)",
                arguments: [Date().timeIntervalSince1970]
            )
        }
        identity = FileIdentity(path: path)
        // A file without room is used all the same: new work is refused by itself, and ends may still fit.
        try? makeRoom()
    }

    /// Has the file and its log hold room for the ends of what has begun, so that they can be written to a full disk: pages
    /// of the file that are free, and a log that is used again from its beginning.
    private func makeRoom() throws {
        try connection.inDatabase { database in
            try database.execute(sql: "CREATE TABLE IF NOT EXISTS room (block BLOB)")
            try database.execute(sql: "INSERT INTO room VALUES (zeroblob(?))", arguments: [Self.room])
            try database.execute(sql: "DELETE FROM room")
            try database.execute(sql: "PRAGMA wal_checkpoint(RESTART)")
        }
    }

    /// In bytes: enough for some hundred ends at once, each of less than a page.
    private static let room = 512 * 1024

    /// Reads a file that cannot be opened where it is, because nothing can be written there: from a copy somewhere else.
    ///
    /// - Throws: the last error when there is no place for a copy, or it cannot be read either.
    static func readCopy(of path: String, answersSince oldest: Date) throws -> (JournalContents, unreadable: Int) {
        let files = FileManager.default
        var lastError: any Error = JournalError(message: "there is no place for a copy of \(path)")
        for place in [files.temporaryDirectory.path, "/dev/shm", "/run"] {
            let directory = "\(place)/busbar-\(UUID().uuidString)"
            defer { try? files.removeItem(atPath: directory) }
            do {
                try files.createDirectory(
                    atPath: directory,
                    withIntermediateDirectories: false,
                    attributes: [.posixPermissions: 0o700]
                )
                let copy = directory + "/journal.sqlite"
                try files.copyItem(atPath: path, toPath: copy)
                if files.fileExists(atPath: path + "-wal") {
                    try files.copyItem(atPath: path + "-wal", toPath: copy + "-wal")
                }
                return try read(DatabaseQueue(path: copy), answersSince: oldest)
            } catch {
                lastError = error
            }
        }
        throw lastError
    }

    /// Whether the open file is still the one that has the name. What is written to a removed file is lost.
    var isInPlace: Bool { identity.isInPlace }

    /// Writes in one transaction.
    ///
    /// - Parameter synchronously: whether it has to be on the disk, and not only with the system, when this returns.
    func write(synchronously: Bool, _ changes: (Database) throws -> Void) throws {
        try connection.inDatabase { database in
            if isSynchronous.withLock(\.self) != synchronously {
                try database.execute(sql: "PRAGMA synchronous = \(synchronously ? "FULL" : "NORMAL")")
                isSynchronous.withLock { $0 = synchronously }
            }
            func commit() throws {
                try database.inTransaction {
                    try changes(database)
                    return .commit
                }
            }
            do {
                try commit()
            } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
                // The room that the log holds is used from its beginning when the file has taken over what is in it.
                try database.execute(sql: "PRAGMA wal_checkpoint(RESTART)")
                try commit()
            }
        }
    }

    /// Reads everything; with it the number of entries that cannot be read.
    func read(answersSince oldest: Date) throws -> (JournalContents, unreadable: Int) {
        try Self.read(connection, answersSince: oldest)
    }

    private static func read(
        _ connection: DatabaseQueue,
        answersSince oldest: Date
    ) throws -> (JournalContents, unreadable: Int) {
        try connection.read { database in
            var contents = JournalContents()
            let rows = try Row.fetchAll(database, sql: "SELECT entry FROM work ORDER BY ticket")
            contents.entries = rows.compactMap { Self.decode(JournalEntry.self, $0["entry"]) }
            let groups = try Data.fetchAll(database, sql: "SELECT entry FROM groups ORDER BY number")
            contents.groups = groups.compactMap { Self.decode(GroupEntry.self, $0) }
            var loads: [Data] = []
            // A copy of a file that an older version wrote may not have the tables.
            if try database.tableExists("load_answers") {
                loads = try Data.fetchAll(database, sql: "SELECT entry FROM loads ORDER BY number")
                contents.loads = loads.compactMap { Self.decode(LoadEntry.self, $0) }
                contents.loadAnswers = try Data.fetchAll(
                    database,
                    sql: "SELECT result FROM load_answers WHERE at >= ? ORDER BY at",
                    arguments: [oldest.timeIntervalSince1970]
                )
                .compactMap { Self.decode(LoadResult.self, $0) }
            }
            contents.answers = try Row.fetchAll(
                database,
                sql: "SELECT outlet, id, result FROM answers WHERE at >= ? ORDER BY at",
                arguments: [oldest.timeIntervalSince1970]
            )
            .compactMap { row in
                guard let outlet = OutletID(row["outlet"] as String),
                    let result = Self.decode(CommandResult.self, row["result"])
                else { return nil }
                return RecalledAnswer(outlet: outlet, id: row["id"], result: result)
            }
            contents.memories = try Data.fetchAll(database, sql: "SELECT memory FROM outlets")
                .compactMap { Self.decode(OutletMemory.self, $0) }
            // A copy of a file that an older version wrote may not have the table.
            if try database.tableExists("published") {
                contents.published =
                    try Data.fetchOne(database, sql: "SELECT outlets FROM published")
                    .flatMap { Self.decode([String: [Int]].self, $0) } ?? [:]
            }
            let last = try Int64.fetchOne(database, sql: "SELECT max(ticket) FROM work") ?? 0
            let lastGroup = try Int64.fetchOne(database, sql: "SELECT max(number) FROM groups") ?? 0
            let lastLoad = contents.loads.last?.number ?? 0
            contents.lastTicket = max(UInt64(bitPattern: max(last, lastGroup)), lastLoad)
            let readable = contents.entries.count + contents.groups.count + contents.loads.count
            return (contents, rows.count + groups.count + loads.count - readable)
        }
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ data: Data) -> Value? {
        try? JSONDecoder().decode(type, from: data)
    }
}

extension Database {
    /// Runs a statement that is parsed once.
    private func run(_ sql: String, _ arguments: StatementArguments) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    func put(_ entry: JournalEntry) throws {
        try run(
            "INSERT OR REPLACE INTO work (ticket, entry) VALUES (?, ?)",
            [Int64(bitPattern: entry.ticket), try JSONEncoder().encode(entry)]
        )
        guard let result = entry.result, let id = entry.command.id else { return }
        try run(
            "INSERT OR REPLACE INTO answers (outlet, id, result, at) VALUES (?, ?, ?, ?)",
            [
                entry.outlet.description, id, try JSONEncoder().encode(result), Date().timeIntervalSince1970,
            ]
        )
    }

    func put(_ memory: OutletMemory) throws {
        try run(
            "INSERT OR REPLACE INTO outlets (outlet, memory) VALUES (?, ?)",
            [memory.outlet.description, try JSONEncoder().encode(memory)]
        )
    }

    func put(_ entry: GroupEntry) throws {
        try run(
            "INSERT OR REPLACE INTO groups (number, entry) VALUES (?, ?)",
            [Int64(bitPattern: entry.number), try JSONEncoder().encode(entry)]
        )
    }

    func put(_ entry: LoadEntry) throws {
        try run(
            "INSERT OR REPLACE INTO loads (number, entry) VALUES (?, ?)",
            [Int64(bitPattern: entry.number), try JSONEncoder().encode(entry)]
        )
        guard let result = entry.result, let id = entry.command.id else { return }
        try run(
            "INSERT OR REPLACE INTO load_answers (load, id, result, at) VALUES (?, ?, ?, ?)",
            [entry.load, id, try JSONEncoder().encode(result), Date().timeIntervalSince1970]
        )
    }

    func put(published outlets: [String: [Int]]) throws {
        try run("INSERT OR REPLACE INTO published (one, outlets) VALUES (1, ?)", [try JSONEncoder().encode(outlets)])
    }

    func remove(group number: UInt64) throws {
        try run("DELETE FROM groups WHERE number = ?", [Int64(bitPattern: number)])
    }

    func remove(load number: UInt64) throws {
        try run("DELETE FROM loads WHERE number = ?", [Int64(bitPattern: number)])
    }

    func remove(ticket: UInt64) throws {
        try run("DELETE FROM work WHERE ticket = ?", [Int64(bitPattern: ticket)])
    }

    func forgetAnswers(before oldest: Date) throws {
        try run("DELETE FROM answers WHERE at < ?", [oldest.timeIntervalSince1970])
        try run("DELETE FROM load_answers WHERE at < ?", [oldest.timeIntervalSince1970])
    }
}

/// The room on a disk.
enum FreeSpace {
    /// How many bytes are free for this process where the file is; nothing when that cannot be told.
    static func bytes(at path: String) -> UInt64? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }
}
