import Foundation
import Power
import Testing

@testable import Agent

@Suite("Limits and restarts")
struct RuleTests {
    private let one = ScheduleBench.number(1)
    private let silence = DriverError(.timeout, "no answer")

    @Test("switch-ons of one circuit keep their distance also when they all waited for a slow device")
    func circuitAfterAStall() {
        let circuits = CircuitLimiter(switchOnsPerSecond: ["slow": 2])
        #expect(circuits.claim("slow", for: 1, at: .start) == nil)
        #expect(circuits.claim("slow", for: 2, at: .start) == .start + .milliseconds(500))
        #expect(circuits.claim("slow", for: 3, at: .start) == .start + .milliseconds(1000))
        #expect(circuits.claim("other", for: 4, at: .start) == nil)
        let late = Moment.start + .seconds(10)
        #expect(circuits.claim("slow", for: 3, at: late) == nil)
        #expect(circuits.claim("slow", for: 2, at: late + .milliseconds(499)) == late + .milliseconds(500))
        #expect(circuits.claim("slow", for: 2, at: late + .milliseconds(500)) == nil)
        #expect(circuits.claim(nil, for: 5, at: late) == nil)
    }

    @Test("the place of a command that ended before its turn is given back")
    func circuitPlaceGivenBack() {
        let circuits = CircuitLimiter(switchOnsPerSecond: ["slow": 2])
        #expect(circuits.claim("slow", for: 1, at: .start) == nil)
        for ticket in UInt64(2)...50 { _ = circuits.claim("slow", for: ticket, at: .start) }
        for ticket in UInt64(2)...50 { circuits.release(ticket) }
        #expect(circuits.claim("slow", for: 51, at: .start) == .start + .milliseconds(500))
    }

    @Test(
        "in a fleet only the owner of a circuit's first PDU switches on, and none before its time after it became that"
    )
    func circuitOfAFleet() throws {
        let pdu = try #require(PDUName("rack"))
        let circuits = CircuitLimiter(switchOnsPerSecond: ["slow": 0.5, "own": 0.5])
        circuits.adopt(leads: ["slow": pdu], at: .start)
        #expect(circuits.lead(of: "slow") == pdu && circuits.lead(of: "own") == nil && circuits.lead(of: nil) == nil)
        #expect(circuits.claim("own", for: 1, at: .start) == nil)
        let later = Moment.start + .seconds(10)
        #expect(circuits.claim("slow", for: 2, at: later) == later + .milliseconds(100))
        circuits.own(pdu, true, at: later)
        #expect(circuits.claim("slow", for: 2, at: later) == later + .seconds(2))
        #expect(circuits.claim("slow", for: 2, at: later + .seconds(2)) == nil)
        circuits.own(pdu, false, at: later + .seconds(3))
        #expect(circuits.claim("slow", for: 3, at: later + .seconds(9)) == later + .milliseconds(9100))
    }

    @Test("a changed circuit counts from the last switch-on; one that is gone holds nobody up")
    func changedCircuit() {
        let circuits = CircuitLimiter(switchOnsPerSecond: ["slow": 2, "gone": 1])
        #expect(circuits.claim("gone", for: 1, at: .start) == nil)
        #expect(circuits.claim("slow", for: 2, at: .start) == nil)
        circuits.adopt(switchOnsPerSecond: ["slow": 0.5, "new": 4])
        #expect(circuits.claim("slow", for: 3, at: .start + .seconds(1)) == .start + .seconds(2))
        #expect(circuits.claim("gone", for: 4, at: .start) == nil)
        #expect(circuits.claim("new", for: 5, at: .start) == nil)
        #expect(circuits.claim("new", for: 6, at: .start) == .start + .milliseconds(250))
    }

    @Test("a deadline that passes while the switch waits for its circuit expires the command unsent")
    func deadlineInACircuit() {
        var bench = ScheduleBench { rules in
            for number in rules.outlets.keys { rules.outlets[number]?.circuit = "slow" }
        }
        bench.settle()
        bench.send(Command(.on), to: 1)
        bench.send(Command(.on), to: 2)
        let late = bench.send(Command(.on, deadline: bench.now.wallTime + 0.7), to: 3)
        bench.settle()
        for _ in 0..<20 {
            bench.wait(.milliseconds(100))
            bench.settle()
        }
        #expect(bench.outcome(of: late)?.status == .expired)
        #expect(bench.device[ScheduleBench.number(3)] == .off)
    }

    @Test("a toggle of an outlet that the device does not answer for fails instead of asking for ever")
    func toggleWithoutAnswer() {
        var bench = ScheduleBench()
        bench.settle()
        bench.device[one] = nil
        let ticket = bench.send(Command(.toggle))
        #expect(bench.settle().count == 1)
        #expect(bench.outcome(of: ticket)?.code == .deviceError)
    }

    @Test("what a protection counts survives a restart")
    func memory() {
        var bench = ScheduleBench { rules in
            rules.outlets[ScheduleBench.number(1)]?.minimumOnTime = .seconds(60)
            rules.outlets[ScheduleBench.number(1)]?.maximumCyclesPerHour = 1
        }
        bench.device[one] = .on
        let memory = OutletMemory(
            outlet: OutletID(pdu: ScheduleBench.pdu, outlet: one),
            state: "ON",
            since: bench.now.wallTime - 50,
            cycleStarts: [bench.now.wallTime - 100]
        )
        bench.schedule.restore(memory, at: bench.now)
        // Taken before the first reading: it waits for that.
        let early = bench.send(Command(.off))
        bench.settle()
        #expect(bench.outcome(of: early)?.until == bench.now.wallTime + 10)
        bench.wait(.seconds(10))
        let cycle = bench.send(Command(.cycle))
        bench.settle()
        #expect(bench.outcome(of: cycle)?.code == .rateLimited)
        let late = bench.send(Command(.off))
        bench.settle()
        #expect(bench.outcome(of: late)?.status == .done)
    }

    @Test("a wall clock that was set back does not keep an outlet off for longer than was asked for")
    func clockSetBack() {
        var bench = ScheduleBench()
        let ticket = bench.ticket(7, Command(.cycle, offTime: .seconds(3)), 1, isRecovered: true)
        let entry = JournalEntry(ticket, stage: .held, due: bench.now.wallTime + 1e7, at: bench.now)
        bench.schedule.recover(entry, as: ticket, at: bench.now)
        bench.settle()
        bench.wait(.seconds(3))
        #expect(ScheduleBench.sets(bench.settle()) == [[one: .on]])
    }

    @Test(
        "an outlet whose device is back gets what on_return says",
        arguments: [
            (OutletRules.OnReturn.observe, PowerState.on, PowerState.off, nil),
            (.restore, .on, .off, .on), (.restore, .off, .off, nil), (.on, .off, .off, .on), (.off, .on, .on, .off),
        ] as [(OutletRules.OnReturn, PowerState, PowerState, PowerState?)]
    )
    func onReturn(rule: OutletRules.OnReturn, before: PowerState, after: PowerState, wanted: PowerState?) {
        var bench = ScheduleBench { $0.outlets[ScheduleBench.number(1)]?.onReturn = rule }
        bench.device[one] = before
        bench.settle()
        for _ in 0..<20 {
            let turn = bench.turn()
            if turn.isDeviceWork { bench.answer(turn, error: silence) } else { bench.wait(.seconds(1)) }
        }
        #expect(bench.schedule.health.isOffline)
        bench.device[one] = after
        bench.wait(.seconds(60))
        bench.settle()
        let wishes = bench.effects.compactMap { effect -> PowerState? in
            if case .wants(_, let command) = effect { command.action.plainState } else { nil }
        }
        #expect(wishes == [wanted].compactMap(\.self))
    }

    @Test("on_return: restore survives a restart of the agent during the outage, and no other restart counts as one")
    func restoreAcrossARestart() throws {
        func bench() -> ScheduleBench {
            ScheduleBench { $0.outlets[ScheduleBench.number(1)]?.onReturn = .restore }
        }
        func wishes(_ bench: ScheduleBench) -> [PowerState] {
            bench.effects.compactMap { if case .wants(_, let command) = $0 { command.action.plainState } else { nil } }
        }
        func away(_ bench: inout ScheduleBench) {
            for _ in 0..<20 {
                let turn = bench.turn()
                if turn.isDeviceWork { bench.answer(turn, error: silence) } else { bench.wait(.seconds(1)) }
            }
        }
        var first = bench()
        first.device[one] = .on
        first.settle()
        let well = try memory(after: first)
        #expect(well.state == "ON" && well.beforeOutage == nil)
        away(&first)
        let outage = try memory(after: first)
        #expect(outage.beforeOutage == "ON")

        // The agent starts again while the device is away, or when it is just back, or was not seen away at all.
        for (memory, isAway, wanted) in [
            (outage, true, [PowerState.on]), (outage, false, [.on]), (well, true, [.on]), (well, false, []),
        ] {
            var next = bench()
            next.schedule.restore(memory, at: next.now)
            if isAway { away(&next) }
            next.wait(.seconds(60))
            next.settle()
            #expect(wishes(next) == wanted)
            #expect(try self.memory(after: next).beforeOutage == nil, "told once")
        }
    }

    private func memory(after bench: ScheduleBench) throws -> OutletMemory {
        let memories = bench.effects.compactMap { if case .memory(let memory) = $0 { memory } else { nil } }
        return try #require(memories.last)
    }

    @Test("on_return: restore leaves an outlet alone whose last switch nobody can tell the end of")
    func restoreInDoubt() {
        var bench = ScheduleBench { $0.outlets[ScheduleBench.number(1)]?.onReturn = .restore }
        bench.device[one] = .on
        bench.settle()
        let off = bench.send(Command(.off))
        bench.drive(for: .seconds(20)) { _ in silence }
        #expect(bench.outcome(of: off)?.status == .unknown)
        bench.device[one] = .off
        bench.wait(.seconds(60))
        bench.settle()
        #expect(!bench.effects.contains { if case .wants = $0 { true } else { false } })
    }

    @Test("a cycle of a process that died before it could have it remembered counts", arguments: [true, false])
    func cycleOfADeadProcess(isRemembered: Bool) {
        var bench = ScheduleBench { $0.outlets[ScheduleBench.number(1)]?.maximumCyclesPerHour = 2 }
        let command = Command(.cycle, offTime: .seconds(3))
        let ticket = bench.ticket(7, command, 1, isRecovered: true)
        let begun = bench.now.wallTime - 2
        if isRemembered {
            bench.schedule.restore(OutletMemory(outlet: ticket.outlet, cycleStarts: [begun]), at: bench.now)
        }
        bench.schedule.recover(
            JournalEntry(ticket, stage: .held, due: begun + 3, at: bench.now),
            as: ticket,
            at: bench.now
        )
        bench.settle()
        bench.wait(.seconds(3))
        bench.settle()
        for wanted in [Outcome.Status.done, .rejected] {
            let next = bench.send(command)
            bench.settle()
            bench.wait(.seconds(3))
            bench.settle()
            #expect(bench.outcome(of: next)?.status == wanted)
        }
    }

    @Test("a device that fails is tried less and less often, and at credentials it refuses with care")
    func health() {
        var health = DeviceHealth()
        health.answered(at: .start)
        #expect(health.failed(silence, at: .start, random: 0.5) == .start + .seconds(1))
        #expect(!health.isOffline)
        #expect(health.failed(silence, at: .start, random: 0.5) == .start + .seconds(2))
        #expect(health.isOffline)
        for _ in 0..<20 { _ = health.failed(silence, at: .start, random: 0.5) }
        #expect(health.failed(silence, at: .start, random: 0.5) == .start + .seconds(30))
        let refused = DriverError(.authentication, "wrong password")
        var fresh = DeviceHealth()
        #expect(fresh.failed(refused, at: .start, random: 0) == .start + .seconds(30))
        #expect(fresh.isOffline)
        #expect(fresh.nextTry(at: .start + .milliseconds(200)) == .start + .seconds(30))
        var silent = DeviceHealth()
        _ = silent.failed(silence, at: .start, random: 0.5)
        #expect(silent.nextTry(at: .start + .milliseconds(200)) == .start + .seconds(1))
    }
}
