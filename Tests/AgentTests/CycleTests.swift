import Foundation
import Power
import Testing

@testable import Agent

@Suite("Cycles, delays and times to go back")
struct CycleTests {
    private let one = ScheduleBench.number(1)

    @Test("a cycle is in the journal before the outlet goes off, stays off for its time, and ends on")
    func cycle() throws {
        var bench = ScheduleBench()
        bench.device[one] = .on
        bench.settle()
        let ticket = bench.send(Command(.cycle, offTime: .seconds(3)))
        #expect(!bench.turn().isDeviceWork)
        let entries = bench.effects.compactMap { effect -> JournalEntry? in
            if case .journal(let entry, _) = effect { entry } else { nil }
        }
        #expect(entries.map(\.stage) == [.acting])
        #expect(ScheduleBench.sets(bench.settle()) == [[one: .off]])
        bench.wait(.milliseconds(2900))
        #expect(ScheduleBench.sets(bench.settle()).isEmpty)
        bench.wait(.milliseconds(100))
        #expect(ScheduleBench.sets(bench.settle()) == [[one: .on]])
        #expect(bench.outcome(of: ticket) == .done(.on))
        let isJournaled = bench.endings.contains { ending in
            if case .work = ending.keeping { ending.ticket.number == ticket } else { false }
        }
        #expect(isJournaled)
    }

    @Test("nothing else for the outlet gets into a cycle, and other outlets do not wait for it")
    func cycleIsOneOperation() {
        var bench = ScheduleBench()
        bench.settle()
        bench.send(Command(.cycle, offTime: .seconds(3)), to: 1)
        bench.settle()
        bench.send(Command(.off), to: 1)
        bench.send(Command(.on), to: 2)
        #expect(ScheduleBench.sets(bench.settle()) == [[ScheduleBench.number(2): .on]])
        bench.wait(.seconds(3))
        #expect(ScheduleBench.sets(bench.settle()) == [[one: .on], [one: .off]])
        #expect(bench.outcomes.map(\.ticket) == [3, 1, 2])
    }

    @Test("a cycle that cannot be journaled is refused and switches nothing")
    func journalFails() {
        var bench = ScheduleBench()
        bench.settle()
        let ticket = bench.send(Command(.cycle))
        _ = bench.turn()
        bench.confirmJournal(failure: "the disk is full")
        #expect(bench.outcome(of: ticket) == .rejected(.journalFailed, "the disk is full"))
        #expect(ScheduleBench.sets(bench.settle()).isEmpty)
    }

    @Test("a device that is away when the outlet has to come back on gets it as soon as it answers again")
    func wayBackOutlastsAnOutage() {
        var bench = ScheduleBench()
        bench.settle()
        let ticket = bench.send(Command(.cycle, offTime: .seconds(1)))
        bench.settle()
        bench.wait(.seconds(1))
        let silence = DriverError(.timeout, "no answer")
        for _ in 0..<60 {
            let turn = bench.turn()
            if turn.isDeviceWork { bench.answer(turn, error: silence) } else { bench.wait(.seconds(1)) }
        }
        #expect(bench.schedule.health.isOffline)
        #expect(bench.outcome(of: ticket) == nil)
        for _ in 0..<20 {
            bench.settle()
            bench.wait(.seconds(1))
        }
        #expect(bench.device[one] == .on)
        #expect(bench.outcome(of: ticket) == .done(.on))
    }

    @Test("a cycle whose off step got no answer still switches on again, and is unknown")
    func doubtfulOff() {
        var bench = ScheduleBench()
        bench.settle()
        let ticket = bench.send(Command(.cycle, offTime: .seconds(1)))
        _ = bench.turn()
        bench.confirmJournal()
        let silence = DriverError(.timeout, "no answer")
        bench.drive(for: .seconds(20)) { _ in silence }
        #expect(bench.outcome(of: ticket) == nil)
        bench.drive(for: .seconds(3))
        #expect(bench.device[one] == .on)
        #expect(bench.outcome(of: ticket)?.status == .unknown)
        #expect(bench.outcome(of: ticket)?.state == .on)
    }

    @Test("on for a while goes off again afterwards, and off for a while on", arguments: [PowerState.on, .off])
    func holdTime(state: PowerState) {
        var bench = ScheduleBench()
        bench.settle()
        let ticket = bench.send(Command(state == .on ? .on : .off, holdTime: .seconds(30)))
        #expect(ScheduleBench.sets(bench.settle()) == [[one: state]])
        bench.wait(.seconds(30))
        #expect(ScheduleBench.sets(bench.settle()) == [[one: state.opposite]])
        #expect(bench.outcome(of: ticket) == .done(state.opposite))
    }

    @Test("a delayed command acts when its delay is over, and those behind it wait for it")
    func delay() {
        var bench = ScheduleBench()
        bench.settle()
        bench.send(Command(.on, delay: .seconds(5)))
        bench.send(Command(.off))
        #expect(ScheduleBench.sets(bench.settle()).isEmpty)
        bench.wait(.seconds(5))
        #expect(ScheduleBench.sets(bench.settle()) == [[one: .on], [one: .off]])
    }

    @Test("a cycle that an earlier process began is finished once", arguments: [JournalEntry.Stage.acting, .held])
    func recovery(stage: JournalEntry.Stage) {
        for wasOff in [true, false] {
            var bench = ScheduleBench()
            bench.device[one] = wasOff ? .off : .on
            let ticket = bench.ticket(77, Command(.cycle, id: "a"), 1, isRecovered: true)
            let entry = JournalEntry(
                ticket: 77,
                outlet: ticket.outlet,
                command: ticket.command,
                stage: stage,
                receivedTime: bench.now.wallTime,
                due: bench.now.wallTime.addingTimeInterval(2)
            )
            bench.schedule.recover(entry, as: ticket, at: bench.now)
            #expect(ScheduleBench.sets(bench.settle()).isEmpty)
            bench.wait(.seconds(2.1))
            #expect(ScheduleBench.sets(bench.settle()) == [[one: .on]])
            // Whether the earlier process switched off is proven by its note or by what the device reads.
            let isProven = wasOff || stage == .held
            #expect(bench.outcome(of: 77)?.status == (isProven ? .done : .unknown))
            #expect(bench.outcome(of: 77)?.state == .on)
            #expect(bench.outcomes.count == 1)
        }
    }

    @Test("switch-ons on one circuit keep their distance")
    func circuit() {
        var bench = ScheduleBench { rules in
            for number in rules.outlets.keys { rules.outlets[number]?.circuit = "slow" }
        }
        bench.settle()
        for outlet in 1...4 { bench.send(Command(.on), to: outlet) }
        var times: [Double] = []
        let begun = bench.moment
        for _ in 0..<40 {
            for _ in ScheduleBench.sets(bench.settle()) { times.append((bench.moment - begun).inSeconds) }
            bench.wait(.milliseconds(100))
        }
        #expect(times == [0, 0.5, 1, 1.5])
    }

    @Test("protections refuse with their own code, and say until when")
    func protections() throws {
        var bench = ScheduleBench { rules in
            rules.outlets[ScheduleBench.number(1)]?.isProtected = true
            rules.outlets[ScheduleBench.number(2)]?.isOffForbidden = true
            rules.outlets[ScheduleBench.number(3)]?.minimumOffTime = .seconds(60)
            rules.outlets[ScheduleBench.number(4)]?.maximumCyclesPerHour = 1
        }
        bench.settle()
        let protected = bench.send(Command(.on), to: 1)
        #expect(bench.outcome(of: protected)?.code == .protected)
        let forced = bench.send(Command(.on, force: true), to: 1)
        let forbidden = bench.send(Command(.off, force: true), to: 2)
        #expect(bench.outcome(of: forbidden)?.code == .protected)
        let early = bench.send(Command(.on), to: 3)
        bench.send(Command(.cycle, offTime: .seconds(1)), to: 4)
        bench.settle()
        #expect(bench.outcome(of: forced)?.status == .done)
        #expect(bench.outcome(of: early)?.code == .lockedOut)
        #expect(bench.outcome(of: early)?.until == bench.now.wallTime.addingTimeInterval(60))
        bench.wait(.seconds(1))
        bench.settle()
        let again = bench.send(Command(.cycle), to: 4)
        bench.settle()
        #expect(bench.outcome(of: again)?.code == .rateLimited)
        bench.wait(.seconds(3600))
        let later = bench.send(Command(.on), to: 3)
        bench.settle()
        #expect(bench.outcome(of: later)?.status == .done)
    }
}
