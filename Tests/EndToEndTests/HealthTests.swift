import Foundation
import Glibc
import LocalServices
import PDUSimulator
import TestSupport
import Testing

@Suite("busbar health", .timeLimit(.minutes(10)))
struct HealthTests {
    private struct Report: Decodable {
        let agent: String
        let version: String
        let ready: Bool
        let broker: Bool
        let pdus: Int
        let online: Int
    }

    private func health(_ arguments: String...) async throws -> (status: TerminationStatus?, child: ChildProcess) {
        let child = try await ChildProcess.start(try TestProgram.path, ["health"] + arguments)
        return (await child.waitForExit(within: .seconds(30)), child)
    }

    @Test("asks the agent that runs, without a web listener, and says how many PDUs answer")
    func well() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            let agent = try await bench.start(file)
            let configuration = bench.directory.path(of: "bench-1.yaml")

            let words = try await health("--config", configuration, "--ready")
            #expect(words.status == .exited(0), "\(words.child.standardError)")
            #expect(words.child.standardOutput == "bench-1 is ready; 1 of 1 PDUs online\n")

            let state = bench.directory.path(of: "state-bench-1")
            let json = try await health("--state-directory", state, "--json")
            let report = try JSONDecoder().decode(Report.self, from: Data(json.child.standardOutput.utf8))
            #expect(report.agent == "bench-1" && report.ready && report.broker && report.online == 1)
            let mode = try FileManager.default.attributesOfItem(atPath: state + "/agent.sock")[.posixPermissions]
            #expect(mode as? Int == 0o600)

            #expect(await agent.stop() == .exited(0))
            #expect(!FileManager.default.fileExists(atPath: state + "/agent.sock"))
            #expect(try await health("--config", configuration).status == .exited(1))
        }
    }

    @Test("finds the unit's credentials while it runs, as log and check do, so that root needs no variable for them")
    func credentials() async throws {
        guard geteuid() == 0, (try? Executable.find("unshare", package: "util-linux")) != nil else {
            print("skipped: a mount namespace needs root and unshare")
            return
        }
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            _ = try bench.directory.write("1\n", to: "secret_strip")
            var file = AgentFile()
            file.pdus = [
                [
                    "name: strip", "driver: energenie", "host: 127.0.0.1", "port: \(strip.webPort)",
                    "password_file: '${CREDENTIALS_DIRECTORY}/secret_strip'",
                ].joined(separator: ", ")
            ]
            try await bench.start(file, environment: ["CREDENTIALS_DIRECTORY": bench.directory.path])
            let configuration = bench.directory.path(of: "bench-1.yaml")
            // What systemd mounts there for the unit is seen by this command only.
            let script = """
                mount -t tmpfs none /run && mkdir -p /run/credentials/busbar.service \
                && cp "$2/secret_strip" /run/credentials/busbar.service && shift 2 && exec "$@"
                """
            for command in [["health", "--ready"], ["log"], ["check"]] {
                let told = command[0] == "check" ? [configuration] : ["--config", configuration]
                let inside =
                    ["--mount", "sh", "-c", script, "sh", "-", bench.directory.path, try TestProgram.path] + command
                    + told
                let child = try await ChildProcess.start(
                    try Executable.find("unshare", package: "util-linux"),
                    inside,
                    outputLimit: 1 << 20
                )
                #expect(await child.waitForExit(within: .seconds(120)) == .exited(0), "\(child.standardError)")
            }
            let without = try await CommandRun.busbar(["check", configuration])
            #expect(without.status == .exited(78) && without.errors.contains("CREDENTIALS_DIRECTORY"), "\(without)")
        }
    }

    @Test("calls an agent without a broker well, but not ready")
    func noBroker() async throws {
        try await Bench.run { bench in
            var file = AgentFile()
            file.broker = "mqtt://127.0.0.1:1"
            file.pdus = ["name: strip, driver: energenie, host: 127.0.0.1, port: 1, password: '1'"]
            let agent = try await bench.launch(file)
            try await agent.waitForLog("nobody listens")
            let configuration = bench.directory.path(of: "bench-1.yaml")
            let alive = try await health("--config", configuration)
            #expect(alive.status == .exited(0), "\(alive.child.standardError)")
            #expect(alive.child.standardOutput.contains("not ready: the broker is not connected"))
            #expect(try await health("--config", configuration, "--ready").status == .exited(1))
        }
    }

    @Test("says so when an agent hangs, and answers again after one that was killed")
    func troubled() async throws {
        try await Bench.run { bench in
            var file = AgentFile()
            file.pdus = ["name: strip, driver: energenie, host: 127.0.0.1, port: 1, password: '1'"]
            let agent = try await bench.start(file)
            let state = bench.directory.path(of: "state-bench-1")
            try await waitUntil { try await health("--state-directory", state).status == .exited(0) }
            agent.child.signal(19)
            let hangs = try await health("--state-directory", state, "--timeout", "0.5")
            #expect(hangs.status == .exited(1))
            #expect(hangs.child.standardError.contains("does not answer within"), "\(hangs.child.standardError)")
            await agent.kill()
            let gone = try await health("--state-directory", state)
            #expect(gone.status == .exited(1) && gone.child.standardError.contains("no agent runs"))
            try await bench.start(file)
            try await waitUntil { try await health("--state-directory", state).status == .exited(0) }
        }
    }

    @Test("an agent whose socket cannot be made works on and says so")
    func noSocket() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let blocked = bench.directory.path(of: "state-bench-1/agent.sock")
            try FileManager.default.createDirectory(atPath: blocked, withIntermediateDirectories: true)
            let agent = try await bench.start(AgentFile.strip(device: strip))
            try await agent.waitForLog("busbar health cannot ask this agent")
            #expect(try await bench.command("strip/1", "ON").verdict == "done")
            #expect(await agent.stop() == .exited(0))
        }
    }

    @Test("tells wrong usage from a bad configuration")
    func wrong() async throws {
        #expect(try await health("--timeout", "0").status == .exited(64))
        #expect(try await health("--config", "/nonexistent.yaml").status == .exited(78))
        let nobody = try await health("--state-directory", "/nonexistent")
        #expect(nobody.status == .exited(1) && nobody.child.standardError.contains("no agent runs"))
    }
}
