/// Keeps what must be finished, and what was answered, beyond the life of the process.
public protocol CommandJournal: Sendable {
    /// Writes an entry, replacing the ticket's earlier one. An entry of stage `finished` whose command has an id is
    /// remembered for 10 minutes, so that the same id is not executed again after a restart.
    ///
    /// - Parameter completion: called once from any thread when the entry is on disk (one of stage `accepted`: when it
    ///   would survive the death of the process), or with the reason why it is not.
    func write(_ entry: JournalEntry, completion: (@Sendable (_ failure: String?) -> Void)?)

    /// Forgets a ticket whose answer the broker has.
    func remove(ticket: UInt64)

    /// Keeps what an outlet's protections must know after a restart.
    func remember(_ memory: OutletMemory)
}
