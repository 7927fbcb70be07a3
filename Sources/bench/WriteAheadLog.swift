import Foundation
import GRDB

/// The write-ahead log of an SQLite file that another process writes: how many transactions went into it.
///
/// It holds a reading transaction open, so that the log is not begun anew before it was counted.
final class WriteAheadLog {
    private let connection: DatabaseQueue
    private let path: String
    private var before = 0

    /// Counts from now on.
    init(of file: String) throws {
        path = file + "-wal"
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        connection = try DatabaseQueue(path: file, configuration: configuration)
        try connection.unsafeReentrantWrite { database in
            try database.execute(sql: "BEGIN")
            _ = try Row.fetchOne(database, sql: "SELECT * FROM sqlite_master")
        }
        before = try committed()
    }

    /// The transactions since the beginning.
    func transactions() throws -> Int { try committed() - before }

    /// The frames that end a transaction: those that say how large the database is after it.
    /// (https://www.sqlite.org/fileformat2.html, section 4.1)
    private func committed() throws -> Int {
        let log = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        guard log.count >= 32 else { return 0 }
        func number(at place: Int) -> Int { log[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
        let frame = 24 + number(at: 8)
        let salt = log[16..<24]
        return stride(from: 32, through: log.count - frame, by: frame)
            .prefix { log[$0 + 8..<$0 + 16].elementsEqual(salt) }
            .count { number(at: $0 + 4) != 0 }
    }
}
