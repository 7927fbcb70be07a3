public import Power

/// A journal without which some commands are refused.
public protocol RefusingJournal: Sendable {
    /// What a command is refused with that cannot be kept.
    var refusal: Outcome.Code { get }
}

extension RefusingJournal {
    /// It cannot be written.
    public var refusal: Outcome.Code { .journalFailed }
}

/// Keeps what must be finished, and what was answered, beyond the life of the process.
public protocol CommandJournal: RefusingJournal {
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

    /// Tells when every memory given so far is on the disk, or why it is not.
    func whenRemembered(_ completion: @escaping @Sendable (_ failure: String?) -> Void)

    /// Whether another agent has the PDU and this journal by now: nothing more is kept here, and that agent answers for
    /// what is in it.
    var isForeign: Bool { get }
}

extension CommandJournal {
    /// The agent's own: no.
    public var isForeign: Bool { false }
}

/// Keeps the commands for several outlets that are not answered yet beyond the life of the process.
public protocol GroupJournal: Sendable {
    /// Writes an entry, replacing the command's earlier one. It is a note that survives the death of the process, and
    /// is on file no later than what is written after it.
    ///
    /// - Parameter completion: called once from any thread when the entry is on the disk, or with the reason why not.
    func write(_ entry: GroupEntry, completion: (@Sendable (_ failure: String?) -> Void)?)

    /// Forgets a command whose answer the broker has.
    func remove(group number: UInt64)

    /// In a fleet, the journal that has the commands that the owner of a PDU leads, while this agent is the owner. When it is
    /// another one later, whoever has it then answers what was in the first.
    func home(of lead: PDUName?) -> (any TenureJournal)?
}

/// Keeps the commands for loads beyond the life of the process: one entry for all feeds.
public protocol LoadJournal: RefusingJournal {
    /// Writes an entry, replacing the command's earlier one. An entry of stage `finished` whose command has an id is
    /// remembered for 10 minutes, so that the same id is not executed again after a restart.
    ///
    /// - Parameter completion: called once from any thread when the entry is on disk (one of stage `accepted`: when it
    ///   would survive the death of the process), or with the reason why it is not.
    func write(_ entry: LoadEntry, completion: (@Sendable (_ failure: String?) -> Void)?)

    /// Forgets a command whose answer the broker has.
    func remove(load number: UInt64)

    /// Whether another agent owns one of the PDUs by now: nothing more is kept here of what needs it, and that agent
    /// answers.
    func isForeign(_ pdus: [PDUName]) -> Bool

    /// Tells when every memory of outlets given so far is on the disk, or why it is not.
    func whenRemembered(_ completion: @escaping @Sendable (_ failure: String?) -> Void)
}

extension LoadJournal {
    /// The agent's own: no.
    public func isForeign(_ pdus: [PDUName]) -> Bool { false }
}

/// The proof that what an answer depends on has been kept. Nothing can be answered without one, and only this file makes
/// one: after the journal has had its say, or where there is nothing that a restart could contradict.
public struct Kept: Sendable {
    /// Why the disk does not have it. It is answered all the same, as nobody is helped by silence; the journal has the log
    /// say so, and goes on trying.
    public let failure: String?

    /// There is nothing to keep.
    public static let notNeeded = Kept(failure: nil)

    fileprivate init(failure: String?) {
        self.failure = failure
    }
}

extension CommandJournal {
    /// Writes the end of a command; tells when it is on the disk.
    func keep(_ entry: JournalEntry, then: @escaping @Sendable (Kept) -> Void) {
        write(entry) { then(Kept(failure: $0)) }
    }

    /// Writes the end of a command, and returns when it is on the disk.
    func keep(_ entry: JournalEntry) async -> Kept {
        await withCheckedContinuation { continuation in keep(entry) { continuation.resume(returning: $0) } }
    }

    /// Tells when every memory given so far is on the disk.
    func keepMemories(then: @escaping @Sendable (Kept) -> Void) {
        whenRemembered { then(Kept(failure: $0)) }
    }
}

extension GroupJournal {
    /// The agent's own disk is not shared.
    public func home(of lead: PDUName?) -> (any TenureJournal)? { nil }

    /// Writes the answer of a command for several outlets, and returns when it is on the disk.
    func keep(_ entry: GroupEntry) async -> Kept {
        await withCheckedContinuation { continuation in
            write(entry) { continuation.resume(returning: Kept(failure: $0)) }
        }
    }
}

extension LoadJournal {
    /// Writes the end of a command, and returns when it is on the disk.
    func keep(_ entry: LoadEntry) async -> Kept {
        await withCheckedContinuation { continuation in
            write(entry) { continuation.resume(returning: Kept(failure: $0)) }
        }
    }

    /// Returns when what the outlets' protections must know is on the disk.
    func keepMemories() async -> Kept {
        await withCheckedContinuation { continuation in
            whenRemembered { continuation.resume(returning: Kept(failure: $0)) }
        }
    }
}
