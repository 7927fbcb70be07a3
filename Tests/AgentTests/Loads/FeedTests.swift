import Foundation
import Power
import TestSupport
import Testing

@testable import Agent

@Suite("An outlet that is kept for a load's command")
struct FeedTests {
    private let reports = Recorder<FeedReport>()

    private func keep(
        _ bench: inout ScheduleBench,
        _ command: Command = Command(.cycle),
        number: UInt64 = 100,
        isRecovered: Bool = false
    ) -> Ticket {
        let ticket = Ticket(
            number: number,
            outlet: OutletID(pdu: ScheduleBench.pdu, outlet: ScheduleBench.number(1)),
            command: command,
            receivedAt: bench.moment,
            receivedTime: bench.now.wallTime,
            isRecovered: isRecovered,
            feed: { [reports] in reports.append($0) }
        )
        if isRecovered {
            bench.schedule.recover(feed: ticket, at: bench.now)
        } else {
            bench.schedule.submit(ticket, at: bench.now)
        }
        collect(&bench)
        return ticket
    }

    /// Does what the lane does with reports.
    private func collect(_ bench: inout ScheduleBench) {
        bench.settle()
        for case .feed(let ticket, let report) in bench.effects { ticket.feed?(report) }
        bench.effects.removeAll { if case .feed = $0 { true } else { false } }
    }

    @Test("takes its turn, does as it is told, and nothing else gets between until it is let go")
    func kept() {
        var bench = ScheduleBench()
        let before = bench.send(Command(.on))
        let ticket = keep(&bench)
        let after = bench.send(Command(.off))
        collect(&bench)
        #expect(bench.outcome(of: before)?.status == .done)
        #expect(reports.elements == [.ready])
        bench.schedule.order(.take(.off), ticket, at: bench.now)
        collect(&bench)
        #expect(bench.device[ScheduleBench.number(1)] == .off)
        bench.wait(.seconds(60))
        collect(&bench)
        #expect(bench.outcome(of: after) == nil, "a command waits as long as the load's command keeps the outlet")
        bench.schedule.order(.comeBack(.on), ticket, at: bench.now)
        collect(&bench)
        #expect(bench.device[ScheduleBench.number(1)] == .on)
        bench.schedule.release(ticket)
        collect(&bench)
        #expect(bench.outcome(of: after)?.status == .done)
        #expect(bench.device[ScheduleBench.number(1)] == .off)
        #expect(reports.elements.count == 3)
    }

    @Test("says why it may not be switched, and is kept for nobody then")
    func refused() {
        var bench = ScheduleBench { $0.outlets[ScheduleBench.number(1)]?.isProtected = true }
        _ = keep(&bench, Command(.off))
        guard case .refused(let outcome)? = reports.elements.first else {
            Issue.record("a protected outlet was kept")
            return
        }
        #expect(outcome.code == .protected)
        let next = bench.send(Command(.on, force: true))
        bench.settle()
        #expect(bench.outcome(of: next)?.status == .done)
    }

    @Test("tells a switch that a silent device did not confirm, and comes back when it answers again")
    func silence() {
        var bench = ScheduleBench()
        bench.device[ScheduleBench.number(1)] = .on
        bench.settle()
        let ticket = keep(&bench, Command(.cycle, limit: .seconds(2)))
        bench.schedule.order(.take(.off), ticket, at: bench.now)
        bench.drive(for: .seconds(3)) { _ in DriverError(.timeout, "no answer") }
        collect(&bench)
        guard case .settled(let outcome, _)? = reports.elements.last else {
            Issue.record("\(reports.elements)")
            return
        }
        #expect(outcome.status == .unknown)
        bench.schedule.order(.comeBack(.on), ticket, at: bench.now)
        bench.drive(for: .seconds(60)) { _ in DriverError(.timeout, "no answer") }
        collect(&bench)
        #expect(reports.elements.count == 2, "it never gives up while the device is silent")
        bench.drive(for: .seconds(10))
        collect(&bench)
        #expect(reports.elements.last == .settled(.done(.on), .zero) || reports.elements.count == 3)
        #expect(bench.device[ScheduleBench.number(1)] == .on)
    }

    @Test("of an earlier process is kept at once, whatever protects it, before the device was read")
    func recovered() {
        var bench = ScheduleBench { $0.outlets[ScheduleBench.number(1)]?.isProtected = true }
        let ticket = keep(&bench, isRecovered: true)
        #expect(reports.elements == [.ready])
        #expect(bench.schedule.check(ticket, target: .off, at: bench.now).refusal == nil)
        bench.schedule.order(.comeBack(.on), ticket, at: bench.now)
        collect(&bench)
        #expect(bench.device[ScheduleBench.number(1)] == .on)
    }

    @Test("says that it is lost when its lane ends, and has to hurry when its PDU leaves the configuration")
    func ending() {
        var bench = ScheduleBench()
        _ = keep(&bench)
        bench.schedule.dismiss(until: bench.moment + .seconds(10), at: bench.now)
        collect(&bench)
        guard case .hurry? = reports.elements.last else {
            Issue.record("\(reports.elements)")
            return
        }
        #expect(!bench.schedule.isDrained)
        bench.schedule.abandon(at: bench.now)
        collect(&bench)
        guard case .lost(_, isForGood: true)? = reports.elements.last else {
            Issue.record("\(reports.elements)")
            return
        }
    }

    @Test("of an exclusive load takes no command of its own without force")
    func exclusive() {
        var bench = ScheduleBench { $0.exclusiveLoads = [ScheduleBench.number(1): "server"] }
        let plain = bench.send(Command(.off))
        let forced = bench.send(Command(.off, force: true))
        bench.settle()
        #expect(bench.outcome(of: plain)?.code == .protected)
        #expect(bench.outcome(of: plain)?.message?.contains("server") == true)
        #expect(bench.outcome(of: forced)?.status == .done)
        _ = keep(&bench, Command(.off))
        #expect(reports.elements == [.ready])
    }
}
