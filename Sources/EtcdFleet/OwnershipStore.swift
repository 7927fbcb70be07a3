import Agent
import Foundation
import Power

/// Where the agents of a fleet agree who owns what. It is small, so that another store than etcd can be put behind it: one
/// that knows a holder and counts the tenures, as a `Lease` of Kubernetes does (`holderIdentity`, `leaseTransitions`, and a
/// write that is refused when the object has changed). Nothing relies on being told of changes.
protocol OwnershipStore: Sendable {
    /// Makes this agent a member of the fleet, for a time to live.
    func join(_ member: OwnershipBook.Member) async throws(EtcdError)

    /// Tells that this agent is still there, where it is a member.
    func renew() async throws(EtcdError)

    /// Until when the store will not give this agent up, by a clock that began before; nothing when it is no member, or the
    /// store has given it up.
    var memberUntil: ContinuousClock.Instant? { get }

    /// Tells what has changed about this agent.
    func update(_ member: OwnershipBook.Member) async throws(EtcdError)

    /// Makes this agent no member any more, with everything that it still owns.
    func leave() async

    /// Who is there.
    func members() async throws(EtcdError) -> [String: OwnershipBook.Member]

    /// Who owns what.
    func owners() async throws(EtcdError) -> [PDUName: OwnershipBook.Owner]

    /// What operators want.
    func orders() async throws(EtcdError) -> FleetOrders

    /// Has it known at which agents PDUs are wanted, for a minute.
    func order(_ moves: [PDUName: String]) async throws(EtcdError)

    /// Tells of changes until that breaks off. What it tells may be late or missing.
    func watch(_ body: @escaping @Sendable ([StoreHint]) async -> Void) async throws(EtcdError)

    /// Makes this agent the owner of those of the PDUs that have none.
    ///
    /// - Returns: the claims that were won, now or by an earlier try whose answer was lost; and who owns the others, where it is
    ///   certain that nothing newer was told.
    func claim(_ pdus: [PDUName]) async throws(EtcdError) -> (
        won: [WonClaim], owned: [PDUName: OwnershipBook.Owner]
    )

    /// Shows that this agent owns the PDUs in these tenures, and notes what it is about to write to the first of them.
    ///
    /// - Parameter tenures: each with how long its successor has to wait. Those behind the first have to be owned too.
    /// - Returns: when the transaction began; nothing when one of the PDUs is not this agent's any more.
    func confirm(
        _ tenures: [(claim: WonClaim, writeTime: Duration)],
        notes: [OutletNumber: WriteNote]
    ) async throws(EtcdError) -> ContinuousClock.Instant?

    /// Gives PDUs up.
    ///
    /// - Parameter given: each with how long a successor has to wait before it writes; nothing when this agent was never
    ///   permitted to write, so that what is noted of an earlier owner holds.
    func release(_ given: [(claim: WonClaim, wait: Duration?)]) async throws(EtcdError)

    /// Asks the owner of a PDU for something.
    func ask(_ request: OwnerRequest, id: String) async throws(EtcdError)

    /// What was asked and is not answered, of any PDU, in the order in which it was asked.
    func requests() async throws(EtcdError) -> [AskedRequest]

    /// Takes up what was asked of this agent.
    ///
    /// - Returns: nothing when it was taken back or answered, or the PDU is not this agent's any more.
    func take(_ request: AskedRequest, of claim: WonClaim) async throws(EtcdError) -> AskedRequest?

    /// Answers what was asked.
    func answer(_ request: AskedRequest, _ answer: OwnerAnswer, of claim: WonClaim) async throws(EtcdError)

    /// The answer to what was asked; nothing while there is none.
    func reply(to id: String) async throws(EtcdError) -> OwnerAnswer?

    /// Takes back what was asked, unless somebody has taken it up.
    ///
    /// - Returns: whether nobody carries it out any more.
    func withdraw(id: String, pdu: String) async throws(EtcdError) -> Bool

    /// What earlier owners left of PDUs, of each of them, and who owns it now. For the owner it does not change any more until it
    /// writes itself.
    func load(_ pdus: [PDUName]) async throws(EtcdError) -> [PDUName: LeftWork]

    /// Changes the PDU's journal, if it is still this agent's, and so are all others.
    ///
    /// - Returns: whether they are.
    func write(_ changes: [JournalChange], of claim: WonClaim, and others: [WonClaim]) async throws(EtcdError) -> Bool
}

/// A claim that was won: the tenure, and the proof that transactions compare.
struct WonClaim: Sendable, Equatable {
    let pdu: PDUName
    /// The revision at which the owner's key was made.
    let epoch: Int64
    /// The value of the owner's key. A store that was restored from a backup gives revisions again, but not this.
    let record: Data
    /// When the transaction was known to have been made.
    let at: ContinuousClock.Instant
}

extension OwnershipStore {
    func write(_ changes: [JournalChange], of claim: WonClaim) async throws(EtcdError) -> Bool {
        try await write(changes, of: claim, and: [])
    }
}

/// What an agent has asked the owner of a PDU for.
struct AskedRequest: Sendable {
    let id: String
    let pdu: PDUName
    let request: OwnerRequest
    /// The process that has taken it up.
    let taker: String?
    /// The value of its key, and its lease.
    let record: Data
    let lease: String?
}

/// What earlier owners left of a PDU.
struct LeftWork: Sendable {
    var contents: JournalContents
    /// What the last of them noted right before it wrote to each outlet last.
    var notes: [OutletNumber: WriteNote]
    /// How long to wait before anything is written, counted from the claim; nothing when no owner before has noted it.
    var wait: Duration?
    /// The tenure in which the PDU was owned when this was read, with the value of the owner's key.
    var tenure: (epoch: Int64, record: Data)?

    /// Whether it is what the owner with this claim has to go by.
    func isLeft(to claim: WonClaim) -> Bool {
        tenure.map { $0.epoch == claim.epoch && $0.record == claim.record } ?? false
    }
}

/// Where PDUs are wanted, and which processes are to hand everything over.
struct FleetOrders: Sendable, Equatable {
    var moves: [PDUName: String] = [:]
    /// By the instance of the process.
    var drained: Set<String> = []
}

/// Something in the store has changed.
enum StoreHint: Sendable {
    case member(String, OwnershipBook.Member)
    case memberLeft(String)
    case owner(PDUName, OwnershipBook.Owner)
    case noOwner(PDUName)
    /// Something was asked of the owner of a PDU.
    case asked
    /// Something that was asked was answered, or taken back.
    case answered(String)
    /// More than can be told here.
    case other
}

/// A change to the journal of a PDU.
enum JournalChange: Sendable {
    case entry(JournalEntry)
    case removal(UInt64)
    case memory(OutletMemory)
    /// The entry of a load's command, in the journal of every PDU that feeds it.
    case load(LoadEntry)
    /// Forgets a load's entry, in the journals of these PDUs too.
    case loadRemoval(UInt64, fed: [PDUName])
    case group(GroupEntry)
    case groupRemoval(UInt64)
}
