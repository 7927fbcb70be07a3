public import Power

/// A PDU that the agents of a fleet share.
public struct SharedPDU: Sendable, Hashable {
    /// The PDU.
    public let pdu: PDUName
    /// For how long requests of one write may leave, counted from before its transaction: the time of all its tries.
    public let window: Duration
    /// The first of the PDUs that have to have one owner, because a load has feeds on them; the PDU itself when it is
    /// alone.
    public let bundle: PDUName

    /// What is added to the window before a successor writes: for the way of what left last, and for clocks whose rates
    /// differ.
    public static let margin = Duration.milliseconds(500)

    /// How long a successor waits before it writes.
    public var writeTime: Duration { window + Self.margin }

    /// A PDU.
    public init(pdu: PDUName, window: Duration, bundle: PDUName? = nil) {
        self.pdu = pdu
        self.window = window
        self.bundle = bundle ?? pdu
    }
}

/// The time in which one agent owns one PDU, with what it needs for that.
public struct Tenure: Sendable {
    /// The PDU.
    public let pdu: PDUName
    /// Which tenure of the PDU it is: a later one has a larger number.
    public let epoch: Int64
    /// How long a successor will wait before it writes.
    public let writeTime: Duration
    /// Gives leave to write.
    public let fence: any WriteFence
    /// Where what must outlive the agent is kept, for every agent of the fleet.
    public let journal: any TenureJournal
    /// What earlier owners left.
    public let contents: JournalContents
    /// What the last owner noted right before it wrote to each outlet last.
    public let notes: [OutletNumber: WriteNote]

    /// A tenure.
    public init(
        pdu: PDUName,
        epoch: Int64,
        writeTime: Duration,
        fence: any WriteFence,
        journal: any TenureJournal,
        contents: JournalContents,
        notes: [OutletNumber: WriteNote]
    ) {
        self.notes = notes
        self.pdu = pdu
        self.epoch = epoch
        self.writeTime = writeTime
        self.fence = fence
        self.journal = journal
        self.contents = contents
    }
}

/// What a PDU's `info` says of who owns it.
struct TenureInfo: Sendable, Equatable {
    let agent: String
    let epoch: Int64
    let writeTime: Duration
}

/// How an agent fares in its fleet.
public struct FleetStanding: Sendable, Equatable {
    /// Whether the others know it: its lease holds as far as it knows.
    public var isMember: Bool
    /// How many PDUs it owns.
    public var owned: Int
    /// How many PDUs it is next in line for.
    public var next: Int
    /// How often it became the owner of a PDU since it was started.
    public var tenures: Int
    /// How often it has asked the store since it was started.
    public var requests: UInt64
    /// How many of these had no answer that could be used.
    public var failures: UInt64
    /// How long the store took for all of them together.
    public var requestTime: Duration

    /// A standing.
    public init(
        isMember: Bool,
        owned: Int,
        next: Int,
        tenures: Int,
        requests: UInt64,
        failures: UInt64,
        requestTime: Duration
    ) {
        self.isMember = isMember
        self.owned = owned
        self.next = next
        self.tenures = tenures
        self.requests = requests
        self.failures = failures
        self.requestTime = requestTime
    }
}

/// How far an agent has come with its broker.
public enum BrokerAccess: Sendable {
    case none
    /// It is connected, and what it has to hear is not all granted.
    case connected
    /// Commands reach it.
    case subscribed
}

/// An agent's place in its fleet: finds out which PDUs it owns.
public protocol FleetMember: Sendable {
    /// How it fares.
    var standing: FleetStanding { get async }

    /// Takes part until the task is cancelled.
    func run(_ host: any FleetHost) async

    /// Takes over which PDUs the configuration shares.
    func adopt(_ pdus: [SharedPDU]) async

    /// How far the agent has come with its broker: who gets no commands is better not the owner.
    func broker(_ access: BrokerAccess) async

    /// Hands everything over, and returns when nothing is owned any more, or at the moment.
    func leave(until limit: Moment) async

    /// Has the owner of a PDU carry a command out, if there is one for as long as the command may wait. What is asked later
    /// comes after it.
    ///
    /// - Returns: waits for its end.
    func ask(_ request: OwnerRequest, patience: Duration) async -> @Sendable () async -> OwnerReply

    /// Whether something that this agent has asked a PDU's owner has not ended. What is asked then comes after it, and what
    /// this agent begins by itself, as it owns the PDU now, would not.
    func hasAsked(_ pdu: PDUName) async -> Bool

    /// Another agent says that it owns the PDU, in a later tenure than this agent's.
    func doubt(_ pdu: PDUName, epoch: Int64) async
}

/// What a fleet has an agent do.
public protocol FleetHost: Sendable {
    /// Owns the PDU from now on: may read it, and write to it with permits.
    func begin(_ tenure: Tenure) async

    /// Owns the PDU no longer, and another agent may: stops at once and answers nothing that the other will.
    func end(_ pdu: PDUName) async

    /// Finishes what is under way for the PDU and begins nothing new; returns when that is so, or soon after the moment.
    ///
    /// - Parameter hasSuccessor: whether another agent holds the commands that come from now on.
    func handOver(_ pdu: PDUName, hasSuccessor: Bool, until limit: Moment) async

    /// Begins what another agent asks of a PDU that this one owns: what comes later for it comes after it.
    ///
    /// - Returns: waits for its end; that is nothing when the PDU is another agent's by then, which finishes or answers it.
    func begin(_ request: OwnerRequest) async -> @Sendable () async -> OwnerAnswer?

    /// The answer to what an earlier owner has taken up and nobody can tell the end of.
    func unknownEnd(of request: OwnerRequest) async -> OwnerAnswer

    /// Gives the owner of these PDUs the commands that are held for them and that it may have missed.
    func giveBack(_ pdus: Set<PDUName>) async

    /// For which PDUs it holds commands.
    nonisolated var holding: Set<PDUName> { get }

    /// Listens for something else than before of these PDUs: for commands to those that it owns; those for the PDUs that it is
    /// next for it holds.
    func attend(_ changes: [PDUName: PDUAttention]) async

    /// An agent of the fleet is gone without a word, and this one has taken over from it.
    func succeed(_ agent: String) async
}
