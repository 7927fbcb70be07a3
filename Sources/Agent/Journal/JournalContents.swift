/// What an earlier process left in the journal.
public struct JournalContents: Sendable {
    /// Work that was begun, in the order in which it arrived.
    public var entries: [JournalEntry] = []
    /// Commands for several outlets, in the order in which they arrived.
    public var groups: [GroupEntry] = []
    /// Answers given within the last minutes, oldest first.
    public var answers: [RecalledAnswer] = []
    /// What protections have to know.
    public var memories: [OutletMemory] = []
    /// The largest number among the entries' tickets and the groups.
    public var lastTicket: UInt64 = 0

    /// Nothing.
    public init() {}
}
