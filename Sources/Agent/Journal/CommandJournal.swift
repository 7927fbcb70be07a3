public import Power

/// Keeps what must be finished, and what was answered, beyond the life of the process.
public protocol CommandJournal: Sendable {
    /// Writes an entry, replacing the ticket's earlier one.
    ///
    /// - Parameter completion: called once from any thread when the entry is on disk, or with the reason why it is not.
    func write(_ entry: JournalEntry, completion: (@Sendable (_ failure: String?) -> Void)?)

    /// Forgets a ticket whose command was answered.
    func remove(ticket: UInt64)

    /// Remembers an answer, so that the same id is not executed again after a restart.
    func remember(_ result: CommandResult, for outlet: OutletID, id: String)
}
