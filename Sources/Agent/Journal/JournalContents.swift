/// What an earlier process left in the journal.
public struct JournalContents: Sendable {
    /// Work that was begun, in the order in which it arrived.
    public var entries: [JournalEntry]
    /// Answers given within the last minutes.
    public var answers: [RecalledAnswer]
    /// The largest number among the entries' tickets.
    public var lastTicket: UInt64

    /// Contents.
    public init(entries: [JournalEntry], answers: [RecalledAnswer], lastTicket: UInt64) {
        self.entries = entries
        self.answers = answers
        self.lastTicket = lastTicket
    }
}
