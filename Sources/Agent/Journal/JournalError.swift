import GRDB

/// Why the journal's file cannot be used.
struct JournalError: Error, CustomStringConvertible {
    let message: String

    var description: String { message }

    /// An error of SQLite in words that say what to do.
    static func words(_ error: any Error) -> String {
        guard let error = error as? DatabaseError else { return "\(error)" }
        return switch error.resultCode {
        case .SQLITE_FULL: "the disk is full"
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: "the file is damaged; move it away"
        case .SQLITE_READONLY: "the file or its directory is read-only"
        case .SQLITE_CANTOPEN: "the file cannot be opened; check that the directory exists and is writable"
        default: error.message ?? "\(error.resultCode)"
        }
    }
}
