/// Keeps the commands for several outlets that are not answered yet beyond the life of the process.
public protocol GroupJournal: Sendable {
    /// Writes an entry, replacing the command's earlier one. It is a note that survives the death of the process, and
    /// is on file no later than what is written after it.
    func write(_ entry: GroupEntry)

    /// Forgets a command whose answer the broker has.
    func remove(group number: UInt64)
}
