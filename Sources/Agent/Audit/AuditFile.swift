import Foundation
import GRDB
import Power

/// The open SQLite file of the audit trail, for writing.
final class AuditFile: Sendable {
    private let connection: DatabaseQueue
    private let identity: FileIdentity

    init(path: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(1)
        configuration.prepareDatabase { database in
            // Effective only while the file is made; it lets the file shrink.
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = NORMAL")
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 64")
            try database.execute(sql: "PRAGMA journal_size_limit = 262144")
        }
        connection = try DatabaseQueue(path: path, configuration: configuration)
        try connection.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS entries (
                        number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, kind TEXT NOT NULL, pdu TEXT,
                        outlet TEXT, target TEXT, action TEXT, id TEXT, by TEXT, reason TEXT, reply_topic TEXT,
                        received_at REAL, status TEXT NOT NULL, code TEXT, message TEXT, before TEXT, after TEXT,
                        queued_ms REAL, device_ms REAL
                    );
                    CREATE INDEX IF NOT EXISTS entries_by_time ON entries (at);
                    CREATE INDEX IF NOT EXISTS entries_by_pdu ON entries (pdu, outlet);
                    """
            )
            // Files of versions that knew no users lack these.
            let columns = Set(try database.columns(in: "entries").map(\.name))
            for name in ["user", "door"] where !columns.contains(name) {
                try database.execute(sql: "ALTER TABLE entries ADD COLUMN \(name) TEXT")
            }
        }
        identity = FileIdentity(path: path)
    }

    /// Whether the open file is still the one that has the name.
    var isInPlace: Bool { identity.isInPlace }

    func append(_ entries: [AuditEntry]) throws {
        try connection.write { database in
            let statement = try database.cachedStatement(
                sql: "INSERT INTO entries VALUES (NULL, \(Array(repeating: "?", count: 20).joined(separator: ", ")))"
            )
            for entry in entries { try statement.execute(arguments: entry.arguments) }
        }
    }

    /// Removes what is too old, and the oldest of what is too much.
    func prune(_ limits: AuditLimits, now: Date) throws {
        let oldest = now.timeIntervalSince1970 - limits.age.inSeconds
        // The rest is for the write-ahead log and its index.
        let room = limits.size - min(limits.size / 2, 2 << 20)
        try connection.write { database in
            try database.execute(sql: "DELETE FROM entries WHERE at < ?", arguments: [oldest])
            let pageSize = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
            // Each round removes an eighth; the bound is for a file whose size does not follow.
            for _ in 0..<64 {
                let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
                let free = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
                guard (pages - free) * pageSize > room else { break }
                try database.execute(
                    sql: """
                        DELETE FROM entries WHERE number <= (
                            SELECT number FROM entries ORDER BY number
                            LIMIT 1 OFFSET (SELECT count(*) / 8 FROM entries)
                        )
                        """
                )
            }
        }
        try connection.inDatabase { database in
            // Each step of this statement frees a page.
            _ = try Row.fetchAll(database, sql: "PRAGMA incremental_vacuum")
            _ = try Row.fetchAll(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }
}

extension AuditEntry {
    fileprivate var arguments: StatementArguments {
        let values: [(any DatabaseValueConvertible)?] = [
            time.timeIntervalSince1970, kind.rawValue, pdu, outlet, target, action?.rawValue, id, by, reason,
            replyTopic, receivedAt?.timeIntervalSince1970, status, code, message, before?.rawValue, after?.rawValue,
            queuedMilliseconds, deviceMilliseconds, user, door?.rawValue,
        ]
        return StatementArguments(values)
    }
}
