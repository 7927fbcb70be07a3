import Agent
import Foundation
import Power

/// Where the agents of a fleet agree who owns what. It is small, so that another store than etcd can be put behind it: one
/// that knows a holder and counts the tenures, as a `Lease` of Kubernetes does (`holderIdentity`, `leaseTransitions`, and a
/// write that is refused when the object has changed). Nothing relies on being told of changes.
protocol OwnershipStore: Sendable {
    /// Makes this agent a member of the fleet, for a time to live.
    func join(_ member: OwnershipBook.Member) async throws(EtcdError)

    /// Tells that this agent is still there.
    ///
    /// - Returns: nothing when the store has given it up; else until when it will not, by a clock that began before.
    func renew() async throws(EtcdError) -> ContinuousClock.Instant?

    /// Tells what has changed about this agent.
    func update(_ member: OwnershipBook.Member) async throws(EtcdError)

    /// Makes this agent no member any more, with everything that it still owns.
    func leave() async

    /// Who is there and who owns what.
    func view() async throws(EtcdError) -> (
        members: [String: OwnershipBook.Member], owners: [PDUName: OwnershipBook.Owner]
    )

    /// What operators want.
    func orders() async throws(EtcdError) -> FleetOrders

    /// Has it known that a PDU is wanted at an agent, for a minute.
    func order(_ pdu: PDUName, to agent: String) async throws(EtcdError)

    /// Tells of changes until that breaks off. What it tells may be late or missing.
    func watch(_ body: @escaping @Sendable ([StoreHint]) async -> Void) async throws(EtcdError)

    /// Makes this agent the owner of a PDU that has none.
    ///
    /// - Returns: nothing when another agent owns it.
    func claim(_ pdu: PDUName, writeTime: Duration) async throws(EtcdError) -> WonClaim?

    /// Shows that this agent owns the PDU in this tenure, and notes what it is about to write.
    ///
    /// - Returns: when the transaction began; nothing when the PDU is not this agent's any more.
    func confirm(
        _ claim: WonClaim,
        notes: [OutletNumber: WriteNote],
        writeTime: Duration
    ) async throws(EtcdError) -> ContinuousClock.Instant?

    /// Gives a PDU up.
    ///
    /// - Parameter wait: how long a successor has to wait before it writes; nothing when this agent was never permitted to
    ///   write, so that what is noted of an earlier owner holds.
    func release(_ claim: WonClaim, wait: Duration?) async throws(EtcdError)

    /// What earlier owners left of a PDU.
    func load(_ pdu: PDUName) async throws(EtcdError) -> (JournalContents, [OutletNumber: WriteNote])

    /// Changes the PDU's journal, if it is still this agent's.
    ///
    /// - Returns: whether it is.
    func write(_ changes: [JournalChange], of claim: WonClaim) async throws(EtcdError) -> Bool
}

/// A claim that was won: the tenure, and the proof that transactions compare.
struct WonClaim: Sendable, Equatable {
    let pdu: PDUName
    /// The revision at which the owner's key was made.
    let epoch: Int64
    /// The value of the owner's key. A store that was restored from a backup gives revisions again, but not this.
    let record: Data
    /// How long to wait before anything is written; nothing when no owner before has noted it.
    let wait: Duration?
    /// When the transaction was known to have been made.
    let at: ContinuousClock.Instant
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
    /// More than can be told here.
    case other
}

/// A change to the journal of a PDU.
enum JournalChange: Sendable {
    case entry(JournalEntry)
    case removal(UInt64)
    case memory(OutletMemory)
}
