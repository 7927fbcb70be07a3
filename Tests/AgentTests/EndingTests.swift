import Foundation
import Power
import Testing

@testable import Agent

/// A command, stopped in after every step that it can be stopped in.
@Suite("A PDU that is taken out or spoken to in another way, at any moment")
struct EndingTests {
    private static let commands: [Command] = [
        Command(.on, id: "on"), Command(.off), Command(.toggle, id: "toggle"),
        Command(.cycle, id: "cycle", offTime: .seconds(60)), Command(.cycle, offTime: .seconds(2)),
        Command(.on, delay: .seconds(3)), Command(.off, holdTime: .seconds(30)),
    ]

    /// Drives the command so many steps on: a turn with the device, a flush of the journal, or half a second.
    private func drive(_ bench: inout ScheduleBench, steps: Int) {
        for _ in 0..<steps {
            if bench.confirmJournal() { continue }
            let turn = bench.turn()
            if turn.isDeviceWork { bench.answer(turn) } else { bench.wait(.milliseconds(500)) }
        }
    }

    private func started(_ command: Command, from state: PowerState) -> (ScheduleBench, [UInt64]) {
        var bench = ScheduleBench()
        bench.device[ScheduleBench.number(1)] = state
        bench.settle()
        let tickets = [bench.send(command), bench.send(Command(.off, id: "behind"))]
        return (bench, tickets)
    }

    @Test("removed: each command has one answer, and none leaves the outlet as it must not stay", arguments: commands)
    func removed(command: Command) {
        for steps in 0..<24 {
            var (bench, tickets) = started(command, from: .on)
            drive(&bench, steps: steps)
            let answered = bench.outcomes.count
            bench.schedule.dismiss(until: bench.moment + .seconds(10), at: bench.now)
            bench.collect()
            for _ in 0..<60 where !bench.schedule.isDrained { drive(&bench, steps: 1) }
            #expect(bench.schedule.isDrained, "after \(steps) steps")
            #expect(bench.schedule.abandon(at: bench.now) == [])
            #expect(bench.outcomes.map(\.ticket).sorted() == tickets, "after \(steps) steps")
            if command.hasWayBack, answered == 0 {
                #expect(bench.device[ScheduleBench.number(1)] == .on, "after \(steps) steps")
            }
            let late = bench.send(Command(.on))
            #expect(bench.outcome(of: late)?.code == .unknownPDU)
        }
    }

    @Test("removed while its device is away: each command has one answer when the time is over", arguments: commands)
    func removedWhileAway(command: Command) {
        for steps in 0..<24 {
            var (bench, tickets) = started(command, from: .on)
            drive(&bench, steps: steps)
            bench.schedule.dismiss(until: bench.moment + .seconds(10), at: bench.now)
            for _ in 0..<40 {
                bench.confirmJournal()
                let turn = bench.turn()
                if turn.isDeviceWork { bench.answer(turn, error: DriverError(.timeout, "away")) }
                bench.wait(.milliseconds(500))
            }
            let left = bench.schedule.abandon(at: bench.now)
            bench.collect()
            #expect(bench.outcomes.map(\.ticket).sorted() == tickets, "after \(steps) steps")
            #expect(left.isEmpty || bench.outcomes.contains { [.failed, .unknown].contains($0.outcome.status) })
            #expect(bench.outcomes.allSatisfy { $0.outcome.code != .stopping })
        }
    }

    @Test("spoken to in another way: every command goes on and is done, in order", arguments: commands)
    func renewed(command: Command) {
        for steps in 0..<24 {
            var (bench, tickets) = started(command, from: .on)
            drive(&bench, steps: steps)
            let limit = bench.moment + .seconds(5)
            bench.schedule.pause(until: limit)
            bench.send(Command(.on, id: "meanwhile"))
            while !bench.schedule.isDrained, bench.moment < limit { drive(&bench, steps: 1) }
            let rules = bench.schedule.rules
            bench.schedule.renew(rules, at: bench.now)
            drive(&bench, steps: 300)
            #expect(bench.outcomes.map(\.ticket) == tickets + [3], "after \(steps) steps")
            #expect(bench.outcomes.allSatisfy { $0.outcome.status == .done }, "after \(steps) steps: \(bench.outcomes)")
        }
    }

    @Test("a protection that counts time goes on when the device is spoken to in another way")
    func protection() {
        var bench = ScheduleBench { $0.outlets[ScheduleBench.number(1)]?.minimumOnTime = .seconds(60) }
        bench.device[ScheduleBench.number(1)] = .on
        bench.settle()
        bench.wait(.seconds(20))
        bench.schedule.pause(until: bench.moment)
        let rules = bench.schedule.rules
        bench.schedule.renew(rules, at: bench.now)
        let early = bench.send(Command(.off))
        bench.settle()
        #expect(bench.outcome(of: early)?.until == bench.now.wallTime + 40)
    }
}
