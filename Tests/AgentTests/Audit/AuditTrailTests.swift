import Foundation
import Logging
import Power
import Testing

@testable import Agent

@Suite("The audit trail", .timeLimit(.minutes(10)))
struct AuditTrailTests {
    private let directory = ScratchDirectory()
    private let limits = AuditLimits(age: .seconds(3600), size: 1 << 20)
    private var path: String { directory.path + "/audit.sqlite" }
    private let outlet = OutletID(pdu: ScheduleBench.pdu, outlet: ScheduleBench.number(1))

    private func change(_ state: PowerState) -> AgentEvent {
        .state(outlet, state, previous: state.opposite, isOwn: false)
    }

    @Test("knows the state before and after a command, and takes nothing down for a dry run")
    func beforeAndAfter() {
        var scribe = AuditScribe()
        var bench = ScheduleBench()
        bench.settle()
        let time = Date()
        func event(_ command: Command) -> AgentEvent {
            let ticket = bench.ticket(1, command, 1)
            let outcome = Outcome.done(.on)
            let result = CommandResult(ticket, outcome, startedAt: bench.moment, deviceTime: .zero, now: bench.now)
            return .result(result, ticket)
        }
        #expect(scribe.entry(for: .state(outlet, .off, previous: nil, isOwn: false), at: time) == nil)
        #expect(scribe.entry(for: .state(outlet, .on, previous: .off, isOwn: true), at: time) == nil)
        let entry = scribe.entry(for: event(Command(.on, by: "me", reason: "why")), at: time)
        #expect(entry?.before == .off && entry?.after == .on)
        #expect(entry?.by == "me" && entry?.reason == "why" && entry?.status == "done")
        #expect(scribe.entry(for: event(Command(.on)), at: time)?.before == .on)
        #expect(scribe.entry(for: event(Command(.on, dryRun: true)), at: time) == nil)
    }

    @Test("is there after the process that wrote it is gone, and filters by what is asked for")
    func survives() async throws {
        do {
            let trail = AuditTrail(path: path, limits: limits, logger: Logger(label: "test"))
            for number in 0..<100 { trail.observe(change(number.isMultiple(of: 2) ? .on : .off)) }
            trail.observe(.availability(ScheduleBench.pdu, isOnline: false, reason: "gone"))
            await trail.flush()
        }
        let reader = try AuditReader(path: path)
        var filter = AuditFilter()
        #expect(try reader.entries(filter, limit: 1000).count == 101)
        #expect(try reader.entries(filter, limit: 3).map(\.number) == [99, 100, 101])
        filter.statuses = ["offline"]
        #expect(try reader.entries(filter, limit: 10).map(\.entry.message) == ["gone"])
        filter = AuditFilter()
        filter.after = 100
        #expect(try reader.entries(filter, limit: 10).count == 1)
        filter = AuditFilter()
        filter.outlet = "2"
        #expect(try reader.entries(filter, limit: 10).isEmpty)
    }

    @Test("tells of everything that happened before it is asked, also backwards, and of the outlet's PDU as a whole")
    func asked() async throws {
        let trail = AuditTrail(path: path, limits: limits, logger: Logger(label: "test"))
        for number in 0..<10 { trail.observe(change(number.isMultiple(of: 2) ? .on : .off)) }
        trail.observe(.availability(ScheduleBench.pdu, isOnline: false, reason: "gone"))
        var filter = AuditFilter()
        filter.pdu = outlet.pdu.rawValue
        filter.outlet = outlet.outlet.description
        #expect(try await trail.entries(filter, limit: 100).map(\.number) == Array(1...10))
        filter.includesWholePDU = true
        #expect(try await trail.entries(filter, limit: 2).map(\.number) == [10, 11])
        filter.before = 10
        #expect(try await trail.entries(filter, limit: 2).map(\.number) == [8, 9])
        filter.outlet = "2"
        filter.before = nil
        #expect(try await trail.entries(filter, limit: 100).map(\.entry.message) == ["gone"])
    }

    @Test("whoever asks for one that cannot be read is told why")
    func unreadable() async throws {
        let trail = AuditTrail(path: "/proc/self/audit.sqlite", limits: limits, logger: Logger(label: "test"))
        await #expect(throws: AuditReader.Problem.self) { try await trail.entries(AuditFilter(), limit: 1) }
    }

    @Test("drops what is too old, and the oldest when it grows too large")
    func bounds() async throws {
        let file = try AuditFile(path: path)
        var old = AuditEntry(.change, at: Date() - 4000, status: "seen")
        old.message = "old"
        try file.append([old])
        var entry = AuditEntry(.change, at: Date(), status: "seen")
        entry.message = String(repeating: "x", count: 1000)
        for _ in 0..<30 {
            try file.append(Array(repeating: entry, count: 100))
            try file.prune(limits, now: Date())
        }
        let reader = try AuditReader(path: path)
        let entries = try reader.entries(AuditFilter(), limit: 10_000)
        #expect(entries.last?.number == 3001 && entries.count > 300)
        #expect(entries.allSatisfy { $0.entry.message != "old" })
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        let sizes = try names.map { name in
            let attributes = try FileManager.default.attributesOfItem(atPath: directory.path + "/" + name)
            return (attributes[.size] as? Int) ?? 0
        }
        #expect(sizes.reduce(0, +) <= limits.size)
    }

    @Test("a disk that cannot be written loses entries and counts them, and nobody waits")
    func unwritable() async {
        let trail = AuditTrail(path: "/proc/self/audit.sqlite", limits: limits, logger: Logger(label: "test"))
        for _ in 0..<50 { trail.observe(change(.on)) }
        await trail.flush()
        #expect(trail.lost == 50)
    }
}
