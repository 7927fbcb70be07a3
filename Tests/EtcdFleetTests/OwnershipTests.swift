import Foundation
import Power
import TestSupport
import Testing

@testable import Agent
@testable import EtcdFleet

@Suite("Who owns a PDU", .timeLimit(.minutes(10)))
struct OwnershipTests {
    private let pdu = PDUName("rack") ?? { fatalError("a valid name") }()
    private var shared: SharedPDU { SharedPDU(pdu: pdu, window: .seconds(1)) }

    private func at(_ milliseconds: Int64) -> Moment { Moment(nanoseconds: milliseconds * 1_000_000) }

    private func member(_ name: String, preference: Int = 0, isDraining: Bool = false) -> OwnershipBook.Member {
        OwnershipBook.Member(instance: "\(name)-1", pdus: [pdu], preference: preference, isDraining: isDraining)
    }

    /// A book of agent `a` that has joined and sees these agents and this owner.
    private func book(
        _ members: [String: OwnershipBook.Member],
        owner: OwnershipBook.Owner? = nil
    ) -> OwnershipBook {
        var book = OwnershipBook(agent: "a", instance: "a-1")
        book.adopt([shared], at: at(0))
        book.saw(members: members, owners: owner.map { [pdu: $0] } ?? [:], at: at(0))
        book.joined(at: at(0))
        return book
    }

    @Test("the first in line claims a PDU without an owner, waits, begins, and listens for its commands")
    func claims() {
        var book = book(["a": member("a", preference: 1), "b": member("b")])
        #expect(book.step(at: at(0)) == [.claim(pdu), .attend([pdu: .next])])
        book.won(pdu, epoch: 7, until: at(1500), at: at(10))
        #expect(book.step(at: at(10)) == [])
        #expect(book.nextMoment(at: at(10)) == at(1500))
        #expect(book.step(at: at(1500)) == [.begin(pdu, epoch: 7), .attend([pdu: .taken])])
        book.begun(pdu)
        #expect(book.phases[pdu] == .owned(epoch: 7))
        // That it hears which commands are answered ends when the broker has less to do.
        #expect(book.step(at: at(2000)) == [])
        #expect(book.step(at: at(31_500)) == [.attend([pdu: .owned])])
        #expect(book.step(at: at(31_600)) == [])
    }

    @Test("the second in line waits longer when the first has thousands of PDUs to claim, whose commands it holds")
    func manyOrphans() throws {
        let names = try (0..<2001).map { try #require(PDUName("p\($0)")) }
        var book = OwnershipBook(agent: "a", instance: "a-1")
        book.adopt(names.map { SharedPDU(pdu: $0, window: .seconds(1)) }, at: at(0))
        let pdus = Set(names)
        let first = OwnershipBook.Member(instance: "b-1", pdus: pdus, preference: 1)
        let members = ["a": OwnershipBook.Member(instance: "a-1", pdus: pdus), "b": first]
        book.saw(members: members, owners: [:], at: at(0))
        book.joined(at: at(0))
        func claims(_ actions: [OwnershipBook.Action]) -> Int {
            actions.count { if case .claim = $0 { true } else { false } }
        }
        #expect(claims(book.step(at: at(0))) == 0)
        #expect(claims(book.step(at: at(2499))) == 0)
        #expect(book.nextMoment(at: at(2499)) == at(2500))
        #expect(claims(book.step(at: at(2500))) == 2001)
    }

    @Test("the second in line waits while the store tells of more PDUs that have lost their owner, and not for ever")
    func moreOrphans() throws {
        let names = try (0..<20).map { try #require(PDUName("p\($0)")) }
        let pdus = Set(names)
        var book = OwnershipBook(agent: "a", instance: "a-1")
        book.adopt(names.map { SharedPDU(pdu: $0, window: .seconds(1)) }, at: at(0))
        let owner = OwnershipBook.Owner(agent: "c", instance: "c-1", epoch: 5)
        let members = [
            "a": OwnershipBook.Member(instance: "a-1", pdus: pdus),
            "b": OwnershipBook.Member(instance: "b-1", pdus: pdus, preference: 1),
        ]
        book.saw(members: members, owners: Dictionary(uniqueKeysWithValues: names.map { ($0, owner) }), at: at(0))
        book.joined(at: at(0))
        func claims(at now: Moment) -> [PDUName] {
            book.step(at: now).compactMap { if case .claim(let pdu) = $0 { pdu } else { nil } }
        }
        // The first one's turn ends 1.5 s after the last that was told of, and half a millisecond for each other one.
        for (place, name) in names.prefix(10).enumerated() { book.lost(name, at: at(Int64(place) * 500)) }
        #expect(claims(at: at(5990)) == [])
        book.lost(names[10], at: at(5995))
        #expect(claims(at: at(7499)) == [])
        #expect(claims(at: at(7500)).count == 11)
        // Neither does it claim while those that are first in line claim theirs.
        book.lost(names[19], at: at(7600))
        book.lost(names[18], at: at(7600))
        book.owns(OwnershipBook.Owner(agent: "b", instance: "b-1", epoch: 6), names[18], at: at(8600))
        #expect(claims(at: at(9100)) == [])
        #expect(claims(at: at(10_110)) == [names[19]])
        // After ten seconds nobody waits for more.
        for place in 0..<7 { book.lost(names[11 + place], at: at(11_000 + Int64(place) * 2000)) }
        #expect(claims(at: at(23_000)) == [names[11]])
    }

    @Test("the second in line holds commands, and claims only when the first has let its turn pass")
    func secondInLine() {
        let owner = OwnershipBook.Owner(agent: "b", instance: "b-1", epoch: 3)
        var book = book(["a": member("a"), "b": member("b"), "c": member("c", preference: 1)], owner: owner)
        #expect(book.step(at: at(0)) == [.attend([:])])
        book.left("c", at: at(1))
        #expect(book.step(at: at(1)) == [.attend([pdu: .next])])
        book.joined("c", member("c", preference: 1))
        book.left("b", at: at(90))
        book.lost(pdu, at: at(100))
        #expect(!book.step(at: at(100)).contains(.claim(pdu)))
        #expect(book.step(at: at(1600)).contains(.claim(pdu)))
    }

    @Test(
        "who is next in line gives the owner back what it may have missed, each time that the owner's broker was away"
    )
    func missed() {
        let owner = OwnershipBook.Owner(agent: "b", instance: "b-1", epoch: 3)
        var book = book(["a": member("a"), "b": member("b")], owner: owner)
        #expect(book.step(at: at(0)) == [.attend([pdu: .next])])
        var back = member("b")
        for session in 1...2 {
            back.sessions = session
            book.joined("b", back)
            #expect(book.step(at: at(10)) == [.giveBack([pdu])])
            book.joined("b", back)
            #expect(book.step(at: at(20)) == [])
        }
        // Another process has nothing that it could have missed: it owns nothing yet.
        back.instance = "b-2"
        back.sessions = 9
        book.joined("b", back)
        #expect(book.step(at: at(30)) == [])
        // Its own way to the broker is told to the others.
        book.brokerLost(at: at(40))
        book.brokerBack()
        #expect(book.sessions == 1)
    }

    @Test("who was next in line and has just vanished keeps its place for a turn: it is back soon, with what it holds")
    func vanished() {
        let owner = OwnershipBook.Owner(agent: "b", instance: "b-1", epoch: 3)
        for isBack in [true, false] {
            var book = book(["a": member("a"), "b": member("b"), "c": member("c", preference: 1)], owner: owner)
            _ = book.step(at: at(0))
            // All leases end early, but this agent's.
            book.left("c", at: at(100))
            book.lost(pdu, at: at(101))
            book.left("b", at: at(102))
            #expect(book.step(at: at(102)) == [.attend([pdu: .next])])
            #expect(book.nextMoment(at: at(102)) <= at(1602))
            // Its own key is there again, and not yet the names of its PDUs.
            var part = member("c", preference: 1)
            (part.instance, part.pdus, part.isWhole) = ("c-2", [], false)
            if isBack { book.saw(members: ["a": member("a"), "c": part], owners: [:], at: at(500)) }
            #expect(!book.step(at: at(1599)).contains(.claim(pdu)))
            if isBack { book.owns(OwnershipBook.Owner(agent: "c", instance: "c-2", epoch: 5), pdu, at: at(1599)) }
            #expect(book.step(at: at(1602)).contains(.claim(pdu)) == !isBack)
        }
    }

    @Test("who was next in line holds on while its own key is gone, and claims before the last owner when it is back")
    func backInLine() {
        let owner = OwnershipBook.Owner(agent: "b", instance: "b-1", epoch: 3)
        let others = ["b": member("b", preference: 1), "c": member("c", preference: -1)]
        var book = book(others.merging(["a": member("a")]) { $1 }, owner: owner)
        #expect(book.step(at: at(0)).contains(.attend([pdu: .next])))
        // The store shows that the leases have ended before this agent hears it of its own.
        book.saw(members: ["c": member("c", preference: -1)], owners: [:], at: at(100))
        let gone = book.step(at: at(100))
        #expect(gone == [], "nothing is claimed without a lease, and what is held stays held")
        book.lostLease(at: at(200))
        #expect(book.step(at: at(200)) == [])
        let back = others.merging(["a": member("a")]) { $1 }
        book.saw(members: back, owners: [:], at: at(300))
        book.joined(at: at(300))
        #expect(book.step(at: at(300)) == [.claim(pdu)])
    }

    @Test("who is not next any more keeps what it holds for a while, and gives nothing back then: who is next now does")
    func lingers() {
        let owner = OwnershipBook.Owner(agent: "b", instance: "b-1", epoch: 3)
        var book = book(["a": member("a"), "b": member("b")], owner: owner)
        #expect(book.step(at: at(0), holding: [pdu]) == [.attend([pdu: .next])])
        book.joined("c", member("c", preference: 1))
        #expect(book.step(at: at(100), holding: [pdu]) == [])
        #expect(book.nextMoment(at: at(100)) == at(10_100))
        // Next again before the time is over, and once more not.
        book.left("c", at: at(5000))
        #expect(book.step(at: at(5000), holding: [pdu]) == [])
        book.joined("c", member("c", preference: 1))
        #expect(book.step(at: at(6000), holding: [pdu]) == [])
        var back = member("b")
        back.sessions = 1
        book.joined("b", back)
        #expect(book.step(at: at(10_100), holding: [pdu]) == [])
        #expect(book.attention?[pdu] == .next)
        #expect(book.step(at: at(16_000), holding: [pdu]) == [.attend([pdu: .nothing])])
        // Who holds nothing, and who stops, lets go at once.
        book.left("c", at: at(17_000))
        #expect(book.step(at: at(17_000)) == [.attend([pdu: .next])])
        book.joined("c", member("c", preference: 1))
        #expect(book.step(at: at(17_100)) == [.attend([pdu: .nothing])])
        book.left("c", at: at(17_200))
        #expect(book.step(at: at(17_200)) == [.attend([pdu: .next])])
        book.leave()
        #expect(book.step(at: at(17_300), holding: [pdu]).contains(.attend([pdu: .nothing])))
    }

    @Test("who has lost a PDU with its lease claims it after those who were in line for it, who hold its commands")
    func lastOwner() {
        var book = book(["a": member("a", preference: 1)])
        _ = book.step(at: at(0))
        book.won(pdu, epoch: 7, until: at(0), at: at(0))
        _ = book.step(at: at(0))
        book.begun(pdu)
        book.joined("b", member("b"))
        _ = book.step(at: at(1))
        book.lostLease(at: at(100))
        #expect(book.step(at: at(100)).contains(.end(pdu)))
        book.ended(pdu)
        book.saw(members: ["a": member("a", preference: 1), "b": member("b")], owners: [:], at: at(200))
        book.joined(at: at(200))
        #expect(!book.step(at: at(200)).contains(.claim(pdu)))
        #expect(!book.step(at: at(1699)).contains(.claim(pdu)))
        #expect(book.step(at: at(1700)).contains(.claim(pdu)))
    }

    @Test("a held command stays held from the owner's end until this agent owns the PDU")
    func holdsThroughout() {
        let owner = OwnershipBook.Owner(agent: "b", instance: "b-1", epoch: 3)
        var book = book(["a": member("a"), "b": member("b", preference: 1)], owner: owner)
        #expect(book.step(at: at(0)) == [.attend([pdu: .next])])
        // The owner's key is gone before the agent's.
        book.lost(pdu, at: at(10))
        #expect(book.step(at: at(10)) == [.claim(pdu)])
        book.left("b", at: at(20))
        #expect(book.step(at: at(20)) == [])
        book.won(pdu, epoch: 5, until: at(1000), at: at(30))
        #expect(book.step(at: at(30)) == [.succeed("b")])
        #expect(book.attention?[pdu] == .next)
    }

    @Test("a tenure that is disproved ends at once, and a later owner in the store disproves it")
    func disproved() {
        var book = book(["a": member("a")])
        _ = book.step(at: at(0))
        book.won(pdu, epoch: 7, until: at(0), at: at(0))
        _ = book.step(at: at(0))
        book.begun(pdu)
        book.owns(OwnershipBook.Owner(agent: "b", instance: "b-1", epoch: 9), pdu, at: at(5))
        #expect(book.step(at: at(5)).first == .end(pdu))
        book.ended(pdu)
        #expect(book.phases[pdu] == nil)
    }

    @Test("a claim that was won although its answer was lost is asked for again")
    func lostAnswer() {
        var book = book(["a": member("a")])
        #expect(book.step(at: at(0)).contains(.claim(pdu)))
        book.failed(pdu, at: at(5))
        book.owns(OwnershipBook.Owner(agent: "a", instance: "a-1", epoch: 4), pdu, at: at(10))
        #expect(book.step(at: at(10)).contains(.claim(pdu)))
        #expect(book.phases[pdu] == .claiming)
    }

    @Test("a claim that the store has shown and whose answer was lost is asked for again")
    func lostAnswerOfAShownClaim() {
        var book = book(["a": member("a")])
        #expect(book.step(at: at(0)).contains(.claim(pdu)))
        book.owns(OwnershipBook.Owner(agent: "a", instance: "a-1", epoch: 4), pdu, at: at(5))
        book.failed(pdu, at: at(10))
        #expect(book.step(at: at(10)).contains(.claim(pdu)))
        book.won(pdu, epoch: 4, until: at(20), at: at(15))
        #expect(book.step(at: at(20)).contains(.begin(pdu, epoch: 4)))
    }

    @Test("a dead owner is told for by its successor, also when the store shows the claim before it is answered")
    func successor() {
        for isShownFirst in [false, true] {
            let owner = OwnershipBook.Owner(agent: "b", instance: "b-1", epoch: 3)
            var book = book(["a": member("a"), "b": member("b", preference: 1)], owner: owner)
            book.left("b", at: at(5))
            book.lost(pdu, at: at(10))
            #expect(book.step(at: at(10)).contains(.claim(pdu)))
            let own = OwnershipBook.Owner(agent: "a", instance: "a-1", epoch: 5)
            if isShownFirst { book.owns(own, pdu, at: at(20)) }
            book.won(pdu, epoch: 5, until: at(1000), at: at(30))
            #expect(book.step(at: at(30)).contains(.succeed("b")))
            #expect(!book.step(at: at(40)).contains(.succeed("b")), "once")
        }
    }

    @Test("the key of this agent's process before is another's: it is not taken for this one's")
    func earlierProcess() {
        var book = book(["a": member("a")], owner: OwnershipBook.Owner(agent: "a", instance: "a-0", epoch: 4))
        #expect(book.step(at: at(5000)).contains(.claim(pdu)) == false)
    }

    @Test(
        "when everything is handed over, a lane is finished before its key is given up, and nothing is claimed any more"
    )
    func leaves() {
        var book = book(["a": member("a"), "b": member("b")])
        _ = book.step(at: at(0))
        _ = book.step(at: at(2000))
        book.won(pdu, epoch: 7, until: at(2000), at: at(2000))
        _ = book.step(at: at(2000))
        book.begun(pdu)
        book.leave()
        #expect(book.step(at: at(2001)) == [.handOver(pdu), .attend([pdu: .nothing])])
        book.handedOver(pdu)
        #expect(book.step(at: at(2002)) == [.release(pdu, epoch: 7)])
        book.released(pdu, at: at(2003))
        #expect(book.step(at: at(9000)).contains(.claim(pdu)) == false)
    }

    @Test("who has no broker gives its PDUs to one that has, but keeps them where nobody has one")
    func cutOff() {
        func owner(_ others: [String: OwnershipBook.Member]) -> OwnershipBook {
            var book = book(others.merging(["a": member("a", preference: 1)]) { first, _ in first })
            _ = book.step(at: at(0))
            book.won(pdu, epoch: 7, until: at(0), at: at(0))
            _ = book.step(at: at(0))
            book.begun(pdu)
            _ = book.step(at: at(1))
            return book
        }
        var alone = owner(["b": member("b"), "c": member("c")])
        alone.brokerLost(at: at(1000))
        #expect(alone.nextMoment(at: at(1000)) == at(1500))
        #expect(alone.step(at: at(1499)) == [] && !alone.isCutOff)
        // A connection that is back at once moves nothing.
        alone.brokerBack()
        _ = alone.step(at: at(1600))
        #expect(alone.step(at: at(9000)) == [] && !alone.isCutOff)

        alone.brokerLost(at: at(9000))
        #expect(alone.step(at: at(9500)) == [] && alone.isCutOff)
        #expect(alone.ranking(of: pdu).last == "a")
        #expect(alone.step(at: at(10_499)) == [])
        #expect(alone.step(at: at(10_500)).first == .handOver(pdu))

        // Who has a connection again gets time to subscribe, and the others know that no commands reach it meanwhile.
        var resuming = owner(["b": member("b"), "c": member("c")])
        resuming.brokerLost(at: at(1000))
        resuming.brokerFound(at: at(1400))
        #expect(resuming.step(at: at(1500)) == [] && resuming.isCutOff)
        #expect(resuming.nextMoment(at: at(1500)) == at(3405))
        #expect(resuming.step(at: at(3404)) == [])
        resuming.brokerLost(at: at(3404))
        resuming.brokerFound(at: at(3404))
        #expect(resuming.step(at: at(5408)) == [])
        #expect(resuming.step(at: at(5409)).first == .handOver(pdu))
        // What is owned still stays where it is once there is a connection.
        resuming = owner(["b": member("b")])
        resuming.brokerLost(at: at(1000))
        _ = resuming.step(at: at(1500))
        resuming.brokerFound(at: at(1501))
        #expect(resuming.step(at: at(3505)) == [])
        resuming.brokerLost(at: at(3505))
        #expect(resuming.step(at: at(3505)).first == .handOver(pdu))

        var down = OwnershipBook.Member(instance: "b-1", pdus: [pdu])
        down.isCutOff = true
        var all = owner(["b": down])
        all.brokerLost(at: at(1000))
        for time: Int64 in [1500, 2500, 29_999] { #expect(all.step(at: at(time)) == [], "\(time)") }
        #expect(all.step(at: at(60_000)) == [.attend([pdu: .owned])])
        // The other has its broker back.
        let own = OwnershipBook.Owner(agent: "a", instance: "a-1", epoch: 7)
        all.saw(members: ["a": member("a", preference: 1), "b": member("b")], owners: [pdu: own], at: at(61_000))
        #expect(all.step(at: at(61_000)).first == .handOver(pdu))
    }

    @Test("who has lost its lease goes on holding commands until it has joined again")
    func holdsOn() {
        let owner = OwnershipBook.Owner(agent: "b", instance: "b-1", epoch: 4)
        var book = book(["a": member("a"), "b": member("b")], owner: owner)
        #expect(book.step(at: at(0)) == [.attend([pdu: .next])])
        book.lostLease(at: at(100))
        #expect(book.step(at: at(100)) == [])
        book.saw(members: ["a": member("a"), "b": member("b")], owners: [pdu: owner], at: at(200))
        book.joined(at: at(200))
        #expect(book.step(at: at(200)) == [])
        // Its own PDUs' commands are held too, by whoever is next for them then.
        book.lost(pdu, at: at(300))
        _ = book.step(at: at(300))
        book.won(pdu, epoch: 7, until: at(300), at: at(300))
        _ = book.step(at: at(5000))
        book.begun(pdu)
        book.lostLease(at: at(6000))
        #expect(book.step(at: at(6000)) == [.end(pdu), .attend([pdu: .next])])
    }

    @Test("PDUs that a load needs together go to one agent, which asks for those that another one has")
    func bundles() throws {
        let names = try ["p1", "p2", "p3"].map { try #require(PDUName($0)) }
        let ties = PDUBundles([[names[1], names[0]], [names[2], names[1]]])
        let pdus = names.map { SharedPDU(pdu: $0, window: .seconds(1), bundle: ties[$0]) }
        #expect(pdus.map(\.bundle) == [names[0], names[0], names[0]])
        var firsts: Set<String> = []
        for agent in ["a", "b", "c"] {
            var book = OwnershipBook(agent: agent, instance: agent)
            book.adopt(pdus, at: at(0))
            let members = ["a", "b", "c"].map { ($0, OwnershipBook.Member(instance: $0, pdus: Set(names))) }
            book.saw(members: Dictionary(uniqueKeysWithValues: members), owners: [:], at: at(0))
            for name in names { firsts.insert(book.ranking(of: name).first ?? "") }
        }
        #expect(firsts.count == 1)

        var book = OwnershipBook(agent: "a", instance: "a-1")
        book.adopt(pdus, at: at(0))
        let all = [
            "a": OwnershipBook.Member(instance: "a-1", pdus: Set(names), preference: 1),
            "b": OwnershipBook.Member(instance: "b-1", pdus: Set(names)),
        ]
        let other = OwnershipBook.Owner(agent: "b", instance: "b-1", epoch: 3)
        book.saw(members: all, owners: [names[1]: other], at: at(0))
        book.joined(at: at(0))
        // What has no owner goes where the first of them is, whatever else is preferred.
        #expect(book.step(at: at(0)).contains(.claim(names[0])))
        book.won(names[0], epoch: 7, until: at(0), at: at(0))
        _ = book.step(at: at(0))
        book.begun(names[0])
        #expect(!book.step(at: at(10)).contains(.move(names[1], to: "a")))
        #expect(book.nextMoment(at: at(1000)) <= at(1010))
        #expect(book.step(at: at(1010)).contains(.move(names[1], to: "a")))
        #expect(!book.step(at: at(1020)).contains(.move(names[1], to: "a")))
        // The order may have been lost.
        #expect(book.step(at: at(16_100)).contains(.move(names[1], to: "a")))
        // Where somebody else wants it, it stays.
        book.move(names[1], to: "b")
        #expect(!book.step(at: at(60_000)).contains(.move(names[1], to: "a")))
    }

    @Test("every agent orders the agents alike, and a larger capacity has a larger share")
    func shares() throws {
        var counts: [String: Int] = [:]
        for number in 0..<2000 {
            let pdu = try #require(PDUName("pdu-\(number)"))
            var rankings: Set<[String]> = []
            for name in ["a", "b", "c"] {
                var book = OwnershipBook(agent: name, instance: name)
                let members = Dictionary(
                    uniqueKeysWithValues: ["a", "b", "c"].map {
                        ($0, OwnershipBook.Member(instance: $0, pdus: [pdu], capacity: $0 == "c" ? 200 : 100))
                    }
                )
                book.saw(members: members, owners: [:], at: at(0))
                rankings.insert(book.ranking(of: pdu))
            }
            #expect(rankings.count == 1)
            counts[rankings.first?.first ?? "", default: 0] += 1
        }
        #expect((400...600).contains(counts["a"] ?? 0) && (400...600).contains(counts["b"] ?? 0), "\(counts)")
        #expect((880...1120).contains(counts["c"] ?? 0), "\(counts)")
    }

    @Test("leave to write counts from before the transaction, and a successor waits from after its own")
    func times() {
        let start = ContinuousClock.now
        var clock = TenureClock(shared.window, wonAt: start, noted: .milliseconds(700))
        #expect(clock.notBefore == start + .milliseconds(700))
        #expect(!clock.mayAsk(at: start + .milliseconds(699)) && clock.mayAsk(at: start + .milliseconds(700)))
        #expect(clock.permit(begunAt: start + .seconds(1)) == start + .seconds(2))
        #expect(clock.close(at: start + .milliseconds(1200)) == .milliseconds(1300))
        #expect(clock.permit(begunAt: start + .seconds(3)) == nil && !clock.mayAsk(at: start + .seconds(3)))
        // Of a write that the device has answered only the way of what left before is left to wait for; one that it has not
        // answered holds the successor up for all of its time.
        var answered = TenureClock(shared.window, wonAt: start, noted: .zero)
        let first = answered.permit(begunAt: start)
        answered.answered(first ?? start, at: start + .milliseconds(20))
        var alone = answered
        #expect(alone.close(at: start + .milliseconds(20)) == .milliseconds(500))
        let second = answered.permit(begunAt: start + .milliseconds(100))
        _ = answered.permit(begunAt: start + .milliseconds(200))
        answered.answered(second ?? start, at: start + .milliseconds(300))
        #expect(answered.close(at: start + .milliseconds(300)) == .milliseconds(1400))
        // Where nobody has noted a time, the agent's own is taken.
        #expect(TenureClock(shared.window, wonAt: start, noted: nil).notBefore == start + .milliseconds(1500))
        // A write that needs the leave of another PDU too may have less time, and never more.
        var shorter = TenureClock(shared.window, wonAt: start, noted: .zero)
        #expect(shorter.permit(begunAt: start, for: .milliseconds(300)) == start + .milliseconds(300))
        #expect(shorter.permit(begunAt: start) == start + .seconds(1))
        #expect(shorter.permit(begunAt: start, for: .seconds(5)) == start + .seconds(1))
        #expect(shorter.close(at: start) == .milliseconds(1500))
        // Who never wrote does not shorten what an earlier owner has noted.
        var idle = TenureClock(shared.window, wonAt: start, noted: nil)
        #expect(idle.close(at: start) == nil)
    }

    @Test(
        "whatever becomes of leases, answers, processes and clocks, no write comes after one of a newer owner",
        arguments: 0..<8
    )
    func simulation(part: UInt64) async {
        let count = ProcessInfo.processInfo.environment["BUSBAR_FLEET_SEEDS"].flatMap { UInt64($0) } ?? 200
        // It does nothing but reckon for long, which is not for the few threads that all tests share.
        let (tenures, writes, failures) = await withCheckedContinuation { done in
            let seeds = (part * count / 8)..<((part + 1) * count / 8)
            Self.reckoning.async { done.resume(returning: Self.simulate(seeds)) }
        }
        #expect(failures == [])
        #expect(tenures > Int(count) / 8 && writes > tenures, "\(tenures) tenures, \(writes) writes")
    }

    private static let reckoning = DispatchQueue(label: "fleet.simulation")

    private static func simulate(_ seeds: Range<UInt64>) -> (tenures: Int, writes: Int, failures: [String]) {
        var sum = (tenures: 0, writes: 0, failures: [String]())
        for seed in seeds {
            var simulation = FleetSimulation(seed: seed)
            simulation.run(60_000)
            if let verdict = simulation.verdict { sum.failures.append("seed \(seed): \(verdict)") }
            if simulation.oversights > 0 { sum.failures.append("seed \(seed): \(simulation.oversights) oversights") }
            if simulation.idleSteps > 0 { sum.failures.append("seed \(seed): \(simulation.idleSteps) idle steps") }
            sum.tenures += simulation.tenures
            sum.writes += simulation.writes.count
        }
        return sum
    }
}
