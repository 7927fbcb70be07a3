import Foundation
import Power
import Testing

@testable import Agent

@Suite("What a lane does next")
struct LaneScheduleTests {
    private let one = ScheduleBench.number(1)
    private let two = ScheduleBench.number(2)
    private let silence = DriverError(.timeout, "no answer")

    @Test("a switch is done only after the device was read back and agrees")
    func doneAfterReadBack() {
        var bench = ScheduleBench()
        bench.settle()
        let ticket = bench.send(Command(.on))
        bench.effects = []
        #expect(bench.step().states == [one: .on])
        #expect(bench.outcome(of: ticket) == nil)
        #expect(bench.states(of: 1).isEmpty, "the device was told, and nobody has read it")
        #expect(bench.step() == .read(.states([one])))
        #expect(bench.outcome(of: ticket) == .done(.on))
        #expect(bench.states(of: 1) == [.on])
    }

    @Test("a command that waits only for the disk to keep its end does not cut short what the device is asked next")
    func endedCommandIsNoLimit() {
        var bench = ScheduleBench()
        bench.settle()
        var command = Command(.cycle)
        command.limit = .seconds(2)
        let ticket = bench.send(command)
        _ = bench.turn()
        bench.confirmJournal()
        bench.answer(bench.turn(), error: DriverError(.refused, "no"))
        #expect(bench.outcome(of: ticket)?.status == .failed)
        bench.wait(.seconds(20))
        let poll = bench.turn()
        #expect(poll == .read(.everything))
        #expect(bench.schedule.limit(of: poll, at: bench.now) == .never)
    }

    @Test("the state is told before the result that it belongs to")
    func stateBeforeResult() throws {
        var bench = ScheduleBench()
        bench.settle()
        bench.effects = []
        bench.send(Command(.on))
        bench.settle()
        let words = bench.effects.map { effect in
            switch effect {
            case .state: "state"
            case .finished: "result"
            default: "other"
            }
        }
        #expect(words == ["state", "result"])
    }

    @Test("a device that answers the old state within its settle window is asked again until it agrees")
    func settles() {
        var bench = ScheduleBench(
            traits: DriverTraits(driver: "test", settleWindow: .seconds(3), settleInterval: .milliseconds(500))
        )
        bench.settle()
        let ticket = bench.send(Command(.on))
        bench.step()
        let late = bench.device
        bench.device = [one: .off, two: .off]
        for _ in 0..<4 {
            bench.step()
            #expect(bench.outcome(of: ticket) == nil)
            bench.wait(.milliseconds(500))
        }
        bench.device = late
        bench.step()
        #expect(bench.outcome(of: ticket) == .done(.on))
    }

    @Test("an answer that waited in the process for longer than the settle window does not fail the command")
    func lateReport() {
        var bench = ScheduleBench()
        bench.settle()
        let ticket = bench.send(Command(.on))
        bench.step()
        let asked = bench.turn()
        // The device was asked at once and still had the old state. Then the process stood still.
        bench.device[one] = .off
        bench.wait(.seconds(5))
        bench.answer(asked, took: .seconds(5))
        #expect(bench.outcome(of: ticket) == nil)
        bench.device[one] = .on
        bench.drive(for: .seconds(1))
        #expect(bench.outcome(of: ticket) == .done(.on))
    }

    @Test("a device that still disagrees after its settle window has failed")
    func mismatch() {
        var bench = ScheduleBench()
        bench.settle()
        let ticket = bench.send(Command(.on))
        bench.step()
        bench.device[one] = .off
        bench.wait(.seconds(3))
        bench.step()
        #expect(bench.outcome(of: ticket)?.status == .failed)
        #expect(bench.outcome(of: ticket)?.code == .mismatch)
        #expect(bench.outcome(of: ticket)?.state == .off)
    }

    @Test("a switch without an answer is done when the read-back agrees")
    func doneAfterALostAnswer() {
        var bench = ScheduleBench()
        bench.settle()
        let ticket = bench.send(Command(.on))
        bench.answer(bench.turn(), error: silence)
        bench.device[one] = .on
        #expect(bench.step() == .read(.states([one])))
        #expect(bench.outcome(of: ticket) == .done(.on))
    }

    @Test("who has just come to own a PDU reads the device before it does anything to it", arguments: [true, false])
    func readsFirst(answers: Bool) {
        var bench = ScheduleBench()
        bench.schedule.nextPoll = bench.moment + .seconds(10)
        bench.schedule.mustReadFirst = true
        #expect(!bench.turn().isDeviceWork)
        bench.send(Command(.on))
        let first = bench.turn()
        #expect(first == .read(.everything))
        bench.answer(first, error: answers ? nil : DriverError(.timeout, "no answer"))
        bench.wait(.seconds(1))
        // One that does not answer is offline, and is not switched before it has answered.
        switch bench.turn() {
        case .set: #expect(answers)
        case let turn: #expect(!answers && turn == .read(.states([ScheduleBench.number(1)])))
        }
    }

    private let noQuorum = DriverError(.noQuorum, "no majority of etcd answers")

    @Test("a switch that nobody can permit is tried again for ten seconds, and then rejected", arguments: [60, 6])
    func notPermitted(limit: Int) throws {
        var bench = ScheduleBench()
        bench.settle()
        var command = Command(.on)
        command.limit = .seconds(limit)
        let ticket = bench.send(command)
        let begun = bench.moment
        var tries = 0
        while bench.outcome(of: ticket) == nil, bench.moment < begun + .seconds(30) {
            let turn = bench.turn()
            if case .set = turn {
                tries += 1
                bench.wait(.seconds(3))
                bench.answer(turn, error: noQuorum, took: .seconds(3))
            } else {
                bench.answer(turn)
                bench.wait(.milliseconds(100))
            }
        }
        #expect(bench.outcome(of: ticket) == .rejected(.noQuorum, noQuorum.message))
        #expect(tries == (limit == 60 ? 3 : 2))
        #expect(bench.moment - begun <= .seconds(limit == 60 ? 12 : 8))
    }

    @Test("a switch that is permitted at the second try is done")
    func permittedLater() {
        var bench = ScheduleBench()
        bench.settle()
        let ticket = bench.send(Command(.on))
        bench.answer(bench.turn(), error: noQuorum)
        #expect(!bench.turn().isDeviceWork)
        bench.wait(.seconds(1))
        bench.settle()
        #expect(bench.outcome(of: ticket) == .done(.on))
    }

    @Test("a switch whose request was lost is sent again until the device agrees")
    func sentAgain() {
        var bench = ScheduleBench()
        bench.settle()
        let ticket = bench.send(Command(.on))
        for _ in 0..<5 {
            #expect(bench.turn().states == [one: .on])
            bench.answer(.set([one: Turn.Order(.on, ticket: ticket)]), error: silence)
            bench.device[one] = .off
            #expect(bench.step() == .read(.states([one])))
            #expect(bench.outcome(of: ticket) == nil)
            bench.wait(.milliseconds(100))
        }
        bench.settle()
        #expect(bench.outcome(of: ticket) == .done(.on))
    }

    @Test("a switch whose device never answers again is unknown when its time is over, and never sent later")
    func unknownAfterItsTime() {
        var bench = ScheduleBench()
        bench.settle()
        let ticket = bench.send(Command(.on, limit: .seconds(5)))
        bench.drive(for: .seconds(5)) { _ in silence }
        #expect(bench.outcome(of: ticket)?.status == .unknown)
        #expect(bench.outcome(of: ticket)?.code == .deviceTimeout)
        // It did switch, as the next reading tells.
        bench.device[one] = .on
        bench.effects = []
        #expect(ScheduleBench.sets(bench.drive(for: .seconds(60))).isEmpty)
        #expect(bench.states(of: 1) == [.on])
    }

    @Test("the time in which the device is silent counts for every command that waits for it")
    func silenceCounts() {
        var bench = ScheduleBench()
        bench.settle()
        let tickets = [Command(.off, id: "a"), Command(.on), Command(.off, force: true)].map { bench.send($0) }
        bench.drive(for: .seconds(14)) { _ in silence }
        #expect(bench.outcomes.isEmpty)
        bench.drive(for: .seconds(1.1)) { _ in silence }
        #expect(tickets.map { bench.outcome(of: $0)?.status } == [.unknown, .failed, .failed])
        #expect(ScheduleBench.sets(bench.drive(for: .seconds(60))).isEmpty)
    }

    @Test("a command that waited behind another one has its whole time from then on")
    func timeBehindAnother() {
        var bench = ScheduleBench()
        bench.settle()
        bench.send(Command(.cycle, offTime: .seconds(60)))
        let behind = bench.send(Command(.off, limit: .seconds(2)))
        bench.drive(for: .seconds(59))
        #expect(bench.outcome(of: behind) == nil)
        bench.drive(for: .seconds(2))
        #expect(bench.outcome(of: behind) == .done(.off))
    }

    @Test("a command's time begins at the end of its own delay", arguments: [false, true])
    func timeAfterItsDelay(isDead: Bool) {
        var bench = ScheduleBench()
        bench.settle()
        let ticket = bench.send(Command(.on, delay: .seconds(60), limit: .seconds(5)))
        bench.drive(for: .seconds(59.9))
        bench.drive(for: .seconds(3.6)) { _ in silence }
        #expect(bench.outcome(of: ticket) == nil)
        bench.drive(for: .seconds(1.4)) { _ in isDead ? silence : nil }
        #expect(bench.outcome(of: ticket)?.status == (isDead ? nil : .done))
        bench.drive(for: .seconds(0.2)) { _ in silence }
        #expect(bench.outcome(of: ticket)?.status == (isDead ? .unknown : .done))
    }

    @Test("a command's time begins at its turn in a group's stagger")
    func timeAfterAStagger() {
        var bench = ScheduleBench()
        bench.settle()
        // The group's command came a minute before this outlet's turn.
        let ticket = bench.ticket(77, Command(.on, limit: .seconds(5)), 1)
        bench.drive(for: .seconds(60))
        bench.schedule.submit(ticket, at: bench.now)
        bench.drive(for: .seconds(3.5)) { _ in silence }
        #expect(bench.outcome(of: 77) == nil)
        bench.drive(for: .seconds(1.4))
        #expect(bench.outcome(of: 77) == .done(.on))
    }

    @Test("a cycle that the device does by itself is sent once, whatever becomes of the answer")
    func deviceCycleOnce() {
        for error in [silence, DriverError(.badReply, "what?"), DriverError(.interrupted, "gone")] {
            var bench = ScheduleBench(traits: DriverTraits(driver: "test", cyclesByItself: true)) { rules in
                rules.outlets[ScheduleBench.number(1)]?.isCycledByDevice = true
            }
            bench.device[one] = .on
            bench.settle()
            let ticket = bench.send(Command(.cycle))
            bench.confirmJournal()
            let turns = bench.drive(for: .seconds(200)) { turn in
                if case .cycle = turn { error } else { nil }
            }
            #expect(turns.filter { $0 == .cycle(one, ticket: ticket) }.count == 1, "\(error)")
            #expect(ScheduleBench.sets(turns).isEmpty, "\(error): it is on")
            #expect(bench.outcome(of: ticket)?.status == .unknown && bench.outcome(of: ticket)?.state == .on)
        }
    }

    @Test("a reply that comes when its command has ended means nothing to the next one")
    func lateReply() {
        var bench = ScheduleBench()
        bench.settle()
        let first = bench.send(Command(.on, limit: .seconds(1)))
        let second = bench.send(Command(.off))
        let turn = bench.turn()
        bench.wait(.seconds(2))
        _ = bench.turn()
        #expect(bench.outcome(of: first)?.status == .unknown)
        bench.schedule.didSet([one: Turn.Order(.on, ticket: first)], error: nil, took: .seconds(2), at: bench.now)
        #expect(turn.states == [one: .on])
        bench.settle()
        #expect(bench.outcome(of: second) == .done(.off))
        #expect(bench.device[one] == .off)
    }

    @Test("the device refusing a switch is a failure at once")
    func refused() {
        var bench = ScheduleBench()
        bench.settle()
        let ticket = bench.send(Command(.on))
        bench.answer(bench.turn(), error: DriverError(.refused, "not writable"))
        #expect(bench.outcome(of: ticket) == .failed(.deviceError, "not writable"))
    }

    @Test("toggle reads the device first")
    func toggleReads() {
        var bench = ScheduleBench()
        bench.settle()
        bench.device[one] = .on  // somebody pressed the button; the agent has not seen it
        let ticket = bench.send(Command(.toggle))
        #expect(
            bench.settle() == [
                .read(.states([one])), .set([one: Turn.Order(.off, ticket: ticket)]), .read(.states([one])),
            ]
        )
        #expect(bench.outcome(of: ticket) == .done(.off))
    }

    @Test("off then on are two switches in their order; two equal ones that wait are one switch and two results")
    func orderAndMerging() {
        var bench = ScheduleBench()
        bench.settle()
        bench.send(Command(.on))
        _ = bench.turn()  // the first one is running now
        bench.send(Command(.off))
        bench.send(Command(.off))
        bench.send(Command(.on))
        let sets = ScheduleBench.sets(bench.settle())
        #expect(sets == [[one: .on], [one: .off], [one: .on]])
        #expect(bench.outcomes.map(\.ticket) == [1, 2, 3, 4])
        #expect(bench.outcomes.allSatisfy { $0.outcome.status == .done })
    }

    @Test("of equal ones that share a switch each has its own time at a silent device")
    func mergedTimes() {
        let silence = DriverError(.timeout, "no answer")
        for isBack in [true, false] {
            var bench = ScheduleBench()
            bench.settle()
            let limit = Duration.seconds(20)
            let first = bench.send(Command(.on, limit: limit))
            bench.drive(for: .seconds(6)) { _ in silence }
            let second = bench.send(Command(.off, limit: limit))
            bench.drive(for: .seconds(8)) { _ in silence }
            let third = bench.send(Command(.off, limit: limit))
            bench.drive(for: .seconds(7)) { _ in silence }
            #expect(bench.outcome(of: first)?.status == .unknown && bench.outcome(of: second) == nil)
            bench.drive(for: .seconds(6)) { _ in silence }
            #expect(bench.outcome(of: second)?.status != nil && bench.outcome(of: second)?.status != .done)
            #expect(bench.outcome(of: third) == nil, "it has 7 s left")
            bench.drive(for: .seconds(8)) { _ in isBack ? nil : silence }
            #expect((bench.outcome(of: third) == .done(.off)) == isBack)
            #expect(bench.outcome(of: third) != nil)
        }
    }

    @Test("of more than 32 waiting commands the oldest waiting one is superseded")
    func superseded() {
        var bench = ScheduleBench()
        bench.settle()
        bench.send(Command(.on))
        _ = bench.turn()
        for index in 0..<34 { bench.send(Command(index.isMultiple(of: 2) ? .off : .on)) }
        #expect(bench.outcomes.map(\.ticket) == [2, 3])
        #expect(bench.outcomes.allSatisfy { $0.outcome.status == .superseded })
        bench.settle()
        #expect(bench.outcomes.count == 35)
    }

    @Test("several outlets go into one request only where the device can")
    func together() {
        for isTogether in [true, false] {
            var bench = ScheduleBench(traits: DriverTraits(driver: "test", switchesTogether: isTogether))
            bench.settle()
            bench.send(Command(.on), to: 1)
            bench.send(Command(.on), to: 2)
            let turns = bench.settle()
            let both: [OutletNumber: PowerState] = [one: .on, two: .on]
            #expect(ScheduleBench.sets(turns) == (isTogether ? [both] : [[one: .on], [two: .on]]))
            #expect(turns.last == .read(.states([one, two])))
            #expect(bench.outcomes.count == 2)
        }
    }

    @Test("a request for several outlets that the device refuses is tried outlet by outlet")
    func togetherRefused() {
        var bench = ScheduleBench(traits: DriverTraits(driver: "test", switchesTogether: true))
        bench.settle()
        bench.send(Command(.on), to: 1)
        bench.send(Command(.on), to: 2)
        bench.answer(bench.turn(), error: DriverError(.refused, "one of them"))
        #expect(bench.outcomes.isEmpty)
        bench.answer(bench.turn(), error: DriverError(.refused, "this one"))
        bench.settle()
        #expect(bench.outcome(of: 1)?.status == .failed)
        #expect(bench.outcome(of: 2)?.status == .done)
    }

    @Test("a device that is offline is asked at once for a command, which goes ahead as soon as it answers")
    func offline() {
        var bench = ScheduleBench()
        bench.settle()
        bench.drive(for: .seconds(40)) { _ in silence }
        #expect(bench.schedule.health.isOffline)

        let lost = bench.send(Command(.on))
        let tries = bench.drive(for: .seconds(15)) { _ in silence }
        // One attempt a second, and nothing is switched on a device that does not answer.
        #expect((14...16).contains(tries.count))
        #expect(ScheduleBench.sets(tries).isEmpty)
        #expect(bench.outcome(of: lost)?.status == .failed)
        #expect(bench.outcome(of: lost)?.code == .deviceError)
        #expect(bench.outcome(of: lost)?.message?.contains("no answer") == true)

        bench.drive(for: .seconds(60)) { _ in silence }
        let ticket = bench.send(Command(.on))
        bench.drive(for: .seconds(2))
        #expect(bench.outcome(of: ticket) == .done(.on))
        #expect(!bench.schedule.health.isOffline)
    }

    @Test("a device that refused the credentials is not asked again within half a minute, whoever waits for it")
    func credentials() {
        var bench = ScheduleBench()
        bench.settle()
        let refused = DriverError(.authentication, "wrong password")
        bench.wait(.seconds(11))
        bench.answer(bench.turn(), error: refused)
        let ticket = bench.send(Command(.on))
        bench.send(Command(.cycle, delay: .seconds(1)), to: 2)
        bench.schedule.refresh(at: bench.now)
        #expect(bench.drive(for: .seconds(29)) { _ in refused }.isEmpty)
        #expect(bench.outcome(of: ticket)?.code == .auth)
        #expect(bench.drive(for: .seconds(20)) { _ in refused }.count == 1)
    }

    @Test("the circuit's turn does not count as the device's time")
    func circuitIsNotTheDevice() {
        var bench = ScheduleBench { rules in
            for number in rules.outlets.keys { rules.outlets[number]?.circuit = "slow" }
        }
        bench.settle()
        for outlet in 1...4 { bench.send(Command(.on, limit: .seconds(0.5)), to: outlet) }
        bench.drive(for: .seconds(3))
        #expect(bench.outcomes.map(\.outcome) == Array(repeating: .done(.on), count: 4))
    }

    @Test("a button that is pressed while a command waits is not the agent's own doing")
    func buttonDuringADelay() {
        var bench = ScheduleBench()
        bench.settle()
        bench.send(Command(.off, delay: .seconds(60)))
        bench.device[one] = .on
        bench.drive(for: .seconds(30))
        bench.drive(for: .seconds(60))
        let own = bench.effects.compactMap { effect -> Bool? in
            if case .state(one, _, previous: .some, let isOwn) = effect { isOwn } else { nil }
        }
        #expect(own == [false, true])
    }

    @Test("a change behind the agent's back shows at the next poll")
    func outOfBand() {
        var bench = ScheduleBench()
        bench.settle()
        bench.effects = []
        bench.device[two] = .on
        bench.wait(.seconds(10))
        #expect(bench.settle() == [.read(.everything)])
        let states = bench.effects.compactMap { effect -> PowerState? in
            if case .state(two, let state, _, false) = effect { state } else { nil }
        }
        #expect(states == [.on])
    }

    @Test("the device is read within an interval after it was asked before, whatever chance says")
    func pollWithinTheInterval() {
        for took in [Duration.milliseconds(1), .seconds(3), .seconds(8)] {
            var bench = ScheduleBench { rules in rules.pollJitter = 0.4 }
            bench.settle()
            var last: Moment?
            var gaps: [Duration] = []
            for _ in 0..<400 {
                let turn = bench.turn()
                if case .wait(let until) = turn {
                    bench.moment = until
                    continue
                }
                if let last { gaps.append(bench.moment - last) }
                last = bench.moment
                bench.wait(took)
                bench.answer(turn, took: took)
            }
            // One that takes longer than half the interval is left alone for the other half.
            #expect(gaps.allSatisfy { $0 <= max(.seconds(10), took + .seconds(5)) && $0 >= .seconds(6) }, "\(took)")
            #expect(took > .seconds(4) || (gaps.max() ?? .zero) - (gaps.min() ?? .zero) > .seconds(1), "\(took)")
        }
    }

    @Test("a waiting command whose deadline passes is expired and never sent")
    func deadline() {
        var bench = ScheduleBench()
        bench.settle()
        bench.send(Command(.on))
        _ = bench.turn()
        let late = bench.send(Command(.off, deadline: bench.now.wallTime.addingTimeInterval(1)))
        bench.wait(.seconds(1.5))
        let turns = bench.settle()
        #expect(bench.outcome(of: late)?.status == .expired)
        #expect(ScheduleBench.sets(turns) == [[one: .on]])
    }

    @Test("a poll that is a whole interval late goes before further commands")
    func pollIsNotStarved() {
        var bench = ScheduleBench()
        bench.settle()
        bench.wait(.seconds(25))
        bench.send(Command(.on))
        #expect(bench.turn() == .read(.everything))
    }

    @Test("stopping answers what waits, lets what runs finish, and calls the rest unknown")
    func stopping() {
        var bench = ScheduleBench()
        bench.settle()
        let running = bench.send(Command(.on), to: 1)
        let stuck = bench.send(Command(.on), to: 2)
        bench.answer(bench.turn())
        bench.answer(bench.turn())
        let waiting = bench.send(Command(.off), to: 1)
        bench.schedule.stop(until: bench.moment + .seconds(5))
        bench.collect()
        #expect(bench.outcome(of: waiting)?.code == .stopping)
        #expect(!bench.schedule.isDrained)
        bench.device[two] = .off
        bench.step()
        #expect(bench.outcome(of: running)?.status == .done)
        bench.schedule.abandon(at: bench.now)
        bench.collect()
        #expect(bench.outcome(of: stuck)?.status == .unknown)
        #expect(bench.schedule.isDrained)
        let refused = bench.send(Command(.on))
        #expect(bench.outcome(of: refused)?.code == .stopping)
    }
}
