import Power
import TestSupport

@testable import Agent
@testable import EtcdFleet

/// A whole fleet under virtual time: the real `OwnershipBook` and `TenureClock` of each agent against a model of etcd that does
/// what the real one may (leases ended early, keepalives confirmed all the same, answers lost after the fact, changes told
/// late or never), a network that partitions and delays, processes that freeze, thaw and die, and clocks whose rates differ.
/// The device writes down what reaches it and is the judge.
struct FleetSimulation {
    /// What reached the device.
    struct Write: Equatable {
        let time: Int
        let agent: String
        let epoch: Int64
    }

    private struct Event {
        let time: Int
        let number: Int
        let agent: Int?
        /// The process that it is for; one that has died gets nothing.
        let life: Int
        let body: (inout FleetSimulation) -> Void
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

    private struct Member {
        var book: OwnershipBook
        var life = 0
        var lease: Int?
        var tenures: [PDUName: (clock: TenureClock, epoch: Int64)] = [:]
        var frozenUntil = 0
        var cutUntil = 0
        /// How fast its clock runs, in millionths.
        var rate = 1_000_000
        var isDead = false
    }

    private static let ttl = 2000
    private static let shared = SharedPDU(
        pdu: PDUName("p") ?? { fatalError("a valid name") }(),
        window: .milliseconds(1000)
    )
    private static let pdu = shared.pdu
    private static let base = ContinuousClock.now
    /// The longest way of a datagram; it and the difference of the clocks' rates fit into the margin.
    private static let longestWay = 300

    private var random: SeededRandom
    private var time = 0
    private var events: [Event] = []
    private var number = 0
    private var members: [Member] = []
    // etcd
    private var revision: Int64 = 1
    private var owner: Owner?
    private var leases: [Int: Lease] = [:]
    private var nextLease = 1
    private var fence: Int?
    private(set) var writes: [Write] = []
    /// Steps that did nothing although something was due.
    private(set) var idleSteps = 0
    private var requests = 0
    /// The requests whose answer has come.
    private var answered: Set<Int> = []
    private(set) var tenures = 0

    init(seed: UInt64, agents: Int = 3) {
        random = SeededRandom(seed: seed)
        for place in 0..<agents { members.append(Self.member(place, life: 0)) }
        for place in members.indices {
            members[place].rate = 1_000_000 + Int.random(in: -20_000...20_000, using: &random)
        }
    }

    private static func name(_ place: Int) -> String { "agent-\(place)" }

    private static func member(_ place: Int, life: Int) -> Member {
        Member(book: OwnershipBook(agent: name(place), instance: "\(place)-\(life)"), life: life)
    }

    /// Runs for so many milliseconds.
    mutating func run(_ end: Int) {
        for place in members.indices { start(place) }
        trouble()
        while let place = events.indices.min(by: {
            (events[$0].time, events[$0].number) < (events[$1].time, events[$1].number)
        }) {
            let event = events.remove(at: place)
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
        events.append(Event(time: time + max(0, delay), number: number, agent: agent, life: life, body: body))
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private mutating func some(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    /// Every now and then something goes wrong.
    private mutating func trouble() {
        at(some(100...1500), nil) { world in
            let place = world.some(0...(world.members.count - 1))
            switch world.some(0...6) {
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
                let rate = world.members[place].rate
                world.at(world.some(50...4000), nil) { world in
                    world.members[place] = Self.member(place, life: life)
                    world.members[place].rate = rate
                    world.start(place)
                }
            case 4:
                // Somebody deletes the key by hand.
                world.owner = nil
            case 5:
                // The broker of one agent, or of all.
                let places = world.chance(30) ? Array(world.members.indices) : [place]
                for place in places { world.members[place].book.brokerLost(at: world.moment(place)) }
                world.at(world.some(100...5000), nil) { world in
                    for place in places { world.members[place].book.brokerBack() }
                }
            default: world.members[place].book.move(Self.pdu, to: Self.name(world.some(0...2)))
            }
            world.trouble()
        }
    }

    private mutating func endLeases() {
        for (id, lease) in leases where lease.until <= time {
            leases[id] = nil
            if owner?.lease == id { owner = nil }
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

    private mutating func start(_ agent: Int) {
        members[agent].book.adopt([Self.shared], at: moment(agent))
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
        at(some(100...700), agent) { world in
            world.ask(agent) { world -> (Owner?, [Int]) in
                (world.owner, world.leases.values.map(\.agent))
            } _: { world, answer in
                world.look(agent)
                guard let (owner, there) = answer else { return }
                var members: [String: OwnershipBook.Member] = [:]
                for place in there {
                    members[Self.name(place)] = OwnershipBook.Member(
                        instance: world.members[place].book.instance,
                        pdus: [Self.pdu],
                        isCutOff: world.members[place].book.isCutOff
                    )
                }
                var owners: [PDUName: OwnershipBook.Owner] = [:]
                if let owner {
                    owners[Self.pdu] = OwnershipBook.Owner(
                        agent: Self.name(owner.agent),
                        instance: "\(owner.agent)-\(owner.life)",
                        epoch: owner.epoch
                    )
                }
                world.members[agent].book.saw(members: members, owners: owners, at: world.moment(agent))
            }
        }
    }

    private mutating func tick(_ agent: Int) {
        at(some(5...60), agent) { world in
            let now = world.moment(agent)
            let actions = world.members[agent].book.step(at: now)
            // What an agent has to do at a moment that is over it would look at again and again.
            if actions.isEmpty, world.members[agent].book.nextMoment <= now { world.idleSteps += 1 }
            for action in actions { world.carryOut(action, agent) }
            world.tick(agent)
        }
    }

    private mutating func carryOut(_ action: OwnershipBook.Action, _ agent: Int) {
        let pdu = Self.pdu
        switch action {
        case .attend, .succeed, .move: return
        case .claim: claim(agent)
        case .begin:
            at(some(0...100), agent) { $0.members[agent].book.begun(pdu) }
        case .handOver:
            at(some(0...500), agent) { $0.members[agent].book.handedOver(pdu) }
        case .release(_, let epoch): release(agent, epoch)
        case .end:
            let now = clock(agent)
            _ = members[agent].tenures[pdu]?.clock.close(at: now)
            at(some(0...100), agent) { world in
                world.members[agent].tenures[pdu] = nil
                world.members[agent].book.ended(pdu)
            }
        }
    }

    private mutating func claim(_ agent: Int) {
        let pdu = Self.pdu
        guard let lease = members[agent].lease else { return members[agent].book.failed(pdu) }
        let life = members[agent].life
        ask(agent) { world -> (epoch: Int64, fence: Int?)? in
            if let owner = world.owner {
                return owner.agent == agent && owner.life == life && owner.lease == lease
                    ? (owner.epoch, world.fence) : nil
            }
            guard world.leases[lease] != nil else { return nil }
            world.revision += 1
            world.owner = Owner(agent: agent, life: life, epoch: world.revision, lease: lease)
            return (world.revision, world.fence)
        } _: { world, answer in
            guard let answer, let (epoch, fence) = answer else { return world.members[agent].book.failed(pdu) }
            let clock = TenureClock(Self.shared, wonAt: world.clock(agent), noted: fence.map { .milliseconds($0) })
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

    private mutating func release(_ agent: Int, _ epoch: Int64) {
        let pdu = Self.pdu
        guard members[agent].tenures[pdu]?.epoch == epoch else {
            let moment = moment(agent)
            return members[agent].book.released(pdu, at: moment)
        }
        let now = clock(agent)
        let wait = members[agent].tenures[pdu]?.clock.close(at: now)
        ask(agent) { world -> Void in
            guard world.owner?.epoch == epoch else { return }
            world.owner = nil
            if let wait { world.fence = Int((wait / .milliseconds(1)).rounded(.up)) }
        } _: { world, answer in
            if answer == nil { return world.members[agent].book.notReleased(pdu) }
            world.members[agent].tenures[pdu] = nil
            world.members[agent].book.released(pdu, at: world.moment(agent))
        }
    }

    /// A command: asks for leave, and sends up to three tries as long as the leave holds.
    private mutating func switchNow(_ agent: Int) {
        let pdu = Self.pdu
        at(some(20...500), agent) { world in
            world.switchNow(agent)
            guard case .owned(let epoch) = world.members[agent].book.phases[pdu],
                let tenure = world.members[agent].tenures[pdu], tenure.epoch == epoch,
                tenure.clock.mayAsk(at: world.clock(agent))
            else { return }
            let begun = world.clock(agent)
            world.ask(agent) { world -> Bool in
                guard world.owner?.epoch == epoch else { return false }
                world.fence = Int(Self.shared.writeTime / .milliseconds(1))
                return true
            } _: { world, isOwner in
                guard let isOwner else { return }
                guard isOwner else { return world.members[agent].book.disproved(pdu, at: world.moment(agent)) }
                guard world.members[agent].tenures[pdu]?.epoch == epoch,
                    let expiry = world.members[agent].tenures[pdu]?.clock.permit(begunAt: begun)
                else { return }
                world.requests += 1
                let request = world.requests
                for attempt in 0..<3 {
                    world.at(attempt * 400, agent) { world in
                        // The last look before the datagram leaves; and who has an answer tries no more.
                        guard world.clock(agent) < expiry, !world.answered.contains(request) else { return }
                        world.at(world.some(0...Self.longestWay), nil) { world in
                            world.writes.append(Write(time: world.time, agent: Self.name(agent), epoch: epoch))
                            guard world.some(0...3) > 0 else { return }
                            world.at(world.some(0...Self.longestWay), agent) { world in
                                let now = world.clock(agent)
                                world.answered.insert(request)
                                guard world.members[agent].tenures[pdu]?.epoch == epoch else { return }
                                world.members[agent].tenures[pdu]?.clock.answered(expiry, at: now)
                            }
                        }
                    }
                }
            }
        }
    }

    /// The first write of an older tenure after one of a newer tenure.
    var verdict: String? {
        var newest: Int64 = 0
        for write in writes {
            if write.epoch < newest { return "\(write) after a write of epoch \(newest)" }
            newest = max(newest, write.epoch)
        }
        return nil
    }
}
