import Foundation
import HeapModule
import Power
import TestSupport

@testable import Agent
@testable import EtcdFleet

/// A whole fleet under virtual time: the real `OwnershipBook` and `TenureClock` of each agent against a model of etcd that does
/// what the real one may (leases ended early or late, keepalives confirmed all the same, answers lost after the fact, changes
/// told late, out of date or never), a network that partitions, delays and doubles, brokers that are gone for one or for all,
/// processes that freeze, thaw and die, clocks whose rates differ, and wall clocks that jump. Two PDUs are a bundle. Agents
/// switch, some of it in a circuit that the owner of the first PDU leads, and cycle an outlet of one PDU or a load that both
/// feed, by an entry in the journal that the next owner finishes. The devices write down what reaches them and are the judge.
struct FleetSimulation {
    /// What reached a device.
    struct Write: Equatable {
        var time = 0
        let pdu: PDUName
        let agent: String
        let epoch: Int64
        /// For a switch-on in the circuit, the tenure of the first PDU that allowed it.
        var lead: Int64?
        /// The cycle that it is a half of, and whether it is the half that switches off.
        var cycle: Int?
        var isOff = false
    }

    /// What the journal holds of a cycle: for a load, the same for both PDUs.
    private struct Entry {
        let cycle: Int
        let pdus: [PDUName]
        /// When it is to be switched back on, by the wall clock of the agent that began it.
        let due: Date
    }

    private struct Event: Comparable {
        let time: Int
        let number: Int
        let agent: Int?
        /// The process that it is for; one that has died gets nothing.
        let life: Int
        let body: (inout FleetSimulation) -> Void

        static func == (one: Event, other: Event) -> Bool { one.number == other.number }
        static func < (one: Event, other: Event) -> Bool {
            (one.time, one.number) < (other.time, other.number)
        }
    }

    private struct Owner {
        var agent: Int
        var life: Int
        var epoch: Int64
        var lease: Int
    }

    private struct Lease {
        var agent: Int
        var until: Int
    }

    /// A cycle that an agent is at, in its tenures.
    private struct Work {
        let entry: Entry
        let epochs: [PDUName: Int64]
        /// The PDUs that have still to go off before any is switched on.
        var toGoOff: Set<PDUName>
        var toGoOn: Set<PDUName>
        /// When they are to go on.
        var until = Moment.start

        init(_ entry: Entry, _ epochs: [PDUName: Int64], isNew: Bool) {
            self.entry = entry
            self.epochs = epochs
            toGoOff = isNew ? Set(entry.pdus) : []
            toGoOn = Set(entry.pdus)
        }
    }

    private struct Member {
        var book: OwnershipBook
        var life = 0
        var lease: Int?
        var tenures: [PDUName: (clock: TenureClock, epoch: Int64)] = [:]
        var frozenUntil = 0
        var cutUntil = 0
        /// How fast its clock runs, in millionths, and by how many milliseconds its wall clock is off.
        var rate = 1_000_000
        var wallOffset = 0
        var isDead = false
        /// What the journal of a PDU held when this agent began to own it, and that is not at work yet: a load's is not while
        /// the agent does not own both PDUs.
        var found: [PDUName: Entry] = [:]
        /// The last claims that were won, of which it is not known yet what earlier owners have left.
        var claims: [PDUName: Int64] = [:]
        /// What that was, until the tenure begins.
        var left: [PDUName: Entry] = [:]
        var work: [PDUName: Work] = [:]
    }

    private static let ttl = 2000
    private static let offTime = 400
    private static let pdus = ["p", "q"].map { PDUName($0) ?? { fatalError("a valid name") }() }
    /// Who owns it leads the circuit.
    private static let lead = pdus[0]
    private static let shared = pdus.map { SharedPDU(pdu: $0, window: .milliseconds(1000), bundle: lead) }
    private static let writeTime = Int(shared[0].writeTime / .milliseconds(1))
    private static let base = ContinuousClock.now
    /// The longest way of a datagram; it and the difference of the clocks' rates fit into the margin.
    private static let longestWay = 300

    private var random: SeededRandom
    /// In some runs things go wrong so often that nobody owns a PDU for long, in others agents come to the end of their work.
    private let calm: Int
    /// By how much faster than usual agents look at the store and switch, and how many in a hundred of their commands are for
    /// the second PDU.
    private let haste: Int
    private let share: Int
    private var time = 0
    private var events = Heap<Event>()
    private var number = 0
    private var members: [Member] = []
    // etcd
    private var revision: Int64 = 1
    private var owners: [PDUName: Owner] = [:]
    private var leases: [Int: Lease] = [:]
    private var nextLease = 1
    private var fences: [PDUName: Int] = [:]
    private var wishes: [PDUName: String] = [:]
    private(set) var writes: [Write] = []
    /// Steps that did nothing although something was due.
    private(set) var idleSteps = 0
    /// How often an agent did something else than what it would have done, had it looked at every PDU again.
    private(set) var oversights = 0
    private var requests = 0
    /// The requests whose answer has come.
    private var answered: Set<Int> = []
    private(set) var tenures = 0
    // The journal
    private var entries: [PDUName: Entry] = [:]
    private var cycles = 0
    /// How often each cycle was taken out of the journal as finished.
    private(set) var finished: [Int: Int] = [:]
    /// How many of them were a load's.
    private(set) var finishedLoads = 0
    /// What views have shown at which time; one may be given late.
    private var views: [(owners: [PDUName: Owner], there: [Int])] = []

    init(seed: UInt64, agents: Int = 3) {
        random = SeededRandom(seed: seed)
        calm = 1 << Int.random(in: 0...3, using: &random)
        haste = Int.random(in: 1...4, using: &random)
        share = [50, 80, 97].randomElement(using: &random) ?? 80
        for place in 0..<agents { members.append(Self.member(place, life: 0)) }
        for place in members.indices {
            members[place].rate = 1_000_000 + Int.random(in: -20_000...20_000, using: &random)
        }
    }

    private static func name(_ place: Int) -> String { "agent-\(place)" }

    private static func member(_ place: Int, life: Int) -> Member {
        Member(book: OwnershipBook(agent: name(place), instance: "\(place)-\(life)"), life: life)
    }

    private static func shared(_ pdu: PDUName) -> SharedPDU { shared[pdu == lead ? 0 : 1] }

    /// Runs for so many milliseconds.
    mutating func run(_ end: Int) {
        for place in members.indices { start(place) }
        trouble()
        while let event = events.popMin() {
            guard event.time <= end else { return }
            time = max(time, event.time)
            endLeases()
            if let agent = event.agent {
                guard members[agent].life == event.life, !members[agent].isDead else { continue }
                if members[agent].frozenUntil > time {
                    at(members[agent].frozenUntil - time, agent, event.body)
                    continue
                }
            }
            event.body(&self)
        }
    }

    // MARK: - The world

    private mutating func at(_ delay: Int, _ agent: Int?, _ body: @escaping (inout FleetSimulation) -> Void) {
        number += 1
        let life = agent.map { members[$0].life } ?? 0
        events.insert(Event(time: time + max(0, delay), number: number, agent: agent, life: life, body: body))
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private mutating func some(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    /// Every now and then something goes wrong.
    private mutating func trouble() {
        at(some(100...1500) * calm, nil) { world in
            let place = world.some(0...(world.members.count - 1))
            switch world.some(0...8) {
            case 0: world.members[place].frozenUntil = world.time + world.some(10...6000)
            case 1: world.members[place].cutUntil = world.time + world.some(10...6000)
            case 2:
                // etcd ends a lease early, and may go on confirming it.
                if let lease = world.leases.keys.sorted().randomElement(using: &world.random) {
                    world.leases[lease]?.until = world.time
                }
            case 3 where !world.members[place].isDead:
                world.members[place].isDead = true
                let life = world.members[place].life + 1
                let (rate, wallOffset) = (world.members[place].rate, world.members[place].wallOffset)
                world.at(world.some(50...4000), nil) { world in
                    world.members[place] = Self.member(place, life: life)
                    world.members[place].rate = rate
                    world.members[place].wallOffset = wallOffset
                    world.start(place)
                }
            case 4:
                // Somebody deletes a key by hand.
                world.owners[world.somePDU()] = nil
            case 5:
                // The broker of one agent, or of all.
                let places = world.chance(30) ? Array(world.members.indices) : [place]
                for place in places { world.members[place].book.brokerLost(at: world.moment(place)) }
                let back = world.some(100...5000)
                if world.chance(50) {
                    world.at(world.some(50...back), nil) { world in
                        for place in places { world.members[place].book.brokerFound(at: world.moment(place)) }
                    }
                }
                world.at(back, nil) { world in
                    for place in places { world.members[place].book.brokerBack() }
                }
            case 6:
                // The clock of etcd's leader jumps: what is left of every lease is over, or begins anew.
                let isForward = world.chance(50)
                for lease in world.leases.keys { world.leases[lease]?.until = world.time + (isForward ? 0 : Self.ttl) }
            case 7:
                // A wall clock jumps, to and fro.
                let jump = world.some(10...86_400_000)
                world.members[place].wallOffset += world.chance(50) ? jump : -jump
            default:
                // An operator moves the bundle, or a part of it by an order that was not carried out whole.
                let name = Self.name(world.some(0...2))
                for pdu in world.chance(80) ? Self.pdus : [world.somePDU()] { world.wishes[pdu] = name }
            }
            world.trouble()
        }
    }

    private mutating func somePDU() -> PDUName { Self.pdus[some(0...1)] }

    private mutating func endLeases() {
        for (id, lease) in leases where lease.until <= time {
            leases[id] = nil
            for (pdu, owner) in owners where owner.lease == id { owners[pdu] = nil }
        }
    }

    /// A request to etcd: it may be lost, its answer may be lost, and both take their time.
    private mutating func ask<Answer>(
        _ agent: Int,
        _ request: @escaping (inout FleetSimulation) -> Answer,
        _ answer: @escaping (inout FleetSimulation, Answer?) -> Void
    ) {
        let isCut = members[agent].cutUntil > time
        let isLost = isCut || chance(5)
        let loses = chance(5)
        let there = some(0...200)
        let back = some(0...200)
        if isLost { return at(1200, agent) { answer(&$0, nil) } }
        let life = members[agent].life
        at(there, nil) { world in
            world.endLeases()
            let result = request(&world)
            guard world.members[agent].life == life, !world.members[agent].isDead else { return }
            world.at(loses ? 1200 : back, agent) { answer(&$0, loses ? nil : result) }
        }
    }

    // MARK: - An agent

    /// The agent's own clock.
    private func clock(_ agent: Int) -> ContinuousClock.Instant {
        Self.base + .microseconds(time * members[agent].rate / 1000)
    }

    private func moment(_ agent: Int) -> Moment {
        Moment(nanoseconds: Int64(time) * Int64(members[agent].rate))
    }

    private func now(_ agent: Int) -> Now {
        let wall = Double(time + members[agent].wallOffset) / 1000
        return Now(moment: moment(agent), wallTime: Date(timeIntervalSince1970: 1_800_000_000 + wall))
    }

    private mutating func start(_ agent: Int) {
        members[agent].book.adopt(Self.shared, at: moment(agent))
        join(agent)
        look(agent)
        tick(agent)
        switchNow(agent)
    }

    private mutating func join(_ agent: Int) {
        ask(agent) { world -> Int in
            let id = world.nextLease
            world.nextLease += 1
            world.leases[id] = Lease(agent: agent, until: world.time + Self.ttl)
            return id
        } _: { world, id in
            guard let id else { return world.at(300, agent) { $0.join(agent) } }
            world.members[agent].lease = id
            world.members[agent].book.joined(at: world.moment(agent))
            world.keep(agent)
        }
    }

    private mutating func keep(_ agent: Int) {
        at(500, agent) { world in
            guard let id = world.members[agent].lease else { return }
            let lies = world.chance(3)
            world.ask(agent) { world -> Bool in
                guard world.leases[id] != nil else { return lies }
                world.leases[id]?.until = world.time + Self.ttl
                return true
            } _: { world, isKept in
                guard isKept == false else { return world.keep(agent) }
                world.members[agent].lease = nil
                world.members[agent].book.lostLease(at: world.moment(agent))
                world.join(agent)
            }
        }
    }

    /// Looks at the store, which is late and may be older than what the agent knows.
    private mutating func look(_ agent: Int) {
        at(some(100...700) / haste, agent) { world in
            world.ask(agent) { world -> ([PDUName: Owner], [Int], [PDUName: String]) in
                world.views.append((world.owners, world.leases.values.map(\.agent)))
                if world.views.count > 20 { world.views.removeFirst() }
                // A member of etcd that is cut off from the others, and does not know it, gives what it knew.
                let place = world.chance(10) ? world.some(0...(world.views.count - 1)) : world.views.count - 1
                return (world.views[place].owners, world.views[place].there, world.wishes)
            } _: { world, answer in
                world.look(agent)
                guard let (seen, there, wishes) = answer else { return }
                var members: [String: OwnershipBook.Member] = [:]
                for place in there {
                    members[Self.name(place)] = OwnershipBook.Member(
                        instance: world.members[place].book.instance,
                        pdus: Set(Self.pdus),
                        isCutOff: world.members[place].book.isCutOff
                    )
                }
                let owners = seen.mapValues { owner in
                    OwnershipBook.Owner(
                        agent: Self.name(owner.agent),
                        instance: "\(owner.agent)-\(owner.life)",
                        epoch: owner.epoch
                    )
                }
                world.members[agent].book.saw(FleetOrders(moves: wishes))
                world.members[agent].book.saw(members: members, owners: owners, at: world.moment(agent))
            }
        }
    }

    private mutating func tick(_ agent: Int) {
        at(some(5...60), agent) { world in
            let now = world.moment(agent)
            // The same book, had it to look at every PDU again. What it looks at must be all that has changed.
            var anew = world.members[agent].book
            anew.adopt(Self.shared, at: now)
            let expected = anew.step(at: now)
            let actions = world.members[agent].book.step(at: now)
            if actions.count != expected.count || !actions.allSatisfy(expected.contains) { world.oversights += 1 }
            // What an agent has to do at a moment that is over it would look at again and again.
            if actions.isEmpty, world.members[agent].book.nextMoment(at: now) <= now { world.idleSteps += 1 }
            // The book orders them by its tables' hashes, which differ from run to run; a seed has to fail again.
            let order = actions.indices.sorted { (actions[$0].pdu, $0) < (actions[$1].pdu, $1) }
            for index in order { world.carryOut(actions[index], agent) }
            world.tick(agent)
        }
    }

    private mutating func carryOut(_ action: OwnershipBook.Action, _ agent: Int) {
        switch action {
        case .attend, .succeed, .giveBack: return
        case .move(let pdu, let name):
            ask(agent) { world -> Void in
                world.wishes[pdu] = name
            } _: { world, answer in
                if answer != nil { world.members[agent].book.move(pdu, to: name) }
            }
        case .claim(let pdu): claim(agent, pdu)
        case .begin(let pdu, let epoch): begin(agent, pdu, epoch)
        case .handOver(let pdu):
            at(some(0...500), agent) { $0.members[agent].book.handedOver(pdu) }
        case .release(let pdu, let epoch): release(agent, pdu, epoch)
        case .end(let pdu):
            let now = clock(agent)
            _ = members[agent].tenures[pdu]?.clock.close(at: now)
            at(some(0...100), agent) { world in
                world.members[agent].tenures[pdu] = nil
                world.members[agent].book.ended(pdu)
            }
        }
    }

    private mutating func claim(_ agent: Int, _ pdu: PDUName) {
        guard let lease = members[agent].lease else {
            let now = moment(agent)
            return members[agent].book.failed(pdu, at: now)
        }
        let life = members[agent].life
        ask(agent) { world -> Int64? in
            if let owner = world.owners[pdu] {
                return owner.agent == agent && owner.life == life && owner.lease == lease ? owner.epoch : nil
            }
            guard world.leases[lease] != nil else { return nil }
            world.revision += 1
            world.owners[pdu] = Owner(agent: agent, life: life, epoch: world.revision, lease: lease)
            return world.revision
        } _: { world, answer in
            guard let answer, let epoch = answer else {
                let now = world.moment(agent)
                return world.members[agent].book.failed(pdu, at: now)
            }
            world.members[agent].claims[pdu] = epoch
            world.load(agent, pdu, epoch, wonAt: world.clock(agent))
        }
    }

    /// Reads what earlier owners have left, which nobody else can change any more, and how long to wait.
    private mutating func load(_ agent: Int, _ pdu: PDUName, _ epoch: Int64, wonAt: ContinuousClock.Instant) {
        ask(agent) {
            (entry: $0.entries[pdu], fence: $0.fences[pdu], isOwner: $0.owners[pdu]?.epoch == epoch)
        } _: { world, answer in
            guard world.members[agent].claims[pdu] == epoch, world.members[agent].book.phases[pdu] == .claiming else {
                return
            }
            guard let (entry, fence, isOwner) = answer else {
                return world.at(300, agent) { $0.load(agent, pdu, epoch, wonAt: wonAt) }
            }
            world.members[agent].claims[pdu] = nil
            guard isOwner else {
                let now = world.moment(agent)
                return world.members[agent].book.failed(pdu, at: now)
            }
            world.members[agent].left[pdu] = entry
            let clock = TenureClock(
                Self.shared(pdu).window,
                wonAt: wonAt,
                noted: fence.map { .milliseconds($0) }
            )
            world.members[agent].tenures[pdu] = (clock, epoch)
            let wait = world.clock(agent).duration(to: clock.notBefore)
            world.members[agent].book.won(
                pdu,
                epoch: epoch,
                until: world.moment(agent) + wait,
                at: world.moment(agent)
            )
            world.tenures += 1
        }
    }

    /// The lane begins with what the journal holds: a cycle of an earlier owner is finished, and its outlet not switched off
    /// again.
    private mutating func begin(_ agent: Int, _ pdu: PDUName, _ epoch: Int64) {
        guard members[agent].book.phases[pdu] == .beginning(epoch: epoch) else { return }
        members[agent].found[pdu] = members[agent].left.removeValue(forKey: pdu)
        members[agent].work[pdu] = nil
        members[agent].book.begun(pdu)
    }

    private mutating func release(_ agent: Int, _ pdu: PDUName, _ epoch: Int64) {
        guard members[agent].tenures[pdu]?.epoch == epoch else {
            let moment = moment(agent)
            return members[agent].book.released(pdu, at: moment)
        }
        let now = clock(agent)
        let wait = members[agent].tenures[pdu]?.clock.close(at: now)
        ask(agent) { world -> Void in
            guard world.owners[pdu]?.epoch == epoch else { return }
            world.owners[pdu] = nil
            if let wait { world.fences[pdu] = Int((wait / .milliseconds(1)).rounded(.up)) }
        } _: { world, answer in
            if answer == nil { return world.members[agent].book.notReleased(pdu) }
            world.members[agent].tenures[pdu] = nil
            world.members[agent].book.released(pdu, at: world.moment(agent))
        }
    }

    private func owned(_ agent: Int, _ pdu: PDUName) -> Int64? {
        if case .owned(let epoch) = members[agent].book.phases[pdu] { epoch } else { nil }
    }

    /// The tenures in which an agent owns all of the PDUs.
    private func owned(_ agent: Int, _ pdus: [PDUName]) -> [PDUName: Int64]? {
        var epochs: [PDUName: Int64] = [:]
        for pdu in pdus {
            guard let epoch = owned(agent, pdu) else { return nil }
            epochs[pdu] = epoch
        }
        return epochs
    }

    /// A command, or the next step of a cycle.
    private mutating func switchNow(_ agent: Int) {
        at(some(10...250) / haste, agent) { world in
            world.switchNow(agent)
            // More of the second PDU, so that what is noted for the first one comes from the circuit.
            let pdu = Self.pdus[world.chance(world.share) ? 1 : 0]
            guard let epoch = world.owned(agent, pdu) else { return }
            world.takeUp(agent, pdu)
            if let work = world.members[agent].work[pdu], work.epochs[pdu] == epoch {
                world.goOn(agent, pdu, work)
            } else if world.members[agent].found[pdu] == nil, world.chance(20) {
                world.beginCycle(agent, world.chance(50) ? Self.pdus : [pdu])
            } else {
                let write = Write(pdu: pdu, agent: Self.name(agent), epoch: epoch)
                world.write(agent, write, isInCircuit: world.chance(50))
            }
        }
    }

    /// Goes on with what was found in the journal, when every PDU of it is owned and tells of it.
    private mutating func takeUp(_ agent: Int, _ pdu: PDUName) {
        guard let entry = members[agent].found[pdu], let epochs = owned(agent, entry.pdus),
            entry.pdus.allSatisfy({ members[agent].found[$0]?.cycle == entry.cycle })
        else { return }
        var work = Work(entry, epochs, isNew: false)
        // A wall clock that jumped makes nothing wait for longer than was asked for.
        let now = now(agent)
        work.until = min(now.moment(of: entry.due), now.moment + .milliseconds(Self.offTime))
        for pdu in entry.pdus {
            members[agent].found[pdu] = nil
            members[agent].work[pdu] = work
        }
    }

    private mutating func goOn(_ agent: Int, _ pdu: PDUName, _ work: Work) {
        guard let epoch = work.epochs[pdu], owned(agent, work.entry.pdus) == work.epochs else { return }
        var write = Write(pdu: pdu, agent: Self.name(agent), epoch: epoch)
        write.cycle = work.entry.cycle
        if !work.toGoOff.isEmpty {
            write.isOff = true
            if work.toGoOff.contains(pdu) { self.write(agent, write, isInCircuit: false) }
        } else if work.toGoOn.isEmpty {
            finish(agent, work)
        } else if work.toGoOn.contains(pdu), work.until <= moment(agent) {
            self.write(agent, write, isInCircuit: true)
        }
    }

    /// A cycle is in the journal of each of its PDUs, or of none, before an outlet goes off.
    private mutating func beginCycle(_ agent: Int, _ pdus: [PDUName]) {
        guard let epochs = owned(agent, pdus),
            pdus.allSatisfy({ members[agent].work[$0] == nil && members[agent].found[$0] == nil })
        else { return }
        cycles += 1
        let due = now(agent).wallTime.addingTimeInterval(Double(Self.offTime) / 1000)
        let entry = Entry(cycle: cycles, pdus: pdus, due: due)
        ask(agent) { world -> Bool in
            guard world.owns(epochs), pdus.allSatisfy({ world.entries[$0] == nil }) else { return false }
            for pdu in pdus { world.entries[pdu] = entry }
            return true
        } _: { world, isWritten in
            // Where nobody knows whether it was written, the entry is looked at before anything else is done.
            guard let isWritten else { return world.readEntries(agent, epochs) }
            guard isWritten, world.owned(agent, pdus) == epochs,
                pdus.allSatisfy({ world.members[agent].work[$0] == nil })
            else { return }
            for pdu in pdus { world.members[agent].work[pdu] = Work(entry, epochs, isNew: true) }
        }
    }

    private func owns(_ epochs: [PDUName: Int64]) -> Bool { epochs.allSatisfy { owners[$0.key]?.epoch == $0.value } }

    /// Sees what the journal holds, and finishes it.
    private mutating func readEntries(_ agent: Int, _ epochs: [PDUName: Int64]) {
        ask(agent) {
            $0.entries
        } _: { world, entries in
            guard world.owned(agent, Array(epochs.keys)) == epochs else { return }
            guard let entries else { return world.readEntries(agent, epochs) }
            for pdu in epochs.keys where world.members[agent].work[pdu] == nil {
                world.members[agent].found[pdu] = entries[pdu]
            }
        }
    }

    /// The device has confirmed a half of a cycle.
    private mutating func didHalf(_ agent: Int, _ write: Write) {
        guard let work = members[agent].work[write.pdu], work.entry.cycle == write.cycle,
            work.epochs[write.pdu] == write.epoch
        else { return }
        let until = moment(agent) + .milliseconds(Self.offTime)
        for pdu in work.entry.pdus where members[agent].work[pdu]?.entry.cycle == write.cycle {
            if write.isOff {
                members[agent].work[pdu]?.toGoOff.remove(write.pdu)
                members[agent].work[pdu]?.until = until
            } else {
                members[agent].work[pdu]?.toGoOn.remove(write.pdu)
            }
        }
    }

    private mutating func finish(_ agent: Int, _ work: Work) {
        let cycle = work.entry.cycle
        ask(agent) { world -> Bool in
            guard world.owns(work.epochs) else { return false }
            // Once more changes nothing: an answer before may have been lost.
            if work.entry.pdus.allSatisfy({ world.entries[$0]?.cycle == cycle }) {
                for pdu in work.entry.pdus { world.entries[pdu] = nil }
                world.finished[cycle, default: 0] += 1
                if work.entry.pdus.count > 1 { world.finishedLoads += 1 }
            }
            return true
        } _: { world, isOwner in
            guard isOwner == true else { return }
            for pdu in work.entry.pdus where world.members[agent].work[pdu]?.entry.cycle == cycle {
                world.members[agent].work[pdu] = nil
            }
        }
    }

    /// Asks for leave, and sends up to three tries as long as the leave holds. For a switch-on in the circuit, leave is asked
    /// of the tenure of its first PDU too, and both successors have to wait.
    private mutating func write(_ agent: Int, _ write: Write, isInCircuit: Bool) {
        let pdu = write.pdu
        var write = write
        var epochs = [pdu: write.epoch]
        if isInCircuit {
            guard let lead = owned(agent, Self.lead) else { return }
            epochs[Self.lead] = lead
            write.lead = lead
        }
        let now = clock(agent)
        guard epochs.allSatisfy({ mayAsk(agent, $0.key, $0.value, at: now) }) else { return }
        ask(agent) { world -> Bool in
            guard world.owns(epochs) else { return false }
            for pdu in epochs.keys { world.fences[pdu] = Self.writeTime }
            return true
        } _: { world, isOwner in
            guard let isOwner else { return }
            guard isOwner else {
                // Of two it is not known which one is another agent's.
                if epochs.count == 1 { world.members[agent].book.disproved(pdu, at: world.moment(agent)) }
                return
            }
            var expiries: [ContinuousClock.Instant] = []
            for (pdu, epoch) in epochs where world.members[agent].tenures[pdu]?.epoch == epoch {
                let expiry = world.members[agent].tenures[pdu]?.clock.permit(begunAt: now)
                if let expiry { expiries.append(expiry) }
            }
            guard expiries.count == epochs.count, let expiry = expiries.first else { return }
            world.requests += 1
            let request = world.requests
            for attempt in 0..<3 {
                world.at(attempt * 400, agent) { [write] world in
                    // The last look before the datagram leaves; and who has an answer tries no more.
                    guard world.clock(agent) < expiry, !world.answered.contains(request) else { return }
                    for _ in 0..<(world.chance(5) ? 2 : 1) { world.send(write, epochs, request, expiry, agent) }
                }
            }
        }
    }

    private func mayAsk(_ agent: Int, _ pdu: PDUName, _ epoch: Int64, at now: ContinuousClock.Instant) -> Bool {
        guard let tenure = members[agent].tenures[pdu], tenure.epoch == epoch else { return false }
        return tenure.clock.mayAsk(at: now)
    }

    /// A datagram is on its way to the device, and the answer back.
    private mutating func send(
        _ write: Write,
        _ epochs: [PDUName: Int64],
        _ request: Int,
        _ expiry: ContinuousClock.Instant,
        _ agent: Int
    ) {
        at(some(0...Self.longestWay), nil) { world in
            var arrived = write
            arrived.time = world.time
            world.writes.append(arrived)
            guard world.some(0...3) > 0 else { return }
            world.at(world.some(0...Self.longestWay), agent) { world in
                let now = world.clock(agent)
                guard world.answered.insert(request).inserted else { return }
                for (pdu, epoch) in epochs where world.members[agent].tenures[pdu]?.epoch == epoch {
                    world.members[agent].tenures[pdu]?.clock.answered(expiry, at: now)
                }
                world.didHalf(agent, write)
            }
        }
    }

    /// What must not be: a write of an older tenure after one of a newer tenure, in a device or in the circuit; a cycle that is
    /// finished twice, one that switches an outlet off in two tenures, or one that was finished and left an outlet off.
    var verdict: String? {
        var newest: [PDUName: Int64] = [:]
        var newestLead: Int64 = 0
        for write in writes {
            if write.epoch < newest[write.pdu] ?? 0 {
                return "\(write) after a write of epoch \(newest[write.pdu] ?? 0)"
            }
            newest[write.pdu] = write.epoch
            // Every write to the first PDU shows that its owner may switch on in the circuit.
            guard let lead = write.pdu == Self.lead ? write.epoch : write.lead else { continue }
            if lead < newestLead { return "\(write) in the circuit after one of epoch \(newestLead)" }
            newestLead = lead
        }
        if let twice = finished.first(where: { $0.value > 1 }) { return "cycle \(twice.key) was finished twice" }
        struct Half: Hashable {
            let cycle: Int
            let pdu: PDUName
        }
        var offs: [Half: Int64] = [:]
        var ons: Set<Half> = []
        for write in writes {
            guard let cycle = write.cycle else { continue }
            let half = Half(cycle: cycle, pdu: write.pdu)
            guard write.isOff else {
                ons.insert(half)
                continue
            }
            if let epoch = offs[half], epoch != write.epoch { return "cycle \(cycle) switched off in two tenures" }
            offs[half] = write.epoch
        }
        if let dark = offs.keys.first(where: { finished[$0.cycle] != nil && !ons.contains($0) }) {
            return "cycle \(dark.cycle) was finished and left an outlet of \(dark.pdu) off"
        }
        return nil
    }
}

extension OwnershipBook.Action {
    /// The PDU that it is about; of an action about several, none.
    fileprivate var pdu: String {
        switch self {
        case .claim(let pdu), .begin(let pdu, _), .handOver(let pdu), .release(let pdu, _), .end(let pdu),
            .move(let pdu, _):
            pdu.description
        case .attend, .succeed, .giveBack: ""
        }
    }
}
