public import Logging

/// The agent's journal: two files, so that nobody waits for another's disk without need.
///
/// What leaves something to be done later has to be on the disk before an outlet is touched. It lies in a file that is
/// flushed. What is only noted, so that the next start can answer it, need not survive a power cut. It lies in a file of
/// its own, because whoever writes to a file waits for a flush of it that is under way.
public final class AgentJournal: CommandJournal, GroupJournal {
    private let work: SQLiteJournal
    private let notes: SQLiteJournal

    /// A journal in a directory. Files that are missing are made; one that cannot be used does not stop the agent.
    public init(directory: String, logger: Logger) {
        work = SQLiteJournal(path: directory + "/journal.sqlite", logger: logger)
        notes = SQLiteJournal(
            path: directory + "/notes.sqlite",
            logger: logger,
            trouble: "the journal's notes fail: after a crash, a named ON or OFF may stay without answer"
        )
    }

    /// Why the journal cannot be written, while it cannot.
    public var failure: String? { work.failure ?? notes.failure }

    private func file(for command: Command) -> SQLiteJournal { command.needsJournal ? work : notes }

    /// Has an entry written to the file that its command belongs to.
    public func write(_ entry: JournalEntry, completion: (@Sendable (_ failure: String?) -> Void)?) {
        file(for: entry.command).write(entry, completion: completion)
    }

    /// Has a ticket forgotten.
    public func remove(ticket: UInt64) {
        work.remove(ticket: ticket)
        notes.remove(ticket: ticket)
    }

    /// Has an outlet's memory kept.
    public func remember(_ memory: OutletMemory) { work.remember(memory) }

    /// Has a group's entry written where the entries of its outlets will be, so that it is there before them.
    public func write(_ entry: GroupEntry) { file(for: entry.command).write(entry) }

    /// Has a group's command forgotten.
    public func remove(group number: UInt64) {
        work.remove(group: number)
        notes.remove(group: number)
    }

    /// What an earlier process left.
    ///
    /// - Returns: nothing when what must be finished cannot be read now.
    public func load() -> JournalContents? {
        guard let work = work.load() else { return nil }
        guard let notes = notes.load() else { return work }
        var all = work
        all.entries = (work.entries + notes.entries).sorted { $0.ticket < $1.ticket }
        all.groups = (work.groups + notes.groups).sorted { $0.number < $1.number }
        all.answers = (work.answers + notes.answers).sorted { $0.result.finishedAt < $1.result.finishedAt }
        all.lastTicket = max(work.lastTicket, notes.lastTicket)
        return all
    }

    /// Waits until everything asked for so far is written, or cannot be.
    public func flush() async {
        await work.flush()
        await notes.flush()
    }
}
