import Power

/// What an earlier process left in the journal.
public struct JournalContents: Sendable {
    /// Work that was begun, in the order in which it arrived.
    public var entries: [JournalEntry] = []
    /// Commands for several outlets, in the order in which they arrived.
    public var groups: [GroupEntry] = []
    /// Commands for loads, in the order in which they arrived.
    public var loads: [LoadEntry] = []
    /// Answers to commands for loads with an id, given within the last minutes, oldest first.
    public var loadAnswers: [LoadResult] = []
    /// Answers given within the last minutes, oldest first.
    public var answers: [RecalledAnswer] = []
    /// What protections have to know.
    public var memories: [OutletMemory] = []
    /// The outlets of each PDU for which something was retained at the broker.
    public var published: [String: [Int]] = [:]
    /// The largest number among the entries' tickets, the groups and the loads' commands.
    public var lastTicket: UInt64 = 0

    /// Nothing.
    public init() {}

    /// The part of each PDU that has one; what concerns several of them is in none.
    var byPDU: [PDUName: JournalContents] {
        var parts: [PDUName: JournalContents] = [:]
        for entry in entries { parts[entry.outlet.pdu, default: JournalContents()].entries.append(entry) }
        for answer in answers { parts[answer.outlet.pdu, default: JournalContents()].answers.append(answer) }
        for memory in memories { parts[memory.outlet.pdu, default: JournalContents()].memories.append(memory) }
        return parts
    }
}
