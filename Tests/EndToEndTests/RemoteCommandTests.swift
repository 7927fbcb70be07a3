import Foundation
import LocalServices
import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("The command line through a real broker", .timeLimit(.minutes(10)))
struct RemoteCommandTests {
    private func busbar(_ bench: Bench, _ arguments: String...) async throws -> Command.Result {
        try await Command.run(
            try TestProgram.path,
            package: "busbar",
            arguments,
            environment: ["BUSBAR_BROKER": bench.broker.url],
            within: .seconds(60)
        )
    }

    private func file(_ device: SimulatedEnerGenie) -> AgentFile {
        var file = AgentFile()
        file.pdus = [
            AgentFile.strip(device: device, "outlets: { 1: { label: 'DUT A' }, 4: { protected: true } }")
        ]
        file.groups = ["pair: { outlets: [strip/1, strip/2], stagger: 0s }"]
        return file
    }

    @Test("what is switched is read back, by number, range, label and group, and shows in status")
    func switches() async throws {
        let device = try await Bench.strip()
        try await Bench.run { bench in
            try await bench.start(file(device))
            let on = try await busbar(bench, "on", "strip/[2-3]", "DUT A")
            #expect(on.status == .exited(0), "\(on.error)")
            #expect(on.output.split(separator: "\n").map { $0.prefix(7) } == ["strip/2", "strip/3", "strip/1"])
            let status = try await busbar(bench, "status", "--json", "strip/*")
            #expect(status.status == .exited(0), "\(status.error)")
            #expect(
                status.output.split(separator: "\n").map { $0.contains(#""state":"ON""#) } == [
                    true, true, true, false,
                ]
            )
            let off = try await busbar(bench, "off", "@pair")
            #expect(off.status == .exited(0), "\(off.error)")
            #expect(off.output.contains("strip/1  done  OFF") && off.output.contains("strip/2  done  OFF"))
            let cycle = try await busbar(bench, "cycle", "strip/3", "--off-time", "0.2", "--reason", "test", "--json")
            #expect(cycle.status == .exited(0), "\(cycle.error)")
            let answer = try Answer.read(cycle.output)
            #expect(answer.status == "done" && answer.state == "ON" && answer.by?.contains("@") == true)
        }
        await device.stop()
    }

    @Test("what takes longer than --timeout by the agent's configuration is waited for: off times and staggers")
    func longerThanTheTimeout() async throws {
        let device = try await Bench.strip()
        try await Bench.run { bench in
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: device, "cycle: { off_time: 20s }")]
            // The last one has its turn when the first one's expiry has passed long ago.
            file.groups = ["slow: { outlets: [strip/1, strip/2, strip/3, strip/4], stagger: 6s }"]
            try await bench.start(file)
            let cycle = try await busbar(bench, "cycle", "strip/1", "--timeout", "15")
            #expect(cycle.status == .exited(0), "\(cycle.output) \(cycle.error)")
            let group = try await busbar(bench, "on", "@slow", "--timeout", "15")
            #expect(group.status == .exited(0), "\(group.output) \(group.error)")
            #expect(device.record.switches == ["1=0", "1=1", "1=1", "2=1", "3=1", "4=1"])
        }
        await device.stop()
    }

    @Test("a load is switched as one: 0 means that every feed was read back, and status and list show it")
    func loads() async throws {
        try await Bench.run { bench in
            var bed = try await LoadBed(isImpatient: true)
            bed.file.loads.append("board: { feeds: [strip/3], requires: [server] }")
            try await bench.start(bed.file)
            for load in ["server", "board"] {
                try await bench.observer.message(on: "lab/load/\(load)/state") { $0 == "ON" }
            }
            let list = try await busbar(bench, "list")
            #expect(list.output.contains("load:server"), "\(list.output)")
            let refused = try await busbar(bench, "off", "load:server")
            #expect(refused.status == .exited(2) && refused.output.contains("requires"), "\(refused.output)")
            let off = try await busbar(bench, "off", "load:server", "--with-dependents")
            #expect(off.status == .exited(0), "\(off.output) \(off.error)")
            #expect(off.output.contains("load:server  done  OFF") && off.output.contains("rack/2  done  OFF"))
            #expect(bed.states == [.off, .off] && bed.strip.states[2] == .off)
            let status = try await busbar(bench, "status", "load:server")
            #expect(status.status == .exited(0) && status.output.contains("OFF"), "\(status.output)")
            #expect(try await busbar(bench, "status", "load:none").status == .exited(2))
            let cycle = try await busbar(bench, "cycle", "load:server", "--timeout", "3", "--json")
            #expect(cycle.status == .exited(0), "\(cycle.output) \(cycle.error)")
            #expect(try Answer.read(cycle.output).feeds?.count == 2)
            // A fencing agent must not take a half dead node for a dead one.
            bed.rack.setFaults(Faults(isDead: true))
            let failed = try await busbar(bench, "off", "load:server", "--limit", "1")
            #expect(failed.status == .exited(1), "\(failed.output)")
            #expect(failed.output.contains("rack/2"), "\(failed.output)")
            let log = try await busbar(bench, "log", "--state-directory", bench.directory.path(of: "state-bench-1"))
            #expect(log.output.contains("load/server"), "\(log.output) \(log.error)")
            await bed.rack.stop()
        }
    }

    @Test("the fence agent of the documentation says that a node is off only when every feed was read back off")
    func fencing() async throws {
        try await Bench.run { bench in
            let bed = try await LoadBed(state: .on, "exclusive: true")
            try await bench.start(bed.file)
            try await bench.observer.message(on: "lab/load/server/state") { $0 == "ON" }
            let page = try String(contentsOf: Self.repository.appendingPathComponent("docs/loads.md"), encoding: .utf8)
            let script = try #require(page.firstMatch(of: /```sh\n(#!\/bin\/sh\n# fence_busbar(?s:.*?))```/)?.output.1)
            let agent = try bench.directory.write(String(script), to: "fence_busbar")
            func fence(_ action: String) async throws -> TerminationStatus {
                let program = try TestProgram.path
                let directory = URL(fileURLWithPath: program).deletingLastPathComponent().path
                return try await Command.run(
                    "/bin/sh",
                    package: "dash",
                    ["-c", "printf 'action=\(action)\\nplug=server\\n' | sh '\(agent)'"],
                    environment: ["BUSBAR_BROKER": bench.broker.url, "PATH": "\(directory):/usr/bin:/bin"],
                    within: .seconds(60)
                ).status
            }
            #expect(try await fence("metadata") == .exited(0))
            #expect(try await fence("monitor") == .exited(0))
            #expect(try await fence("status") == .exited(0))
            #expect(try await fence("reboot") == .exited(0))
            #expect(Set(bed.words.prefix(2)) == ["s0", "r0"] && bed.states == [.on, .on])
            #expect(try await fence("off") == .exited(0))
            #expect(bed.states == [.off, .off])
            try await bench.observer.message(on: "lab/load/server/state") { $0 == "OFF" }
            #expect(try await fence("status") == .exited(2))
            #expect(try await fence("on") == .exited(0))
            bed.rack.setFaults(Faults(isRefusing: true))
            #expect(try await fence("off") == .exited(1))
            #expect(try await fence("reboot") == .exited(1))
            #expect(bed.states == [.off, .on], "a failed fence does not bring the node back")
            await bed.rack.stop()
        }
    }

    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test("exit codes tell a script what happened")
    func exitCodes() async throws {
        let device = try await Bench.strip()
        try await Bench.run { bench in
            let agent = try await bench.start(file(device))
            #expect(try await busbar(bench, "off", "strip/4").status == .exited(2), "protected")
            #expect(try await busbar(bench, "off", "strip/4", "--force").status == .exited(0))
            #expect(try await busbar(bench, "on", "strip/9").status == .exited(2), "no such outlet")
            #expect(try await busbar(bench, "on", "nowhere/1").status == .exited(2), "no such PDU")
            #expect(try await busbar(bench, "on", "@nobody").status == .exited(2), "no such group")
            #expect(try await busbar(bench, "on", "strip").status == .exited(2), "a PDU is not an outlet")
            #expect(try await busbar(bench, "on").status == .exited(64), "no target")
            let mark = device.record.switches.count
            let dry = try await busbar(bench, "cycle", "strip/1", "--dry-run")
            #expect(dry.status == .exited(0) && dry.output.contains("would be OFF"))
            #expect(device.record.switches.count == mark, "a dry run switches nothing")
            _ = await agent.stop()
            #expect(try await busbar(bench, "on", "strip/1").status == .exited(3), "no agent")
            #expect(try await busbar(bench, "status").status == .exited(1), "what is shown is old")
            await bench.broker.stop()
            #expect(try await busbar(bench, "on", "strip/1").status == .exited(3), "no broker")
        }
        await device.stop()
    }

    @Test("watch shows the states that are known, then what happens")
    func watch() async throws {
        let device = try await Bench.strip()
        try await Bench.run { bench in
            try await bench.start(file(device))
            let child = try await ChildProcess.start(
                try TestProgram.path,
                ["watch", "--broker", bench.broker.url]
            )
            #expect(await child.waitForOutput(containing: "strip/1 (DUT A)  OFF", within: .seconds(30)))
            _ = try await bench.command("strip/1", "ON")
            #expect(await child.waitForOutput(containing: "result of strip/1  done  ON", within: .seconds(30)))
            #expect(child.standardOutput.contains("strip/1 (DUT A)  ON"))
            child.signal(2)
            #expect(await child.waitForExit(within: .seconds(30)) == .exited(0))
        }
        await device.stop()
    }

    @Test("with --direct devices are switched without broker and agent")
    func direct() async throws {
        let device = try await Bench.strip()
        let directory = try TemporaryDirectory()
        let text = file(device).text(broker: "mqtt://127.0.0.1:1", stateDirectory: directory.path)
        let path = try directory.write(text, to: "busbar.yaml")
        let program = try TestProgram.path
        let on = try await Command.run(
            program,
            package: "busbar",
            ["on", "--direct", "--config", path, "DUT A", "strip/3"]
        )
        #expect(on.status == .exited(0), "\(on.error)")
        #expect(device.record.switches.suffix(2).sorted() == ["1=1", "3=1"])
        let cycle = try await Command.run(
            program,
            package: "busbar",
            ["cycle", "--direct", "--config", path, "@pair", "--off-time", "0.2"]
        )
        #expect(cycle.status == .exited(0), "\(cycle.error)")
        await device.stop()
    }
}
