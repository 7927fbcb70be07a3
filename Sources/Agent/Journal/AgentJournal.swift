internal import HostNames
public import Logging

/// The agent's journal: two files, so that nobody waits for another's disk without need.
///
/// What has to survive a power cut lies in a file that is flushed: work before its outlet is touched, and every end that
/// a restart could contradict before it is told. That a named command has arrived is only noted, so that the next start
/// can answer it. The notes lie in a file of their own, because whoever writes to a file waits for a flush of it that is
/// under way.
public final class AgentJournal: CommandJournal, GroupJournal, LoadJournal {
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

    /// Has an entry written to the file that its stage belongs to.
    public func write(_ entry: JournalEntry, completion: (@Sendable (_ failure: String?) -> Void)?) {
        (entry.stage == .accepted ? notes : work).write(entry, completion: completion)
    }

    /// Has a ticket forgotten.
    public func remove(ticket: UInt64) {
        work.remove(ticket: ticket)
        notes.remove(ticket: ticket)
    }

    /// Has an outlet's memory kept.
    public func remember(_ memory: OutletMemory) { work.remember(memory) }

    /// Tells when every memory given so far is on the disk, or why it is not.
    public func whenRemembered(_ completion: @escaping @Sendable (_ failure: String?) -> Void) {
        work.whenRemembered(completion)
    }

    /// Has a group's entry written where the entries of its outlets will be, so that it is there before them; its answer
    /// where it is flushed.
    public func write(_ entry: GroupEntry, completion: (@Sendable (_ failure: String?) -> Void)?) {
        (entry.payload != nil || entry.command.needsJournal ? work : notes).write(entry, completion: completion)
    }

    /// Has a group's command forgotten.
    public func remove(group number: UInt64) {
        work.remove(group: number)
        notes.remove(group: number)
    }

    /// Has a load's entry written to the file that its stage belongs to.
    public func write(_ entry: LoadEntry, completion: (@Sendable (_ failure: String?) -> Void)?) {
        (entry.stage == .accepted ? notes : work).write(entry, completion: completion)
    }

    /// Has a load's command forgotten.
    public func remove(load number: UInt64) {
        work.remove(load: number)
        notes.remove(load: number)
    }

    /// Has it noted for which outlets something is retained at the broker, so that a later start can clear what is not in
    /// its configuration any more.
    func notePublished(_ outlets: [String: [Int]]) { work.notePublished(outlets) }

    /// What an earlier process left.
    ///
    /// - Returns: nothing when what must be finished cannot be read now.
    public func load() -> JournalContents? {
        guard let work = work.load() else { return nil }
        guard let notes = notes.load() else { return work }
        var all = work
        // What is answered in one file may still be noted in the other.
        let known = Set(work.entries.map(\.ticket))
        let knownGroups = Set(work.groups.map(\.number))
        let rest = notes.entries.filter { !known.contains($0.ticket) }
        all.entries = (work.entries + rest).sorted { $0.ticket < $1.ticket }
        let restOfGroups = notes.groups.filter { !knownGroups.contains($0.number) }
        all.groups = (work.groups + restOfGroups).sorted { $0.number < $1.number }
        let knownLoads = Set(work.loads.map(\.number))
        let restOfLoads = notes.loads.filter { !knownLoads.contains($0.number) }
        all.loads = (work.loads + restOfLoads).sorted { $0.number < $1.number }
        all.answers = (work.answers + notes.answers).sorted { $0.result.finishedAt < $1.result.finishedAt }
        all.lastTicket = max(work.lastTicket, notes.lastTicket)
        return all
    }

    /// The same, read elsewhere: whoever asks may have no time to wait for a disk.
    func contents() async -> JournalContents? {
        await withCheckedContinuation { continuation in
            OneThread.run { continuation.resume(returning: self.load()) }
        }
    }

    /// Waits until everything asked for so far is written, or cannot be.
    public func flush() async {
        await work.flush()
        await notes.flush()
    }
}
