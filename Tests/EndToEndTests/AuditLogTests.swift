import Foundation
import LocalServices
import MQTTClient
import PDUSimulator
import TestSupport
import Testing

@Suite("The audit trail and busbar log", .timeLimit(.minutes(10)))
struct AuditLogTests {
    private struct Line: Decodable {
        let kind: String
        let status: String
        let outlet: Int?
        let action: String?
        let by: String?
        let reason: String?
        let before: String?
        let after: String?
        let code: String?
        let target: String?
    }

    @Test("tell who wanted what, how it ended, and what happened behind the agent's back, while the agent runs")
    func log() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            file.groups = ["both: { outlets: [strip/3, strip/4], stagger: 10ms }"]
            let agent = try await bench.start(file)
            let command = #"{"action":"ON","by":"ci \u001b[31m","reason":"job 7"}"#
            #expect(try await bench.command("strip/1", command).verdict == "done")
            #expect(try await bench.command("strip/1", "nonsense").verdict == "rejected/bad_payload")
            #expect(try await bench.group("both", "ON").status == "done")
            let properties = MessageProperties(userProperties: [
                UserProperty(name: "by", value: "ci-7"), UserProperty(name: "reason", value: "nightly"),
            ])
            #expect(try await bench.command("strip/4", "OFF", properties: properties).verdict == "done")
            let mark = bench.observer.mark
            strip.press(2)
            try await bench.waitForState("strip/2", "ON", from: mark)
            #expect(await agent.stop() == .exited(0))
            try await bench.start(file)

            let lines = try await lines(bench, file, ["strip"])
            let on = try #require(lines.first { $0.reason == "job 7" })
            #expect(on.action == "ON" && on.status == "done" && on.before == "OFF" && on.after == "ON")
            #expect(lines.contains { $0.outlet == 4 && $0.by == "ci-7" && $0.reason == "nightly" })
            #expect(lines.contains { $0.outlet == 1 && $0.code == "bad_payload" })
            #expect(lines.contains { $0.kind == "change" && $0.outlet == 2 && $0.before == "OFF" && $0.after == "ON" })
            #expect(lines.filter { $0.target == "group/both" && $0.status == "done" }.count == 2)
            #expect(lines.filter { $0.kind == "availability" && $0.status == "online" }.count >= 1)

            #expect(try await self.lines(bench, file, ["strip/1", "--status", "done"]).count == 1)
            #expect(try await self.lines(bench, file, ["strip/1", "--limit", "1"]).map(\.status) == ["rejected"])
            #expect(try await self.lines(bench, file, ["--until", "1h"]).isEmpty)
            #expect(try await self.lines(bench, file, ["--since", "1h", "--by", "nobody"]).isEmpty)
            let table = try await show(bench, file, ["strip/1"])
            #expect(table.output.contains("OFF>ON") && table.output.contains("job 7"))
            #expect(!table.output.contains("\u{1b}"))
        }
    }

    @Test("a directory without an audit trail is said to be one")
    func missing() async throws {
        let child = try await ChildProcess.start(try TestProgram.path, ["log", "--state-directory", "/nonexistent"])
        #expect(await child.waitForExit() == .exited(1))
        #expect(child.standardError.contains("/nonexistent/audit.sqlite is not there"))
    }

    private func show(_ bench: Bench, _ file: AgentFile, _ arguments: [String]) async throws -> (
        output: String, error: String
    ) {
        let directory = bench.directory.path(of: "state-\(file.id)")
        let child = try await ChildProcess.start(
            try TestProgram.path,
            ["log", "--state-directory", directory] + arguments,
            outputLimit: 1 << 20
        )
        try #require(await child.waitForExit() == .exited(0), "\(child.standardError)")
        return (child.standardOutput, child.standardError)
    }

    private func lines(_ bench: Bench, _ file: AgentFile, _ arguments: [String]) async throws -> [Line] {
        try await show(bench, file, arguments + ["--json"]).output.split(separator: "\n")
            .map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }
}
