import Foundation
import GRDB
import Glibc
import Power

/// Reads an audit trail, also while an agent writes it.
public struct AuditReader: Sendable {
    /// Why an audit trail cannot be read.
    public struct Problem: Error, Sendable, CustomStringConvertible {
        /// What happened and what to do.
        public let description: String
    }

    private let connection: DatabaseQueue
    private let path: String

    /// Opens an audit trail for reading.
    ///
    /// - Throws: `Problem` when there is none or it cannot be read.
    public init(path: String) throws(Problem) {
        self.path = path
        guard access(path, F_OK) == 0 else {
            let words = errno == EACCES ? "may not be looked at by this user" : "is not there"
            throw Problem(description: "\(path) \(words); is it the state directory of an agent that has run?")
        }
        guard access(path, R_OK) == 0 else {
            throw Problem(description: "\(path) may not be read by this user; try as the agent's user or as root")
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(2)
        do {
            connection = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw Problem(description: "\(path): \(JournalError.words(error))")
        }
    }

    /// The newest entries that match, oldest first, each with its number.
    ///
    /// - Throws: `Problem` when the file cannot be read.
    public func entries(_ filter: AuditFilter, limit: Int) throws(Problem) -> [(number: Int64, entry: AuditEntry)] {
        do {
            return try connection.read { database in
                let (condition, arguments) = filter.condition
                let rows = try Row.fetchAll(
                    database,
                    sql: "SELECT * FROM entries WHERE \(condition) ORDER BY number DESC LIMIT ?",
                    arguments: arguments + [limit]
                )
                return rows.reversed().compactMap { row in AuditEntry(row).map { (row["number"], $0) } }
            }
        } catch {
            throw Problem(description: "\(path): \(JournalError.words(error))")
        }
    }
}

extension AuditFilter {
    fileprivate var condition: (sql: String, arguments: StatementArguments) {
        var parts = ["1"]
        var arguments = StatementArguments()
        func add(_ part: String, _ value: (any DatabaseValueConvertible)?) {
            guard let value else { return }
            parts.append(part)
            arguments += [value]
        }
        add("pdu = ?", pdu)
        add(includesWholePDU ? "(outlet = ? OR outlet IS NULL)" : "outlet = ?", outlet)
        add("at >= ?", since?.timeIntervalSince1970)
        add("at <= ?", until?.timeIntervalSince1970)
        add("by = ?", by)
        add("user = ?", user)
        if let outlets {
            let marks = outlets.map { _ in "?" }.joined(separator: ", ")
            parts.append("(outlet IN (\(marks)) OR (outlet IS NULL AND kind = 'availability'))")
            arguments += StatementArguments(outlets)
        }
        add("number > ?", after)
        add("number < ?", before)
        if !statuses.isEmpty {
            parts.append("status IN (\(statuses.map { _ in "?" }.joined(separator: ", ")))")
            arguments += StatementArguments(statuses)
        }
        return (parts.joined(separator: " AND "), arguments)
    }
}

extension AuditEntry {
    fileprivate init?(_ row: Row) {
        guard let kind = Kind(rawValue: row["kind"]) else { return nil }
        self.init(kind, at: Date(timeIntervalSince1970: row["at"]), status: row["status"])
        pdu = row["pdu"]
        outlet = row["outlet"]
        target = row["target"]
        action = (row["action"] as String?).flatMap(Action.init(rawValue:))
        id = row["id"]
        by = row["by"]
        user = row["user"]
        door = (row["door"] as String?).flatMap(Door.init(rawValue:))
        reason = row["reason"]
        replyTopic = row["reply_topic"]
        receivedAt = (row["received_at"] as Double?).map(Date.init(timeIntervalSince1970:))
        code = row["code"]
        message = row["message"]
        before = (row["before"] as String?).flatMap(PowerState.init(rawValue:))
        after = (row["after"] as String?).flatMap(PowerState.init(rawValue:))
        queuedMilliseconds = row["queued_ms"]
        deviceMilliseconds = row["device_ms"]
    }
}
