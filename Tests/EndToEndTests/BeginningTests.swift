import Foundation
import LocalServices
import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("A beginner's way from nothing to a switched outlet", .timeLimit(.minutes(10)))
struct BeginningTests {
    /// `busbar` on a pseudo-terminal, with somebody who types.
    private final class Keyboard: Sendable {
        let child: ChildProcess

        init(_ arguments: [String], in directory: String, environment: [String: String] = [:]) async throws {
            let words = ([try TestProgram.path] + arguments).map { "'\($0)'" }.joined(separator: " ")
            child = try await ChildProcess.start(
                try Executable.find("script", package: "bsdutils"),
                ["-qec", words, "/dev/null"],
                environment: environment.merging(["TERM": "xterm"]) { $1 },
                directory: directory,
                input: .pipe
            )
        }

        /// Waits for a question and types the answer.
        func answer(_ question: String, _ text: String) async throws {
            try #require(
                await child.waitForOutput(containing: question, within: .seconds(120)),
                "'\(question)' in \(child.standardOutput)"
            )
            try child.write(text + "\n")
        }

        func end() async -> TerminationStatus? { await child.waitForExit(within: .seconds(120)) }
    }

    private func busbar(_ directory: TemporaryDirectory, _ arguments: String...) async throws -> CommandRun {
        await CommandRun.finished(
            try await ChildProcess.start(
                try TestProgram.path,
                arguments,
                directory: directory.path,
                outputLimit: 1 << 20
            )
        )
    }

    @Test("by a keyboard: questions, a checked file, the agent, and the outlet is on, without an editor")
    func fromNothing() async throws {
        let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 3))
        let broker = try await Mosquitto.start()
        let directory = try TemporaryDirectory(prefix: "e2e")
        let terminal = try await Keyboard(
            ["init", "--config", "busbar.yaml"],
            in: directory.path,
            environment: ["BUSBAR_BROKER": broker.url]
        )
        try await terminal.answer("Broker [\(broker.url)]: ", "")
        try await terminal.answer("Address of a PDU: ", "127.0.0.1:\(rack.port)")
        try await terminal.answer("Its name in topics and commands [rack1]: ", "")
        try await terminal.answer("Community for switching; Return for the same as for reading: ", "private")
        try await terminal.answer("Name the outlets now? [Y/n]: ", "y")
        try await terminal.answer("Outlet 1, . to end [Outlet 1]: ", "DUT A")
        try await terminal.answer("Outlet 2, . to end [Outlet 2]: ", ".")
        try await terminal.answer("such as 1,4: ", "3")
        try await terminal.answer("Another PDU? [y/N]: ", "")
        try await terminal.answer("busbar.yaml? [Y/n]: ", "")
        #expect(await terminal.end() == .exited(0), "\(terminal.child.standardOutput)")
        #expect(!terminal.child.standardOutput.contains("private\r"), "what is typed as a secret does not show")
        #expect(rack.record.total == 0, "nothing was written to the device")

        let checked = try await busbar(directory, "check", "busbar.yaml")
        #expect(checked.status == .exited(0), "\(checked.errors)")
        let text = try String(contentsOfFile: directory.path(of: "busbar.yaml"), encoding: .utf8)
        #expect(text.contains("write_community_file: \"secrets/rack1-write\"") && !text.contains("private"), "\(text)")
        let secret = try FileManager.default.attributesOfItem(atPath: directory.path(of: "secrets/rack1-write"))
        #expect(secret[.posixPermissions] as? Int == 0o600)

        let agent = try await ChildProcess.start(
            try TestProgram.path,
            ["agent", "--config", "busbar.yaml", "--log-level", "info"],
            directory: directory.path
        )
        // It has to have said which outlets it has before one can be named by its label.
        #expect(await agent.waitForOutput(containing: "online", within: .seconds(120)), "\(agent.standardError)")
        let online = try await busbar(directory, "wait", "DUT A", "--state", "online", "-c", "busbar.yaml")
        #expect(online.status == .exited(0), "\(online.errors)\(agent.standardError)")
        let on = try await busbar(directory, "on", "DUT A", "--config", "busbar.yaml")
        #expect(on.status == .exited(0) && on.output == "rack1/1  done  ON\n", "\(on.output)\(on.errors)")
        #expect(rack.pdu.states == [.on, .off, .off])
        #expect(try await busbar(directory, "on", "rack1/3", "--config", "busbar.yaml").status == .exited(2))
        agent.signal(15)
        _ = await agent.waitForExit(within: .seconds(60))
        await broker.kill()
        await rack.stop()
    }

    @Test("a file that exists is never touched, and when the answers end nothing is written")
    func neverOverwrites() async throws {
        let directory = try TemporaryDirectory(prefix: "e2e")
        try directory.write("mine", to: "busbar.yaml")
        let refused = try await busbar(directory, "init", "--config", "busbar.yaml")
        #expect(refused.status == .exited(2) && refused.errors.contains("exists already"), "\(refused.errors)")
        #expect(try String(contentsOfFile: directory.path(of: "busbar.yaml"), encoding: .utf8) == "mine")
        let ended = try await busbar(directory, "init", "--config", "new.yaml")
        #expect(ended.status == .exited(2) && ended.errors.contains("nothing was written"), "\(ended.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["busbar.yaml"])
        let nowhere = try await busbar(directory, "init", "--config", "no/such/folder/busbar.yaml")
        #expect(nowhere.status == .exited(2), "\(nowhere.errors)")
    }

    @Test("probe --add puts an entry at the end of pdus, shows it first, keeps all else, and adds nothing twice")
    func add() async throws {
        let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
        let directory = try TemporaryDirectory(prefix: "e2e")
        let before = """
            mqtt: { broker: "mqtt://127.0.0.1:1" }
            pdus:
            - name: strip   # on the bench
              driver: energenie
              host: 192.0.2.1
              password: "1"

            # the end
            poll: { interval: 5s }

            """
        try directory.write(before, to: "busbar.yaml")
        let probe = [
            "127.0.0.1", "--snmp-port", "\(rack.port)", "--web-port", "1", "--native-port", "1", "--config",
            "busbar.yaml",
        ]
        func run(_ more: String...) async throws -> CommandRun {
            await CommandRun.finished(
                try await ChildProcess.start(
                    try TestProgram.path,
                    ["probe"] + probe + ["--add"] + more,
                    directory: directory.path,
                    outputLimit: 1 << 20
                )
            )
        }
        func text() throws -> String { try String(contentsOfFile: directory.path(of: "busbar.yaml"), encoding: .utf8) }

        let declined = try await Keyboard(["probe"] + probe + ["--add", "--name", "rack7"], in: directory.path)
        try await declined.answer("Write this? [Y/n]: ", "n")
        #expect(await declined.end() == .exited(2))
        #expect(try text() == before)

        let added = try await run("--name", "rack7", "--yes")
        #expect(added.status == .exited(0), "\(added.errors)")
        #expect(added.output.contains("+- name: rack7\n"), "\(added.output)")
        let after = try text()
        #expect(after.hasPrefix(before.components(separatedBy: "\n\n")[0]))
        #expect(after.hasSuffix("\n\n# the end\npoll: { interval: 5s }\n"), "\(after)")
        #expect(try await busbar(directory, "check", "busbar.yaml").status == .exited(0))
        let twice = try await run("--name", "rack8", "--yes")
        #expect(twice.status == .exited(2) && twice.errors.contains("rack7"), "\(twice.errors)")
        try directory.write(before.replacing("127.0.0.1", with: "nothing at all"), to: "busbar.yaml")
        #expect(try await run("--yes").status == .exited(78))
        await rack.stop()
    }
}
