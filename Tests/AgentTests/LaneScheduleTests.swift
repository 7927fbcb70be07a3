import Foundation
import Power
import Testing

@testable import Agent

@Suite("What a lane does next")
struct LaneScheduleTests {
    private let one = ScheduleBench.number(1)
    private let two = ScheduleBench.number(2)

    @Test("a switch is done only after the device was read back and agrees")
    func doneAfterReadBack() {
        var bench = ScheduleBench()
        bench.settle()
        let ticket = bench.send(Command(.on))
        #expect(bench.step() == .set([one: .on]))
        #expect(bench.outcome(of: ticket) == nil)
        #expect(bench.step() == .read(.states([one])))
        #expect(bench.outcome(of: ticket) == .done(.on))
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

    @Test("a switch without an answer is done when the read-back agrees, and unknown when there is none")
    func timeoutAfterSend() {
        for readBackWorks in [true, false] {
            var bench = ScheduleBench()
            bench.settle()
            let ticket = bench.send(Command(.on))
            let turn = bench.turn()
            bench.answer(turn, error: DriverError(.timeout, "no answer"))
            bench.device[one] = .on
            let readBack = bench.turn()
            #expect(readBack == .read(.states([one])))
            bench.answer(readBack, error: readBackWorks ? nil : DriverError(.timeout, "no answer"))
            #expect(bench.outcome(of: ticket)?.status == (readBackWorks ? .done : .unknown))
        }
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
        #expect(bench.settle() == [.read(.states([one])), .set([one: .off]), .read(.states([one]))])
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

    @Test("a device that fails twice is offline, its commands fail with the reason, and it comes back by itself")
    func offline() {
        var bench = ScheduleBench()
        bench.settle()
        let silence = DriverError(.timeout, "bench does not answer")
        bench.wait(.seconds(10))
        bench.answer(bench.turn(), error: silence)
        #expect(!bench.schedule.health.isOffline)
        bench.wait(.seconds(2))
        bench.answer(bench.turn(), error: silence)
        #expect(bench.schedule.health.isOffline)

        let ticket = bench.send(Command(.on))
        _ = bench.turn()
        #expect(bench.outcome(of: ticket)?.status == .failed)
        #expect(bench.outcome(of: ticket)?.message?.contains("bench does not answer") == true)

        bench.wait(.seconds(40))
        #expect(bench.settle() == [.read(.everything)])
        #expect(!bench.schedule.health.isOffline)
        let second = bench.send(Command(.on))
        bench.settle()
        #expect(bench.outcome(of: second) == .done(.on))
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
        bench.schedule.abandon()
        bench.collect()
        #expect(bench.outcome(of: stuck)?.status == .unknown)
        #expect(bench.schedule.isDrained)
        let refused = bench.send(Command(.on))
        #expect(bench.outcome(of: refused)?.code == .stopping)
    }
}
