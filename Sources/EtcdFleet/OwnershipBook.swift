import Agent
import DequeModule
import Glibc
import HeapModule
import Power

/// Decides which PDUs an agent claims, owns, hands over and is next for. It is a value: events go in, actions come out, and
/// time is an argument. What keeps two agents from writing at once is not here but in `Permits` and in the wait after a claim
/// was won; this decides only who should own what.
struct OwnershipBook {
    /// An agent of the fleet, as its key says.
    struct Member: Equatable {
        var instance: String
        var pdus: Set<PDUName> = []
        var preference = 0
        var capacity = 100
        /// It is about to go and takes nothing more.
        var isDraining = false
        /// It has no broker, so that no command reaches it: who has one comes before it.
        var isCutOff = false
        /// How often its broker began to bring it commands. What came in between did not reach it.
        var sessions = 0
        /// Whether all of its PDUs are known: an agent that joins, or whose lease ends, is seen in parts.
        var isWhole = true
        /// It stays, and commands reach it.
        var isServing: Bool { !isDraining && !isCutOff }
    }

    /// Who owns a PDU, as its key says.
    struct Owner: Equatable {
        var agent: String
        var instance: String
        var epoch: Int64
    }

    /// What this agent has to do with a PDU.
    enum Phase: Equatable {
        /// A claim is on its way to the store.
        case claiming
        /// The claim was won. What the last owner was permitted to send may be on its way until the moment.
        case waiting(epoch: Int64, until: Moment)
        /// The agent is told that it owns the PDU.
        case beginning(epoch: Int64)
        /// Owned: the lane runs.
        case owned(epoch: Int64)
        /// The lane finishes what it has begun.
        case handingOver(epoch: Int64)
        /// The lane is empty; the key is on its way to be deleted.
        case releasing(epoch: Int64)
        /// Another agent may own it: the lane is being stopped.
        case ending

        var epoch: Int64? {
            switch self {
            case .claiming, .ending: nil
            case .waiting(let epoch, _), .beginning(let epoch), .owned(let epoch), .handingOver(let epoch),
                .releasing(let epoch):
                epoch
            }
        }

        var isOwned: Bool { if case .owned = self { true } else { false } }

        /// Whether commands for the PDU are this agent's to carry out.
        var takesCommands: Bool {
            switch self {
            case .beginning, .owned: true
            case .claiming, .waiting, .handingOver, .releasing, .ending: false
            }
        }
    }

    /// What this agent has to do with each PDU.
    struct Phases: Sequence {
        private var all: [PDUName: Phase] = [:]
        /// Those that wait for what the last owner was permitted to send, and until when.
        private var waiting = Due()

        var isEmpty: Bool { all.isEmpty }
        var count: Int { all.count }
        var pdus: Dictionary<PDUName, Phase>.Keys { all.keys }

        subscript(pdu: PDUName) -> Phase? {
            get { all[pdu] }
            set {
                all[pdu] = newValue
                if case .waiting(_, let until) = newValue { waiting[pdu] = until } else { waiting[pdu] = nil }
            }
        }

        /// Whose time to wait is over first.
        mutating func firstWaiting() -> (pdu: PDUName, at: Moment)? { waiting.first() }

        func makeIterator() -> Dictionary<PDUName, Phase>.Iterator { all.makeIterator() }
    }

    /// PDUs with a time each, of which the first is found without a look at the others.
    private struct Due: Sendable {
        private struct Entry: Comparable {
            let at: Moment
            let pdu: PDUName

            static func < (one: Entry, other: Entry) -> Bool {
                one.at != other.at ? one.at < other.at : one.pdu < other.pdu
            }
        }

        private var times: [PDUName: Moment] = [:]
        /// With entries that do not hold any more; each is found out when it would be the first.
        private var entries = Heap<Entry>()

        subscript(pdu: PDUName) -> Moment? {
            get { times[pdu] }
            set {
                guard times[pdu] != newValue else { return }
                times[pdu] = newValue
                if let newValue { entries.insert(Entry(at: newValue, pdu: pdu)) }
                // Those that do not hold any more would else stay until their time.
                if entries.count > 2 * times.count + 256 { entries = Heap(times.map { Entry(at: $1, pdu: $0) }) }
            }
        }

        mutating func first() -> (pdu: PDUName, at: Moment)? {
            while let entry = entries.min {
                if times[entry.pdu] == entry.at { return (entry.pdu, entry.at) }
                entries.removeMin()
            }
            return nil
        }
    }

    /// The PDUs without an owner that this agent may claim, with how many agents may before it, and since when.
    private struct Claims {
        private var places: [PDUName: Int] = [:]
        /// By the place.
        private var since: [Due] = []

        var isEmpty: Bool { places.isEmpty }

        mutating func set(_ pdu: PDUName, _ place: Int, since moment: Moment) {
            if places[pdu] != place { remove(pdu) }
            places[pdu] = place
            while since.count <= place { since.append(Due()) }
            since[place][pdu] = moment
        }

        mutating func remove(_ pdu: PDUName) {
            if let place = places.removeValue(forKey: pdu) { since[place][pdu] = nil }
        }

        /// The one that comes first, when each place waits for so much longer than the one before.
        ///
        /// - Parameter lastChange: when a PDU has lost its owner last, or one that had none was claimed. Only who is first in line
        ///   claims as long as that goes on.
        mutating func first(turn: Duration, lastChange: Moment) -> (pdu: PDUName, at: Moment)? {
            var first: (pdu: PDUName, at: Moment)?
            for place in since.indices {
                guard let (pdu, moment) = since[place].first() else { continue }
                let begin = place == 0 ? moment : max(moment, min(lastChange, moment + OwnershipBook.longestChange))
                let at = begin + turn * place
                if first.map({ at < $0.at }) ?? true { first = (pdu, at) }
            }
            return first
        }
    }

    enum Action: Equatable {
        case claim(PDUName)
        case begin(PDUName, epoch: Int64)
        case handOver(PDUName)
        case release(PDUName, epoch: Int64)
        case end(PDUName)
        /// To listen for something else than before of these PDUs.
        case attend([PDUName: PDUAttention])
        /// Another agent is to have the PDU, so that the agents share evenly.
        case move(PDUName, to: String)
        /// An agent is gone of which this one has taken a PDU over.
        case succeed(String)
        /// The owner of these PDUs was without its broker for a moment: what this agent has held meanwhile may be news to it.
        case giveBack(Set<PDUName>)
    }

    /// How long the second in line waits for the first to claim a PDU without an owner, and each further one for those
    /// before it. One that has just vanished keeps its place for as long: etcd may have ended its lease early, and then it is
    /// back soon, with the commands that it holds.
    static let turn = Duration.milliseconds(1500)
    /// How much longer for each other PDU without an owner. Who is first in line for thousands needs some time to claim them, and
    /// holds their commands, which the second does not.
    static let claimTime = Duration.microseconds(500)
    /// For how long the store may take to tell everybody of all the PDUs that have lost their owner together, and to have each
    /// claimed by who is first in line for it and holds its commands. On a busy machine that one hears of some of 5,000 five seconds
    /// after the second, and takes ten seconds to claim its part of 10,000.
    static let longestChange = Duration.seconds(10)
    /// Agents share evenly only beyond this many PDUs and this factor, so that nothing moves for little.
    static let unevenCount = 3
    static let unevenFactor = 1.5
    /// How long at most an agent that has taken PDUs goes on to hear which of their commands are answered. It is of no use to it;
    /// but a broker has enough to do while thousands get another owner (mosquitto 2.0.11 goes through all of a client's
    /// subscriptions for each that ends).
    static let takenTime = Duration.seconds(30)
    /// How long an agent that is not next in line any more goes on to hold the commands that it has, and to hear which of them are
    /// answered. When the leases of several agents end together, as while etcd's disk is slow, they come back one after the other,
    /// and who is next changes with each. Nobody else holds what came before.
    static let lingerTime = Duration.seconds(10)
    /// How long an agent is without its broker before it tells the others.
    static let cutOffPause = Duration.milliseconds(500)
    /// How long after that it gives its PDUs to agents that have a broker. Where it is the broker that is gone, all of them
    /// have told by then, and every PDU stays where it is.
    static let cutOffNotice = Duration.seconds(1)
    /// How long an agent that has a connection to the broker again may take to subscribe anew before it gives its PDUs away: so
    /// long, and so long for each PDU that it owns. What it gives away costs the broker the same subscriptions from another agent,
    /// and etcd and the devices more. Where a broker is started anew all agents subscribe at once, and the first one to end would
    /// get the PDUs of all others.
    static let resumeTime = Duration.seconds(2)
    static let resumeTimeEach = Duration.milliseconds(5)
    /// How often an agent looks whether it has too many, and how long after a change of the agents at the earliest.
    static let balancePause = Duration.seconds(10)
    /// How long before a PDU is handed over to a certain agent: it may not be the one that holds commands for it, and listens
    /// for them by then.
    static let notice = Duration.milliseconds(500)
    /// How long PDUs that have to be with one owner are with several before the one that has the first asks for the others,
    /// and how long before it asks again.
    static let gatherPause = Duration.seconds(1)
    static let gatherAgain = Duration.seconds(15)

    let agent: String
    let instance: String
    private(set) var shared: [PDUName: SharedPDU] = [:]
    /// The names of the same.
    private(set) var pdus: Set<PDUName> = []
    private(set) var members: [String: Member] = [:] { didSet { candidates = candidates(of: members) } }
    private var candidates: [Candidate] = []
    /// The agents that have just vanished, and when.
    private var vanished: [String: (member: Member, at: Moment)] = [:]
    private(set) var owners: [PDUName: Owner] = [:]
    private(set) var phases = Phases()
    /// Since when a PDU of this agent's has no owner.
    private var orphans: [PDUName: Moment] = [:]
    /// When this agent has seen last that a PDU lost its owner, or that one without an owner was claimed.
    private var lastChange = Moment.start
    /// Who owned what before: an agent that vanished is told for by who took over from it.
    private var lastOwners: [PDUName: String] = [:]
    /// The agents of which this one has taken PDUs over and that may still be there.
    private var predecessors: Set<String> = []
    /// Whether the agent's own key is in the store, and what it holds was seen since.
    private(set) var isJoined = false
    private(set) var isLeaving = false
    private var actions: [Action] = []
    /// What the agent was told to listen for; nothing when it was told nothing yet.
    private(set) var attention: FleetAttention?
    /// The PDUs that it listens for as one that has just taken them.
    private var taken: Set<PDUName> = []
    /// Until when.
    private var takenUntil = Moment.never
    /// Until when it listens for PDUs for which it is not next any more.
    private var lingering: [PDUName: Moment] = [:]
    /// The same, in the order in which it ends. One that became next again is in here still.
    private var lingerEnds: Deque<(pdu: PDUName, until: Moment)> = []
    /// For which PDUs it holds commands.
    private var holding: Set<PDUName> = []
    /// What it listened for when it lost its lease.
    private var heldOn: Set<PDUName> = []
    private var unheard = Changes.all
    /// But for the PDUs about which something has changed.
    private var claims = Claims()
    private var unplaced = Changes.all
    /// When the first of the agents that have just vanished loses its place in line.
    private var placesUntil = Moment.never
    /// Where a PDU is wanted, by an operator or by the agent that has too many. All agents see the same.
    private var wishes: [PDUName: String] = [:]
    /// Since when a PDU of this agent's is to go to another one.
    private var noticed: [PDUName: Moment] = [:]
    private var nextBalance: Moment?
    /// The PDUs of each bundle of more than one, by the first one.
    private var bundles: [PDUName: [PDUName]] = [:]
    /// When to ask for a PDU of this agent's bundles that another agent owns.
    private var gathering: [PDUName: Moment] = [:]
    private var broker = Broker.there
    /// Until when it has time to subscribe anew.
    private var resumesUntil = Moment.start
    /// How often the broker began to bring this agent commands.
    private(set) var sessions = 0

    /// What this agent knows of its own connection to the broker.
    private enum Broker {
        case there
        case lost(since: Moment)
        /// The others are told.
        case told(at: Moment)
        /// For so long that its PDUs are better off with others.
        case away
    }

    /// The PDUs about which something has changed. A fleet has too many of them to look at each one again for each change.
    private enum Changes {
        case some(Set<PDUName>)
        case all

        static let none = Changes.some([])

        mutating func insert(_ pdus: [PDUName]) {
            guard case .some(var some) = self else { return }
            self = .none
            some.formUnion(pdus)
            self = .some(some)
        }

        var isEmpty: Bool { if case .some(let some) = self { some.isEmpty } else { false } }
    }

    /// An agent that can take PDUs, with what its numbers for them begin with.
    private struct Candidate {
        let name: String
        let member: Member
        /// Whether it has every PDU that this agent has, as it mostly is: then none has to be looked up.
        let hasAll: Bool
        let hash: UInt64

        init(_ name: String, _ member: Member, hasAll: Bool) {
            self.name = name
            self.member = member
            self.hasAll = hasAll
            hash = OwnershipBook.hash("\(name)/".utf8)
        }
    }

    private func candidates(of members: [String: Member]) -> [Candidate] {
        members.map { Candidate($0, $1, hasAll: $1.pdus == pdus) }
    }

    init(agent: String, instance: String) {
        self.agent = agent
        self.instance = instance
    }

    // MARK: - What comes in

    /// The configuration says which PDUs are shared.
    mutating func adopt(_ pdus: [SharedPDU], at now: Moment) {
        shared = Dictionary(pdus.map { ($0.pdu, $0) }) { first, _ in first }
        self.pdus = Set(shared.keys)
        candidates = candidates(of: members)
        heldOn.formIntersection(self.pdus)
        bundles = Dictionary(grouping: shared.values.filter { $0.bundle != $0.pdu }, by: \.bundle)
            .mapValues { $0.map(\.pdu).sorted() }
        for pdu in shared.keys where owners[pdu] == nil && orphans[pdu] == nil { orphans[pdu] = now }
        orphans = orphans.filter { shared[$0.key] != nil }
        for (pdu, phase) in phases where shared[pdu] == nil {
            if case .owned = phase { handOver(pdu) }
        }
        changed()
    }

    /// The agent's own key is in the store, under its lease.
    mutating func joined(at now: Moment) {
        isJoined = true
        // What had no owner before is looked at anew: nobody is second in line for what he has not seen.
        for pdu in orphans.keys { orphans[pdu] = now }
        changed()
    }

    /// The lease is gone and with it every key of this agent: anybody may own its PDUs.
    mutating func lostLease(at now: Moment) {
        holdOn()
        isJoined = false
        members[agent] = nil
        for pdu in phases.pdus { disproved(pdu, at: now) }
        changed()
    }

    /// What the store holds, as a whole.
    mutating func saw(members: [String: Member], owners: [PDUName: Owner], at now: Moment) {
        saw(members: members, at: now)
        for pdu in self.owners.keys where owners[pdu] == nil { lost(pdu, at: now) }
        for (pdu, owner) in owners { owns(owner, pdu, at: now) }
    }

    /// Which agents there are in the store.
    mutating func saw(members: [String: Member], at now: Moment) {
        for name in self.members.keys where members[name] == nil { left(name, at: now) }
        for (name, member) in members {
            if member.isWhole { joined(name, member) } else { appeared(name, member, at: now) }
        }
    }

    mutating func joined(_ name: String, _ member: Member) {
        guard members[name] != member else { return }
        if let before = members[name], before.instance == member.instance, before.sessions < member.sessions,
            name != agent
        {
            let next = (attention?.pdus ?? [:]).filter { pdu, attention in
                attention == .next && owners[pdu]?.agent == name && lingering[pdu] == nil
            }
            let missed = Set(next.keys)
            if !missed.isEmpty { actions.append(.giveBack(missed)) }
        }
        members[name] = member
        vanished[name] = nil
        nextBalance = nil
        changed()
    }

    /// An agent is seen whose PDUs are not known yet: it keeps its place in line meanwhile.
    private mutating func appeared(_ name: String, _ member: Member, at now: Moment) {
        guard members[name]?.instance != member.instance else { return }
        left(name, at: now)
        vanished[name]?.at = now
    }

    mutating func left(_ name: String, at now: Moment) {
        if name == agent { holdOn() }
        guard let member = members.removeValue(forKey: name) else { return }
        vanished = vanished.filter { now < $0.value.at + Self.turn }
        if !member.isDraining { vanished[name] = (member, now) }
        nextBalance = nil
        changed()
    }

    /// The store shows an owner.
    mutating func owns(_ owner: Owner, _ pdu: PDUName, at now: Moment) {
        guard owners[pdu] != owner else { return }
        owners[pdu] = owner
        if orphans.removeValue(forKey: pdu) != nil { lastChange = now }
        // The store may show a claim of this agent's before the claim is answered: who had the PDU before is still to be told
        // for then.
        if owner.agent != agent || owner.instance != instance { lastOwners[pdu] = owner.agent }
        changed(pdu)
        if owner.agent == agent, owner.instance == instance, phases[pdu] == nil, shared[pdu] != nil, isJoined,
            !isLeaving
        {
            // A claim whose answer was lost was won all the same. It is asked for again, and begins when that is answered.
            phases[pdu] = .claiming
            return actions.append(.claim(pdu))
        }
        guard let epoch = phases[pdu]?.epoch, owner.epoch > epoch else { return }
        disproved(pdu, at: now)
    }

    /// The store shows no owner any more.
    mutating func lost(_ pdu: PDUName, at now: Moment) {
        guard let before = owners.removeValue(forKey: pdu) else { return }
        lastChange = now
        if shared[pdu] != nil { orphans[pdu] = now }
        changed(pdu)
        if before.agent == agent, before.instance == instance, before.epoch == phases[pdu]?.epoch {
            if case .releasing = phases[pdu] { return }
            // Somebody has deleted the key, or the lease is gone.
            disproved(pdu, at: now)
        }
    }

    /// A claim was won; from the moment on no request of an earlier owner can be on its way.
    mutating func won(_ pdu: PDUName, epoch: Int64, until: Moment, at now: Moment) {
        guard phases[pdu] == .claiming else { return }
        let before = lastOwners[pdu]
        owners[pdu] = Owner(agent: agent, instance: instance, epoch: epoch)
        lastOwners[pdu] = agent
        if orphans.removeValue(forKey: pdu) != nil { lastChange = now }
        phases[pdu] = .waiting(epoch: epoch, until: until)
        changed(pdu)
        if let before, before != agent { predecessors.insert(before) }
    }

    /// A claim was not won, or nobody can tell: if it was won all the same, the store shows it, or has shown it already.
    mutating func failed(_ pdu: PDUName, at now: Moment) {
        guard phases[pdu] == .claiming else { return }
        phases[pdu] = nil
        changed(pdu)
        guard let owner = owners[pdu], owner.agent == agent, owner.instance == instance else { return }
        // It is asked for again: nobody else can have it while this agent's key is there.
        owners[pdu] = nil
        if shared[pdu] != nil { orphans[pdu] = now }
    }

    /// The lane runs.
    mutating func begun(_ pdu: PDUName) {
        guard case .beginning(let epoch) = phases[pdu] else { return }
        phases[pdu] = .owned(epoch: epoch)
        if shared[pdu] == nil || isLeaving { handOver(pdu) }
    }

    /// A transaction, or another agent, says that this agent does not own the PDU.
    mutating func disproved(_ pdu: PDUName, at now: Moment) {
        switch phases[pdu] {
        case nil, .ending: return
        case .claiming, .waiting: phases[pdu] = nil
        case .releasing: phases[pdu] = nil
        case .beginning, .owned, .handingOver:
            phases[pdu] = .ending
            actions.append(.end(pdu))
        }
        if owners[pdu]?.agent == agent, owners[pdu]?.instance == instance { owners[pdu] = nil }
        if owners[pdu] == nil, shared[pdu] != nil { orphans[pdu] = now }
        changed(pdu)
    }

    /// The lane was stopped at once.
    mutating func ended(_ pdu: PDUName) {
        guard phases[pdu] == .ending else { return }
        phases[pdu] = nil
        changed(pdu)
    }

    /// The lane is empty and has ended.
    mutating func handedOver(_ pdu: PDUName) {
        guard case .handingOver(let epoch) = phases[pdu] else { return }
        phases[pdu] = .releasing(epoch: epoch)
        actions.append(.release(pdu, epoch: epoch))
    }

    /// The key is deleted, or was not this agent's any more.
    mutating func released(_ pdu: PDUName, at now: Moment) {
        guard case .releasing = phases[pdu] else { return }
        phases[pdu] = nil
        owners[pdu] = nil
        if shared[pdu] != nil { orphans[pdu] = now }
        changed(pdu)
    }

    /// The key could not be deleted: it is tried again.
    mutating func notReleased(_ pdu: PDUName) {
        guard case .releasing(let epoch) = phases[pdu] else { return }
        actions.append(.release(pdu, epoch: epoch))
    }

    /// Everything is to be handed over; nothing is claimed any more.
    mutating func leave() {
        isLeaving = true
        changed()
        for (pdu, phase) in phases {
            switch phase {
            case .owned: handOver(pdu)
            case .waiting(let epoch, _):
                phases[pdu] = .releasing(epoch: epoch)
                actions.append(.release(pdu, epoch: epoch))
            case .claiming, .beginning, .handingOver, .releasing, .ending: continue
            }
        }
    }

    /// The store shows where PDUs are wanted, and which processes are to hand everything over.
    mutating func saw(_ orders: FleetOrders) {
        for pdu in Set(wishes.keys).union(orders.moves.keys) where wishes[pdu] != orders.moves[pdu] { changed(pdu) }
        wishes = orders.moves
        guard orders.drained.contains(instance) != isDrained else { return }
        isDrained = orders.drained.contains(instance)
        changed()
    }

    /// An agent is wanted to have a PDU.
    mutating func move(_ pdu: PDUName, to name: String) {
        wishes[pdu] = name
        changed(pdu)
    }

    /// Whether an operator has this process hand everything over and take nothing more. It lasts until the agent is started
    /// anew.
    private(set) var isDrained = false

    /// Whether the others are to know that this agent has no broker.
    var isCutOff: Bool {
        switch broker {
        case .there, .lost: false
        case .told, .away: true
        }
    }

    /// The broker takes and gives no messages any more.
    mutating func brokerLost(at now: Moment) {
        resumesUntil = .start
        guard case .there = broker else { return }
        broker = .lost(since: now)
    }

    /// There is a connection to the broker, which is asked for what it has to bring.
    mutating func brokerFound(at now: Moment) {
        resumesUntil = now + Self.resumeTime + Self.resumeTimeEach * phases.count
        // What is not given away yet stays.
        if case .away = broker { broker = .told(at: now) }
    }

    /// The broker takes and gives messages again.
    mutating func brokerBack() {
        sessions += 1
        broker = .there
        members[agent]?.isCutOff = false
        changed()
    }

    private mutating func noteBroker(at now: Moment) {
        switch broker {
        case .lost(let since) where since + Self.cutOffPause <= now:
            broker = .told(at: now)
            members[agent]?.isCutOff = true
            changed()
        case .told(let then) where max(then + Self.cutOffNotice, resumesUntil) <= now: broker = .away
        case .there, .lost, .told, .away: return
        }
    }

    /// Gives PDUs to agents that commands reach, when they have not reached this one for long.
    private mutating func giveAway() {
        guard case .away = broker else { return }
        for (pdu, phase) in phases {
            guard case .owned = phase, let first = ranking(of: pdu, without: agent).first,
                members[first]?.isCutOff == false
            else { continue }
            handOver(pdu)
        }
    }

    /// Hands over what is wanted elsewhere and can be had there.
    private mutating func followOrders(at now: Moment) {
        let before = noticed
        noticed = [:]
        for (pdu, name) in wishes where name != agent {
            guard case .owned = phases[pdu], let member = members[name], member.isServing,
                member.pdus.contains(pdu)
            else { continue }
            let since = before[pdu] ?? now
            if since + Self.notice <= now { handOver(pdu) } else { noticed[pdu] = since }
        }
        guard isDrained else { return }
        for (pdu, phase) in phases {
            guard case .owned = phase, !ranking(of: pdu, without: agent).isEmpty else { continue }
            handOver(pdu)
        }
    }

    /// Asks for the PDUs that have to be with one that this agent owns, the first of their bundle.
    private mutating func gather(at now: Moment) {
        guard isJoined, !isLeaving, !isDrained, !isCutOff else { return gathering = [:] }
        var wanted: [PDUName: Moment] = [:]
        for (first, others) in bundles {
            guard case .owned = phases[first] else { continue }
            for pdu in others where phases[pdu] == nil && wishes[pdu] == nil {
                guard let owner = owners[pdu], owner.agent != agent else { continue }
                let due = gathering[pdu] ?? now + Self.gatherPause
                wanted[pdu] = due
                guard due <= now else { continue }
                wanted[pdu] = now + Self.gatherAgain
                actions.append(.move(pdu, to: agent))
            }
        }
        gathering = wanted
    }

    /// Gives PDUs to agents that have fewer than their share, when this one has far more than its own. What is preferred
    /// elsewhere or here stays: agents are compared only with those of the same preference.
    private mutating func balance(at now: Moment) {
        guard isJoined, !isLeaving else { return }
        guard let due = nextBalance else {
            nextBalance = now + Self.balancePause
            return
        }
        guard due <= now else { return }
        nextBalance = now + Self.balancePause
        guard !isDrained, !isCutOff, wishes.isEmpty, let own = members[agent] else { return }
        let peers = members.filter {
            $0.value.isServing && $0.value.preference == own.preference
        }
        let capacity = peers.values.map(\.capacity).reduce(0, +)
        guard peers.count > 1, capacity > 0 else { return }
        var counts: [String: Int] = [:]
        for owner in owners.values { counts[owner.agent, default: 0] += 1 }
        let total = peers.keys.map { counts[$0] ?? 0 }.reduce(0, +)
        func excess(_ name: String) -> Double {
            Double(counts[name] ?? 0) - Double(total) * Double(peers[name]?.capacity ?? 0) / Double(capacity)
        }
        let ownCount = Double(counts[agent] ?? 0)
        let tooMany = excess(agent)
        guard tooMany > Double(Self.unevenCount), ownCount > (ownCount - tooMany) * Self.unevenFactor else { return }
        var left = max(1, Int(tooMany / 2))
        for pdu in phases.pdus.sorted() where left > 0 && bundle(of: pdu) == pdu {
            // What has to be together moves together, and only where it does not make the other one have too many.
            let together = ([pdu] + (bundles[pdu] ?? [])).filter { phases[$0]?.isOwned == true }
            guard phases[pdu]?.isOwned == true, together.count <= left else { continue }
            let takers = peers.filter {
                $0.key != agent && $0.value.pdus.isSuperset(of: together) && excess($0.key) <= -1
            }.keys
            guard let taker = takers.min(by: { (excess($0), $0) < (excess($1), $1) }) else { continue }
            counts[taker, default: 0] += together.count
            left -= together.count
            for one in together { actions.append(.move(one, to: taker)) }
        }
    }

    private mutating func handOver(_ pdu: PDUName) {
        guard case .owned(let epoch) = phases[pdu] else { return }
        phases[pdu] = .handingOver(epoch: epoch)
        actions.append(.handOver(pdu))
        changed(pdu)
    }

    // MARK: - What follows

    /// What is to be done now, in order.
    ///
    /// - Parameters:
    ///   - mayAttend: whether enough time has passed since the last change of what is listened for.
    ///   - holding: for which PDUs the agent holds commands.
    mutating func step(at now: Moment, mayAttend: Bool = true, holding: Set<PDUName> = []) -> [Action] {
        self.holding = holding
        noteBroker(at: now)
        if findClaims(at: now) {
            while let (pdu, at) = claims.first(turn: claimTurn, lastChange: lastChange), at <= now {
                claims.remove(pdu)
                phases[pdu] = .claiming
                changed(pdu)
                actions.append(.claim(pdu))
            }
        }
        while let (pdu, until) = phases.firstWaiting(), until <= now, let epoch = phases[pdu]?.epoch {
            phases[pdu] = .beginning(epoch: epoch)
            actions.append(.begin(pdu, epoch: epoch))
            changed(pdu)
        }
        giveAway()
        followOrders(at: now)
        gather(at: now)
        balance(at: now)
        for name in predecessors where members[name] == nil {
            predecessors.remove(name)
            actions.append(.succeed(name))
        }
        if takenUntil <= now {
            unheard.insert(Array(taken))
            taken = []
            takenUntil = .never
        }
        while let (pdu, until) = lingerEnds.first, until <= now {
            lingerEnds.removeFirst()
            if lingering[pdu] == until { unheard.insert([pdu]) }
        }
        if mustAttend, mayAttend {
            let changes = findAttention(at: now)
            if attention == nil || !changes.isEmpty {
                if attention == nil { attention = FleetAttention() }
                attention?.apply(changes)
                actions.append(.attend(changes))
            }
        }
        defer { actions = [] }
        return actions
    }

    /// When `step` has something to do although nothing comes in.
    mutating func nextMoment(at now: Moment) -> Moment {
        var next = Moment.never
        if let (_, until) = phases.firstWaiting() { next = min(next, until) }
        switch broker {
        case .lost(let since): next = min(next, since + Self.cutOffPause)
        case .told(let then): next = min(next, max(then + Self.cutOffNotice, resumesUntil))
        case .there, .away: break
        }
        for since in noticed.values { next = min(next, since + Self.notice) }
        next = min(next, takenUntil, lingerEnds.first?.until ?? .never)
        guard isJoined, !isLeaving else { return next }
        for due in gathering.values { next = min(next, due) }
        if let nextBalance { next = min(next, nextBalance) }
        for (_, at) in vanished.values where now < at + Self.turn { next = min(next, at + Self.turn) }
        if findClaims(at: now), let first = claims.first(turn: claimTurn, lastChange: lastChange) {
            next = min(next, first.at)
        }
        return next
    }

    // MARK: - What has changed

    /// Whether `step` has to look at what the agent is to listen for.
    var mustAttend: Bool { !unheard.isEmpty }

    /// Something has changed that concerns every PDU.
    private mutating func changed() {
        unheard = .all
        unplaced = .all
    }

    /// Something has changed about a PDU. Who has the first one of a bundle comes first for the others.
    private mutating func changed(_ pdu: PDUName) {
        let concerned = [pdu] + (bundles[pdu] ?? [])
        unheard.insert(concerned)
        unplaced.insert(concerned)
    }

    /// Finds out which PDUs without an owner this agent may claim, and how many agents may before it.
    ///
    /// - Returns: whether it may claim any.
    private mutating func findClaims(at now: Moment) -> Bool {
        guard isJoined, !isLeaving, !isDrained, members[agent] != nil else { return false }
        // Those that have vanished are out of the line when their time is over.
        if placesUntil <= now { unplaced = .all }
        guard !unplaced.isEmpty else { return !claims.isEmpty }
        let recent = vanished.filter { now < $0.value.at + Self.turn }
        let candidates = candidates(of: members.merging(recent.mapValues(\.member)) { there, _ in there })
        let pdus: any Sequence<PDUName>
        switch unplaced {
        case .some(let some): pdus = some
        case .all:
            claims = Claims()
            placesUntil = recent.values.map { $0.at + Self.turn }.min() ?? .never
            pdus = orphans.keys
        }
        unplaced = .none
        for pdu in pdus {
            if let since = orphans[pdu], phases[pdu] == nil, owners[pdu] == nil,
                let place = place(inLineFor: pdu, among: candidates)
            {
                claims.set(pdu, place, since: since)
            } else {
                claims.remove(pdu)
            }
        }
        return !claims.isEmpty
    }

    /// How long each place in line waits for the one before.
    private var claimTurn: Duration { Self.turn + Self.claimTime * max(0, orphans.count - 1) }

    /// This agent is about to be none of the fleet.
    private mutating func holdOn() {
        if let attention, !isHoldingOn { heldOn = Set(attention.pdus.keys) }
    }

    private var isHoldingOn: Bool { (!isJoined || members[agent] == nil) && !isLeaving }

    /// Finds out what this agent is to listen for that it does not listen for now.
    private mutating func findAttention(at now: Moment) -> [PDUName: PDUAttention] {
        var changes: [PDUName: PDUAttention] = [:]
        // Who was next in line, or the owner, and has lost its lease holds on until it sees who is what now: the others may
        // have lost theirs too. That it does not hold on any more is a change for all PDUs.
        let held = isHoldingOn ? heldOn : []
        if case .some(let some) = unheard {
            for pdu in some { changes[pdu] = change(of: pdu, held, at: now) }
        } else {
            for pdu in shared.keys { changes[pdu] = change(of: pdu, held, at: now) }
            for pdu in (attention?.pdus ?? [:]).keys where shared[pdu] == nil {
                changes[pdu] = change(of: pdu, held, at: now)
            }
        }
        unheard = .none
        for (pdu, attention) in changes where attention == .taken {
            if taken.isEmpty { takenUntil = now + Self.takenTime }
            taken.insert(pdu)
        }
        return changes
    }

    /// What this agent is to listen for of a PDU, where it does not now.
    private mutating func change(of pdu: PDUName, _ held: Set<PDUName>, at moment: Moment) -> PDUAttention? {
        let now = attention?[pdu] ?? .nothing
        let wanted = wanted(of: pdu, held)
        if wanted == .nothing, now == .next, lingers(for: pdu, at: moment) { return nil }
        lingering[pdu] = nil
        // It has heard which commands are answered, and goes on for a while.
        if wanted == .owned, now == .next { return .taken }
        if wanted == .owned, now == .taken, taken.contains(pdu) { return nil }
        return wanted == now ? nil : wanted
    }

    /// Whether this agent goes on for a while to listen for a PDU for which it is not next any more.
    private mutating func lingers(for pdu: PDUName, at now: Moment) -> Bool {
        guard !isLeaving, shared[pdu] != nil, holding.contains(pdu) else { return false }
        if let until = lingering[pdu] { return now < until }
        let until = now + Self.lingerTime
        lingering[pdu] = until
        lingerEnds.append((pdu, until))
        return true
    }

    private func wanted(of pdu: PDUName, _ held: Set<PDUName>) -> PDUAttention {
        guard shared[pdu] != nil else { return .nothing }
        switch phases[pdu] {
        case .beginning, .owned: return .owned
        // About to own it: what comes now is held.
        case .claiming, .waiting: return .next
        case .handingOver, .releasing, .ending, nil: break
        }
        if held.contains(pdu) { return .next }
        let isNext =
            isJoined && !isLeaving && !isDrained
            && first(for: pdu, without: owners[pdu]?.agent ?? lastOwners[pdu]) == agent
        return isNext ? .next : .nothing
    }

    // MARK: - The line

    /// How many agents may claim a PDU before this one; nothing when this one may not. The last owner comes last: it holds none
    /// of the commands that came while it was the owner, and who was next in line does.
    private func place(inLineFor pdu: PDUName, among candidates: [Candidate]) -> Int? {
        let last = lastOwners[pdu]
        let first = wanted(pdu, without: last, among: candidates)
        let isLastFirst =
            last.map { last in
                wishes[pdu] == last && members[last].map { !$0.isDraining && $0.pdus.contains(pdu) } ?? false
            } ?? false
        let isShared = pdus.contains(pdu)
        guard isShared, let own = candidates.first(where: { $0.name == agent }),
            canTake(pdu, own, isShared, without: nil)
        else { return nil }
        if agent == last {
            return isLastFirst ? 0 : candidates.count { canTake(pdu, $0, isShared, without: last) }
        }
        let ahead = isLastFirst ? 1 : 0
        if agent == first { return ahead }
        let rank = rank(own, pdu)
        return candidates.reduce(ahead) { place, other in
            guard other.name != agent, canTake(pdu, other, isShared, without: last) else { return place }
            return other.name == first || self.rank(other, pdu) > rank ? place + 1 : place
        }
    }

    /// The agents that can take a PDU, the first in line first.
    func ranking(of pdu: PDUName, without owner: String? = nil) -> [String] {
        ranking(of: pdu, without: owner, among: candidates)
    }

    private func ranking(of pdu: PDUName, without owner: String?, among candidates: [Candidate]) -> [String] {
        let isShared = pdus.contains(pdu)
        let order = candidates.filter { canTake(pdu, $0, isShared, without: owner) }
            .map { (name: $0.name, rank: rank($0, pdu)) }
            .sorted { $0.rank > $1.rank }
            .map(\.name)
        guard let wanted = wanted(pdu, without: owner, among: candidates) else { return order }
        return [wanted] + order.filter { $0 != wanted }
    }

    /// The first of the same.
    private func first(for pdu: PDUName, without owner: String?) -> String? {
        if let wanted = wanted(pdu, without: owner, among: candidates) { return wanted }
        let isShared = pdus.contains(pdu)
        return candidates.lazy.filter { canTake(pdu, $0, isShared, without: owner) }
            .map { (name: $0.name, rank: rank($0, pdu)) }
            .max { $0.rank < $1.rank }?.name
    }

    /// Who takes a PDU before all others: where it is wanted; else who has the first of its bundle.
    private func wanted(_ pdu: PDUName, without owner: String?, among candidates: [Candidate]) -> String? {
        guard let wanted = wishes[pdu] ?? seat(of: pdu),
            let candidate = candidates.first(where: { $0.name == wanted }),
            canTake(pdu, candidate, pdus.contains(pdu), without: owner), members[wanted]?.isCutOff == false
        else { return nil }
        return wanted
    }

    /// - Parameter isShared: whether it is one of this agent's PDUs.
    private func canTake(
        _ pdu: PDUName,
        _ candidate: Candidate,
        _ isShared: Bool,
        without owner: String?
    ) -> Bool {
        candidate.name != owner && !candidate.member.isDraining
            && ((isShared && candidate.hasAll) || candidate.member.pdus.contains(pdu))
    }

    private func rank(_ candidate: Candidate, _ pdu: PDUName) -> (Int, Int, Double, String) {
        let member = candidate.member
        let score = Self.score(candidate.hash, bundle(of: pdu), capacity: member.capacity)
        return (member.isCutOff ? 0 : 1, member.preference, score, candidate.name)
    }

    private func bundle(of pdu: PDUName) -> PDUName { shared[pdu]?.bundle ?? pdu }

    private func seat(of pdu: PDUName) -> String? {
        let first = bundle(of: pdu)
        return first == pdu ? nil : owners[first]?.agent
    }

    /// Every agent gives every PDU a number that all agents agree about, so that each PDU has an order of agents and each
    /// agent its share (rendezvous hashing, weighted by capacity).
    ///
    /// - Parameter start: the hash of the agent's name.
    private static func score(_ start: UInt64, _ pdu: PDUName, capacity: Int) -> Double {
        var hash = hash(pdu.rawValue.utf8, after: start)
        hash ^= hash >> 33
        hash = hash &* 0xFF51_AFD7_ED55_8CCD
        hash ^= hash >> 33
        let unit = (Double(hash >> 11) + 0.5) / Double(1 << 53)
        return -Double(max(1, capacity)) / log(unit)
    }

    /// What the names of PDUs come to: the same for the same ones.
    static func sum(of pdus: Set<PDUName>) -> String {
        var sum = hash("".utf8)
        for pdu in pdus.sorted() { sum = hash("\n".utf8, after: hash(pdu.rawValue.utf8, after: sum)) }
        return "\(pdus.count)-\(String(sum, radix: 36))"
    }

    /// FNV-1a, 64 bits: every version of the program has to come to the same.
    private static func hash(_ bytes: String.UTF8View, after start: UInt64 = 0xCBF2_9CE4_8422_2325) -> UInt64 {
        bytes.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
