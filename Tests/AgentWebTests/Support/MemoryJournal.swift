import Agent
import Power

/// A journal that says yes and forgets.
final class MemoryJournal: CommandJournal {
    func write(_ entry: JournalEntry, completion: (@Sendable (_ failure: String?) -> Void)?) { completion?(nil) }

    func remove(ticket: UInt64) {}

    func remember(_ memory: OutletMemory) {}

    func whenRemembered(_ completion: @escaping @Sendable (_ failure: String?) -> Void) { completion(nil) }
}
