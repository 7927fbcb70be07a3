import Power
import Synchronization

/// The journal of a PDU in one tenure. It keeps the commands for groups and loads too that the PDU's owner leads.
public protocol TenureJournal: AnyObject, CommandJournal, GroupJournal {
    /// Writes the entry of a load's command for every PDU that feeds it, all or nothing: only who owns all of them can.
    ///
    /// - Parameters:
    ///   - others: the journals of the other PDUs that feed it.
    ///   - completion: as for an outlet's entry.
    func write(
        _ entry: LoadEntry,
        with others: [any TenureJournal],
        completion: (@Sendable (_ failure: String?) -> Void)?
    )

    /// Forgets a load's command whose answer the broker has.
    func remove(load number: UInt64)
}

/// Where an agent of a fleet keeps the commands for groups and loads: in the journal of the first of their PDUs.
final class FleetJournal: GroupJournal, LoadJournal {
    private struct State {
        var configured: Set<PDUName> = []
        var journals: [PDUName: any TenureJournal] = [:]
        /// The journal that has each command.
        var groups: [UInt64: any TenureJournal] = [:]
        var loads: [UInt64: any TenureJournal] = [:]

        /// Whether every PDU is this agent's, of those that there are.
        func owns(_ pdus: [PDUName]) -> Bool {
            pdus.allSatisfy { pdu in journals[pdu].map { !$0.isForeign } ?? !configured.contains(pdu) }
        }
    }

    private let state = Mutex(State())

    var refusal: Outcome.Code { .noQuorum }

    /// Takes over which PDUs there are.
    func adopt(_ pdus: Set<PDUName>) { state.withLock { $0.configured = pdus } }

    /// The agent owns a PDU, and goes on with what earlier owners left in its journal.
    func begin(_ tenure: Tenure) {
        state.withLock { state in
            state.journals[tenure.pdu] = tenure.journal
            for entry in tenure.contents.groups { state.groups[entry.number] = tenure.journal }
            for entry in tenure.contents.loads { note(entry, &state) }
        }
    }

    /// The agent owns the PDU no longer.
    func end(_ pdu: PDUName) { state.withLock { $0.journals[pdu] = nil } }

    private func note(_ entry: LoadEntry, _ state: inout State) {
        if let lead = entry.pdus.compactMap({ state.journals[$0] }).first { state.loads[entry.number] = lead }
    }

    private static let foreign = "another agent of the fleet owns a PDU of it now"

    func write(_ entry: GroupEntry, completion: (@Sendable (_ failure: String?) -> Void)?) {
        let journal = state.withLock { state -> (any TenureJournal)? in
            let journal = entry.lead.flatMap { PDUName($0) }.flatMap { state.journals[$0] }
            state.groups[entry.number] = journal
            return journal
        }
        guard let journal else {
            completion?(Self.foreign)
            return
        }
        journal.write(entry, completion: completion)
    }

    func remove(group number: UInt64) {
        state.withLock { $0.groups.removeValue(forKey: number) }?.remove(group: number)
    }

    func home(of lead: PDUName?) -> (any TenureJournal)? {
        let journal = state.withLock { state in lead.flatMap { state.journals[$0] } }
        return journal?.isForeign == true ? nil : journal
    }

    func write(_ entry: LoadEntry, completion: (@Sendable (_ failure: String?) -> Void)?) {
        let journals = state.withLock { state -> [any TenureJournal] in
            guard state.owns(entry.pdus) else { return [] }
            note(entry, &state)
            return entry.pdus.compactMap { state.journals[$0] }
        }
        guard let lead = journals.first else {
            completion?(Self.foreign)
            return
        }
        lead.write(entry, with: Array(journals.dropFirst()), completion: completion)
    }

    func remove(load number: UInt64) {
        state.withLock { $0.loads.removeValue(forKey: number) }?.remove(load: number)
    }

    func isForeign(_ pdus: [PDUName]) -> Bool { state.withLock { !$0.owns(pdus) } }

    func whenRemembered(_ completion: @escaping @Sendable (_ failure: String?) -> Void) {
        let journals = state.withLock { Array($0.journals.values) }
        guard !journals.isEmpty else { return completion(nil) }
        let rest = Rest(count: journals.count)
        for journal in journals {
            journal.whenRemembered { failure in
                if let failure = rest.note(failure) { completion(failure) }
            }
        }
    }

    /// What is still to be heard of.
    private final class Rest: Sendable {
        private let state: Mutex<(count: Int, failure: String?)>

        init(count: Int) { state = Mutex((count, nil)) }

        /// - Returns: what went wrong with any, when this was the last.
        func note(_ failure: String?) -> String?? {
            state.withLock { state in
                state.count -= 1
                state.failure = state.failure ?? failure
                return state.count == 0 ? .some(state.failure) : nil
            }
        }
    }
}
