import Agent

/// The journal of a command line that drives devices itself: what it has begun it finishes before it ends, and nobody
/// would read a journal afterwards.
struct ForgetfulJournal: CommandJournal, GroupJournal, LoadJournal {
    func write(_ entry: JournalEntry, completion: (@Sendable (_ failure: String?) -> Void)?) { completion?(nil) }
    func write(_ entry: GroupEntry, completion: (@Sendable (_ failure: String?) -> Void)?) { completion?(nil) }
    func write(_ entry: LoadEntry, completion: (@Sendable (_ failure: String?) -> Void)?) { completion?(nil) }
    func remove(ticket: UInt64) {}
    func remove(group number: UInt64) {}
    func remove(load number: UInt64) {}
    func remember(_ memory: OutletMemory) {}
    func whenRemembered(_ completion: @escaping @Sendable (_ failure: String?) -> Void) { completion(nil) }
}
