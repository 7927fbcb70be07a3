import Foundation
import LocalServices
import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("The set-up page, and devices that are added by the page", .timeLimit(.minutes(10)))
struct SetupTests {
    /// Asks the interface that the page asks.
    private struct Page {
        var address: String
        var key: String?

        /// The status and the body of an answer.
        func ask(_ path: String, _ body: String? = nil) async throws -> (status: String, body: String) {
            var arguments = ["-s", "-m", "90", "-w", "\n%{http_code}"]
            if let key { arguments += ["-H", "Authorization: Bearer \(key)"] }
            if let body { arguments += ["-H", "Content-Type: application/json", "-d", body] }
            let run = try await LocalServices.Command.run("curl", package: "curl", arguments + [address + path])
            let end = run.output.lastIndex(of: "\n") ?? run.output.startIndex
            return (String(run.output[end...].dropFirst()), String(run.output[..<end]))
        }

        /// A text in the body of an answer.
        func ask(_ path: String, _ body: String? = nil, for name: String) async throws -> String {
            let answer = try await ask(path, body)
            try #require(answer.status == "200", "\(path): \(answer)")
            let object = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
            return try #require(object?[name] as? String, "\(path): \(answer.body)")
        }

        /// Looks at a change, and has it written.
        func save(_ change: String) async throws -> (status: String, body: String) {
            let seen = try await ask("/api/v1/setup/preview", "{\"change\":\(change)}", for: "seen")
            return try await ask("/api/v1/setup/save", "{\"change\":\(change),\"seen\":\"\(seen)\"}")
        }
    }

    private func start(_ directory: TemporaryDirectory) async throws -> (agent: ChildProcess, page: Page, token: String)
    {
        let agent = try await ChildProcess.start(
            try TestProgram.path,
            ["agent", "--config", "busbar.yaml", "--set-up", "--log-level", "info"],
            directory: directory.path,
            outputLimit: 1 << 20
        )
        try #require(
            await agent.waitForOutput(containing: "Ctrl-C ends", within: .seconds(120)),
            "\(agent.standardError)"
        )
        let link = try #require(agent.standardError.firstMatch(of: /(http:\S+)\/setup\.html#(\S+)/))
        return (agent, Page(address: String(link.output.1)), String(link.output.2))
    }

    private func text(_ directory: TemporaryDirectory, _ name: String) throws -> String {
        try String(contentsOfFile: directory.path(of: name), encoding: .utf8)
    }

    private func mode(_ directory: TemporaryDirectory, _ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: directory.path(of: name))[.posixPermissions] as? Int
    }

    @Test(
        "from nothing: broker, device, agent, a switched outlet; then a strip is added, named, taken back and removed"
    )
    func fromNothing() async throws {
        let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 3))
        let strip = try await Bench.strip()
        let broker = try await Mosquitto.start()
        let directory = try TemporaryDirectory(prefix: "e2e")
        var (agent, page, token) = try await start(directory)

        // Nobody gets in without the link, and the link is good once.
        #expect(try await page.ask("/api/v1/setup").status == "403")
        #expect(try await page.ask("/api/v1/setup/probe", "{\"host\":\"127.0.0.1\"}").status == "403")
        let key = try await page.ask("/api/v1/setup/claim", "{\"token\":\"\(token)\"}", for: "key")
        #expect(try await page.ask("/api/v1/setup/claim", "{\"token\":\"\(token)\"}").status == "403")
        page.key = key
        #expect(try await page.ask("/api/v1/setup", for: "mode") == "new")
        #expect(
            try await page.ask("/api/v1/setup/broker", "{\"address\":\"mqtt://127.0.0.1:1\"}").body
                .contains("\"works\":false")
        )
        let works = try await page.ask("/api/v1/setup/broker", "{\"address\":\"\(broker.url)\"}")
        #expect(works.body.contains("\"works\":true"))
        #expect(try await page.ask("/api/v1/setup/scan", "{\"network\":\"10.0.0.0/8\"}").status == "409")
        #expect(try await page.ask("/api/v1/setup/scan", "{\"network\":\"anything\"}").status == "400")
        let found = try await page.ask(
            "/api/v1/setup/probe",
            "{\"host\":\"127.0.0.1:\(rack.port)\",\"snmp\":{\"write_community\":\"private\"}}",
            for: "id"
        )
        let change = """
            {"broker":{"address":"\(broker.url)"},"add":[{"found":"\(found)","name":"rack1",\
            "outlets":[{"number":1,"label":"DUT A"},{"number":3,"protected":true}]}]}
            """
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty, "nothing is written yet")
        let unseen = try await page.ask("/api/v1/setup/save", "{\"change\":\(change),\"seen\":\"x\"}")
        #expect(unseen.status == "409", "what nobody has seen is not written: \(unseen)")
        let saved = try await page.save(change)
        try #require(saved.status == "200", "\(saved)")
        #expect(rack.record.total == 0, "nothing was written to the device")
        #expect(try text(directory, "conf.d/page.yaml").contains("label: \"DUT A\""))
        #expect(try !text(directory, "conf.d/page.yaml").contains("private"))
        #expect(try mode(directory, "conf.d/page-secrets/rack1-write") == 0o600)
        #expect(try mode(directory, "busbar.yaml") == 0o600)
        #expect(!agent.standardOutput.contains(token))

        // The same process goes on as the agent, at the same address, and lets in without the link.
        #expect(await agent.waitForOutput(containing: "online", within: .seconds(120)), "\(agent.standardError)")
        page.key = nil
        try await waitUntil { [page] in
            (try? await page.ask("/api/v1/pdus/rack1").body.contains("\"state\":\"OFF\"")) == true
        }
        let on = try await page.ask("/api/v1/pdus/rack1/outlets/1/command", "{\"action\":\"ON\"}")
        #expect(on.status == "200" && on.body.contains("\"status\":\"done\""), "\(on)")
        #expect(rack.pdu.states == [.on, .off, .off])

        // Later: what is the agent's already is left alone; another device is taken by a reload.
        #expect(try await page.ask("/api/v1/setup", for: "mode") == "running")
        let again = try await page.ask("/api/v1/setup/probe", "{\"host\":\"127.0.0.1:\(rack.port)\"}")
        #expect(again.status == "409" && again.body.contains("rack1"), "\(again)")
        let other = try await page.ask(
            "/api/v1/setup/probe",
            "{\"host\":\"127.0.0.1:\(strip.webPort)\",\"password\":\"1\"}",
            for: "id"
        )
        let taken = try await page.ask(
            "/api/v1/setup/preview",
            "{\"change\":{\"add\":[{\"found\":\"\(other)\",\"name\":\"rack1\"}]}}"
        )
        #expect(taken.status == "409", "\(taken)")
        let added = try await page.save("{\"add\":[{\"found\":\"\(other)\",\"name\":\"strip\"}]}")
        #expect(added.status == "200", "\(added)")
        try await waitUntil { [page] in
            (try? await page.ask("/api/v1/pdus/strip").body.contains("\"state\":\"O")) == true
        }
        let before = try text(directory, "conf.d/page.yaml")
        let named = try await page.save(
            "{\"outlets\":[{\"pdu\":\"strip\",\"outlets\":[{\"number\":2,\"label\":\"Lamp ${HOME}\"}]}]}"
        )
        #expect(named.status == "200", "\(named)")
        #expect(try await page.ask("/api/v1/pdus/strip").body.contains("Lamp ${HOME}"))
        #expect(try await page.save("{\"undo\":true}").status == "200")
        #expect(try text(directory, "conf.d/page.yaml") == before)
        #expect(try await page.save("{\"remove\":[\"strip\"]}").status == "200")
        #expect(try await page.ask("/api/v1/pdus/strip").status == "404")
        let last = try await page.ask("/api/v1/setup/preview", "{\"change\":{\"remove\":[\"rack1\"]}}")
        #expect(last.status == "409", "without any PDU the configuration is none: \(last)")

        let log = try await page.ask("/api/v1/log?limit=100").body
        for words in [
            "began with the broker", "added strip", "removed strip", "took back the last change", "is the PDU rack1",
        ] {
            #expect(log.contains(words), "\(words) in \(log)")
        }
        #expect(!agent.standardError.contains(key))
        agent.signal(15)
        #expect(await agent.waitForExit(within: .seconds(60)) == .exited(0))
        await broker.kill()
        await rack.stop()
        await strip.stop()
    }

    @Test("beside a file that somebody wrote, the page writes its own; networks are looked through one at a time")
    func beside() async throws {
        try await Bench.run { bench in
            let (one, two) = (try await Bench.strip(), try await Bench.strip())
            let port = try FreePort.tcp()
            var file = AgentFile()
            file.lines = ["web: { listen: '127.0.0.1:\(port)' }"]
            file.pdus = [AgentFile.strip("mine", device: one)]
            let agent = try await bench.start(file)
            let page = Page(address: "http://127.0.0.1:\(port)")
            // A link to a folder that the agent may write to, and that is not there yet.
            try FileManager.default.createSymbolicLink(
                atPath: bench.directory.path(of: "conf.d"),
                withDestinationPath: bench.directory.path(of: "pages")
            )
            let before = try text(bench.directory, "bench-1.yaml")
            let found = try await page.ask(
                "/api/v1/setup/probe",
                "{\"host\":\"127.0.0.1:\(two.webPort)\",\"password\":\"1\"}",
                for: "id"
            )
            let other = try await page.ask("/api/v1/setup/preview", "{\"change\":{\"remove\":[\"mine\"]}}")
            #expect(other.status == "409" && other.body.contains("no other file"), "\(other)")
            let added = try await page.save("{\"add\":[{\"found\":\"\(found)\",\"name\":\"other\"}]}")
            #expect(added.status == "200", "\(added)")
            #expect(try await page.ask("/api/v1/pdus/other").status == "200")
            #expect(try text(bench.directory, "pages/page.yaml").contains("name: other"))
            #expect(try await page.save("{\"undo\":true}").status == "200")
            #expect(try await page.ask("/api/v1/pdus/other").status == "404")
            #expect(try text(bench.directory, "bench-1.yaml") == before)

            // All of it is this machine; it goes on for 10 s at least, and the agent ends in the middle of it.
            #expect(try await page.ask("/api/v1/setup/scan", "{\"network\":\"127.5.0.0/22\"}").status == "202")
            #expect(try await page.ask("/api/v1/setup/scan", "{\"network\":\"127.5.0.0/30\"}").status == "409")
            #expect(try await page.ask("/api/v1/setup/probe", "{\"host\":\"127.5.0.1\"}").status == "409")
            #expect(await agent.stop() == .exited(0))
            await one.stop()
            await two.stop()
        }
    }

    @Test("without a terminal a missing file is an error, and without the right to write the set-up says so at once")
    func refused() async throws {
        let directory = try TemporaryDirectory(prefix: "e2e")
        let program = try TestProgram.path
        let missing = await CommandRun.finished(
            try await ChildProcess.start(program, ["agent", "--config", "busbar.yaml"], directory: directory.path)
        )
        #expect(missing.status == .exited(78) && missing.errors.contains("no such file"), "\(missing.errors)")
        let nowhere = await CommandRun.finished(
            try await ChildProcess.start(
                program,
                ["agent", "--set-up", "--config", "no/such/busbar.yaml"],
                directory: directory.path
            )
        )
        #expect(nowhere.status == .exited(78) && nowhere.errors.contains("may not make it"), "\(nowhere.errors)")
    }
}
