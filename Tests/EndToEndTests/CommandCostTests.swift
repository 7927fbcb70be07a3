import Foundation
import LocalServices
import PDUSimulator
import Testing

@Suite("What a command costs", .timeLimit(.minutes(10)))
struct CommandCostTests {
    /// How often the threads of a process went to sleep by themselves.
    private func sleeps(of pid: Int32) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task").reduce(0) { sum, thread in
            // A thread may end in between.
            let status = try? String(contentsOfFile: "/proc/\(pid)/task/\(thread)/status", encoding: .utf8)
            let line = (status ?? "").split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches:") }
            return sum + (line?.split(separator: "\t").last.flatMap { Int($0) } ?? 0)
        }
    }

    /// An agent without the loop had 30. One on the loop has 6: two for the device's answers, the rest for the broker's
    /// and for the audit trail. A busy machine has fewer, as there is more to do at each awakening.
    @Test("a command over SNMP with its read-back puts threads to sleep a few times only")
    func threadSwitches() async throws {
        try await Bench.run { bench in
            let fleet = try await Bench.fleet(count: 4)
            var file = AgentFile()
            file.pdus = fleet.ports.enumerated().map { AgentFile.rack("p\($0.offset)", port: $0.element) }
            let agent = try await bench.start(file)
            func switchAll(_ word: String) async throws {
                for device in 0..<4 {
                    for outlet in 1...8 {
                        #expect(try await bench.command("p\(device)/\(outlet)", word).verdict == "done")
                    }
                }
            }
            try await switchAll("ON")
            let before = try sleeps(of: agent.child.pid)
            for word in ["OFF", "ON", "OFF"] { try await switchAll(word) }
            let each = Double(try sleeps(of: agent.child.pid) - before) / 96
            #expect(each < 14, "\(each) for a command")
        }
    }
}
