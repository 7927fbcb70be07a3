/// Why the journal's file cannot be used.
struct JournalError: Error, CustomStringConvertible {
    let message: String

    var description: String { message }
}
