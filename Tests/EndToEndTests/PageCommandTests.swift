import Foundation
import LocalServices
import PDUSimulator
import TestSupport
import Testing

@Suite("The page of every agent at a broker", .timeLimit(.minutes(10)))
struct PageCommandTests {
    /// A running `busbar page`, or an agent that serves one, asked with curl.
    private struct Page {
        let child: ChildProcess
        let address: String
        /// What is shown with every question; nothing where nobody is asked.
        var token: String?

        static func start(_ broker: String, _ more: [String] = []) async throws -> Page {
            let port = try FreePort.tcp()
            let child = try await ChildProcess.start(
                try TestProgram.path,
                ["page", "--broker", broker, "--listen", "127.0.0.1:\(port)"] + more,
                outputLimit: 1 << 20
            )
            try #require(await child.waitForOutput(containing: "Ctrl-C ends it", within: .seconds(300)))
            return Page(child: child, address: "http://127.0.0.1:\(port)/")
        }

        /// The body of an answer, and its status.
        func ask(_ path: String, _ more: [String] = []) async throws -> (body: String, status: String) {
            let run = try await Command.run(
                "curl",
                package: "curl",
                ["-sS", "--max-time", "120", "-w", "\n%{http_code}"]
                    + (token.map { ["-H", "Authorization: Bearer \($0)"] } ?? []) + more + [address + path]
            )
            let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
            return (lines.dropLast().joined(separator: "\n"), String(lines.last ?? ""))
        }

        func get<Value: Decodable>(_ type: Value.Type, _ path: String) async throws -> Value {
            let answer = try await ask(path)
            return try JSONDecoder().decode(type, from: Data(answer.body.utf8))
        }

        func give(_ path: String, _ body: String) async throws -> (answer: Answer, status: String) {
            let reply = try await ask(path + "/command", Self.json(body))
            return (try Answer.read(reply.body), reply.status)
        }

        static func json(_ body: String) -> [String] { ["-H", "Content-Type: application/json", "-d", body] }

        func pdus() async throws -> [PDU] { try await get(PDUs.self, "api/v1/pdus").pdus }

        func waitUntil(_ condition: ([PDU]) -> Bool) async throws {
            try await TestSupport.waitUntil { condition(try await pdus()) }
        }
    }

    private struct PDUs: Decodable { let pdus: [PDU] }

    private struct PDU: Decodable {
        struct Outlet: Decodable {
            struct Change: Decodable {
                let by: String?
                let user: String?
                let own: Bool?
            }
            let outlet: Int
            let label: String?
            let state: String?
            let protected: Bool
            let changed: Change?
        }
        let name: String
        let agent: String?
        let online: Bool?
        let problem: String?
        let outlets: [Outlet]
    }

    private struct About: Decodable {
        struct Agent: Decodable {
            let name: String
            let online: Bool?
        }
        struct Broker: Decodable { let connected: Bool }
        let agents: [Agent]?
        let broker: Broker
        let ready: Bool
        let id: String?
        let knows_agents: Bool?
    }

    private struct Loads: Decodable {
        struct Load: Decodable {
            let name: String
            let feeds: [String]
            let state: String?
        }
        let loads: [Load]
    }

    private struct Groups: Decodable {
        struct Group: Decodable {
            let name: String
            let outlets: [String]
        }
        let groups: [Group]
    }

    /// Two agents with a strip each; the first has a load, the second a group.
    private static func files(_ first: SimulatedEnerGenie, _ second: SimulatedEnerGenie) -> [AgentFile] {
        var one = AgentFile()
        one.id = "one"
        one.pdus = [
            AgentFile.strip("first", device: first, "outlets: { 1: { label: Board }, 4: { protected: true } }")
        ]
        one.loads = ["server: { label: Server, feeds: [first/2, first/3] }"]
        var two = AgentFile()
        two.id = "two"
        two.pdus = [AgentFile.strip("second", device: second)]
        two.groups = ["pair: { outlets: [second/1, second/2], stagger: 0s }"]
        return [one, two]
    }

    @Test("shows what two agents have, switches an outlet, a load and a group, and gives their answers back")
    func switching() async throws {
        try await Bench.run { bench in
            let (first, second) = (try await Bench.strip(), try await Bench.strip())
            for file in Self.files(first, second) { try await bench.start(file) }
            let page = try await Page.start(bench.broker.url)
            try await page.waitUntil { $0.count == 2 && $0.allSatisfy { $0.outlets.allSatisfy { $0.state != nil } } }
            let pdus = try await page.pdus()
            #expect(pdus.map(\.name) == ["first", "second"])
            #expect(pdus.map(\.agent) == ["one", "two"])
            #expect(pdus.allSatisfy { $0.online == true && $0.outlets.count == 4 })
            #expect(pdus[0].outlets[0].label == "Board" && pdus[0].outlets[3].protected)
            let about = try await page.get(About.self, "api/v1/agent")
            #expect(about.agents?.map(\.name) == ["one", "two"] && about.broker.connected && about.ready)
            #expect(about.id == nil && about.knows_agents == nil)

            // One outlet of each agent, by the page's interface, with the name that whoever asks gives.
            let on = try await page.give(
                "api/v1/pdus/first/outlets/1",
                #"{"action":"ON","id":"a","by":"anna","reason":"test"}"#
            )
            #expect(on.answer.verdict == "done" && on.status == "200" && on.answer.state == "ON")
            #expect(try await page.give("api/v1/pdus/second/outlets/3", #"{"action":"ON"}"#).answer.verdict == "done")
            #expect(first.record.switches == ["1=1"] && second.record.switches == ["3=1"])
            try await page.waitUntil { $0[0].outlets[0].changed?.by == "anna" }

            // What the agent refuses comes back as the agent says it.
            let refused = try await page.give("api/v1/pdus/first/outlets/4", #"{"action":"ON"}"#)
            #expect(refused.answer.verdict == "rejected/protected" && refused.status == "403")
            #expect(try await page.give("api/v1/pdus/third/outlets/1", #"{"action":"ON"}"#).status == "404")
            #expect(try await page.ask("api/v1/pdus/first/outlets/1/command", Page.json("{")).status == "400")
            let plan = try await page.ask(
                "api/v1/pdus/first/outlets/1/command",
                Page.json(#"{"action":"CYCLE","off_time":2,"dry_run":true}"#)
            )
            #expect(plan.body.contains(#""duration_s":2"#), "\(plan.body)")

            // Loads and groups, as wholes.
            try await TestSupport.waitUntil {
                try await page.get(Loads.self, "api/v1/loads").loads.first?.state == "OFF"
            }
            #expect(try await page.get(Loads.self, "api/v1/loads").loads.map(\.feeds) == [["first/2", "first/3"]])
            let groups = try await page.get(Groups.self, "api/v1/groups").groups
            #expect(groups.map(\.outlets) == [["second/1", "second/2"]])
            #expect(try await page.give("api/v1/loads/server", #"{"action":"ON"}"#).status == "200")
            #expect(try await page.give("api/v1/groups/pair", #"{"action":"ON"}"#).status == "200")
            #expect(try await page.give("api/v1/pdus/second/outlets/all", #"{"action":"OFF"}"#).status == "200")
            try await page.waitUntil { $0[1].outlets.allSatisfy { $0.state == "OFF" } }

            // What only an agent has is said not to be here.
            #expect(try await page.ask("metrics").status == "404")
            #expect(try await page.ask("api/v1/log").status == "503")
            #expect(try await page.ask("api/v1/setup").status == "404")
            page.child.signal(15)
            #expect(await page.child.waitForExit(within: .seconds(300)) == .exited(0))
            await first.stop()
            await second.stop()
        }
    }

    @Test("tells as events what happens, and the outcome of a command that was not waited for")
    func events() async throws {
        try await Bench.run { bench in
            let (first, second) = (try await Bench.strip(), try await Bench.strip())
            for file in Self.files(first, second) { try await bench.start(file) }
            let page = try await Page.start(bench.broker.url)
            try await page.waitUntil { $0.count == 2 }
            let events = try await ChildProcess.start(
                try Executable.find("curl", package: "curl"),
                ["-sSN", page.address + "api/v1/events"],
                outputLimit: 1 << 20
            )
            try #require(await events.waitForOutput(containing: "event: hello", within: .seconds(300)))
            let taken = try await page.ask(
                "api/v1/pdus/second/outlets/1/command",
                Page.json(#"{"action":"CYCLE","off_time":0.2,"id":"later"}"#) + ["-H", "Prefer: respond-async"]
            )
            #expect(taken.status == "202")
            try #require(await events.waitForOutput(containing: #""id":"later""#, within: .seconds(300)))
            #expect(events.standardOutput.contains("event: result"))
            #expect(!events.standardOutput.contains(#""id":"plan-"#), "what the page asks for itself is its own")
            first.press(2)
            try #require(
                await events.waitForOutput(
                    containing: #""outlet":2,"pdu":"first","previous":"OFF","state":"ON""#,
                    within: .seconds(300)
                )
            )
            await events.kill()
            await page.child.kill()
            await first.stop()
            await second.stop()
        }
    }

    @Test("takes no command while the broker is away, and shows what is there when it is back")
    func broker() async throws {
        try await Bench.run { bench in
            let (first, second) = (try await Bench.strip(), try await Bench.strip())
            for file in Self.files(first, second) { try await bench.start(file) }
            let page = try await Page.start(bench.broker.url)
            try await page.waitUntil { $0.count == 2 }
            let mark = bench.observer.mark
            await bench.broker.kill()
            try await TestSupport.waitUntil { try await !page.get(About.self, "api/v1/agent").broker.connected }
            let refused = try await page.ask("api/v1/pdus/first/outlets/1/command", Page.json(#"{"action":"ON"}"#))
            #expect(refused.status == "503" && refused.body.contains("the broker is not connected"))
            #expect(try await page.ask("readyz").status == "503")
            #expect(try await page.pdus().count == 2, "what was known is shown on")
            second.press(4)
            try await bench.broker.start()
            try await bench.waitForOnline("one", from: mark)
            try await bench.waitForOnline("two", from: mark)
            try await page.waitUntil { $0.count == 2 && $0[1].outlets[3].state == "ON" }
            let on = Page.json(#"{"action":"ON"}"#)
            try await TestSupport.waitUntil {
                try await page.ask("api/v1/pdus/first/outlets/1/command", on).status == "200"
            }
            // What was refused while the broker was away was not kept for later.
            #expect(first.record.switches == ["1=1"])
            await page.child.kill()
            await first.stop()
            await second.stop()
        }
    }

    @Test("shows an agent that died as offline with its PDUs, sends nothing to it, and loses a PDU that is taken out")
    func comingAndGoing() async throws {
        try await Bench.run { bench in
            let (first, second) = (try await Bench.strip(), try await Bench.strip())
            let third = try await Bench.strip()
            let files = Self.files(first, second)
            let one = try await bench.start(files[0])
            var two = files[1]
            let agent = try await bench.start(two)
            let page = try await Page.start(bench.broker.url)
            try await page.waitUntil { $0.count == 2 && $0.allSatisfy { $0.online == true } }

            await one.kill()
            try await page.waitUntil { $0[0].online == false }
            #expect(try await page.pdus()[0].problem == "its agent one is offline")
            #expect(try await page.pdus()[1].online == true)
            let silent = try await page.ask("api/v1/pdus/first/outlets/1/command", Page.json(#"{"action":"ON"}"#))
            #expect(silent.status == "503" && silent.body.contains("the agent one, which has first, is offline"))

            // A new PDU comes, and the other one goes: its retained topics are cleared.
            two.pdus.append(AgentFile.strip("third", device: third))
            try bench.write(two)
            agent.reload()
            try await page.waitUntil { $0.map(\.name) == ["first", "second", "third"] && $0[2].online == true }
            two.pdus.removeFirst()
            two.groups = []
            try bench.write(two)
            agent.reload()
            try await page.waitUntil { $0.map(\.name) == ["first", "third"] }
            #expect(try await page.get(Groups.self, "api/v1/groups").groups.isEmpty)
            #expect(try await page.ask("api/v1/pdus/second").status == "404")
            await page.child.kill()
            for device in [first, second, third] { await device.stop() }
        }
    }

    @Test("asks people to sign in where other machines reach it, and holds them to their role and scope")
    func users() async throws {
        let open = try await CommandRun.busbar(["page", "--broker", "mqtt://127.0.0.1:1", "--listen", "0.0.0.0:0"])
        #expect(open.status == .exited(64))
        let refused = try await CommandRun.busbar([
            "page", "--broker", "mqtt://127.0.0.1:1", "--listen", "0.0.0.0:8480",
        ])
        #expect(refused.status == .exited(64) && refused.errors.contains("people have to sign in"))
        try await Bench.run { bench in
            let (first, second) = (try await Bench.strip(), try await Bench.strip())
            for file in Self.files(first, second) { try await bench.start(file) }
            let users = bench.directory.path(of: "users.yaml")
            var tokens: [String: String] = [:]
            for (name, rights) in [
                ("anna", ["--role", "operate", "--scope", "first/*"]), ("bob", ["--role", "view"]),
            ] {
                let added = try await CommandRun.busbar(["user", "add", name] + rights + ["--token", "--file", users])
                tokens[name] = added.errors.split(separator: "\n").last.map(String.init)
            }
            var file = AgentFile()
            file.id = "page-users"
            file.pdus = [AgentFile.strip("unused", device: first)]
            file.lines = ["users_file: '\(users)'"]
            let page = try await Page.start(bench.broker.url, ["--config", try bench.write(file)])
            #expect(try await page.ask("api/v1/pdus").status == "401")
            func ask(
                _ name: String,
                _ path: String,
                _ more: [String] = []
            ) async throws -> (body: String, status: String) {
                try await page.ask(path, ["-H", "Authorization: Bearer \(tokens[name] ?? "")"] + more)
            }
            try await TestSupport.waitUntil { try await ask("bob", "api/v1/pdus").body.contains(#""name":"second""#) }
            #expect(try await !ask("anna", "api/v1/pdus").body.contains(#""name":"second""#))
            let on = Page.json(#"{"action":"ON"}"#)
            #expect(try await ask("anna", "api/v1/pdus/first/outlets/1/command", on).status == "200")
            let out = try await ask("anna", "api/v1/pdus/second/outlets/1/command", on)
            #expect(out.status == "403" && out.body.contains("unauthorized"))
            #expect(try await ask("bob", "api/v1/pdus/first/outlets/2/command", on).status == "403")
            #expect(first.record.switches == ["1=1"] && second.record.switches.isEmpty)
            await page.child.kill()
            await first.stop()
            await second.stop()
        }
    }

    /// Adds users to a file.
    ///
    /// - Returns: their tokens, by name.
    private static func add(_ users: [(name: String, rights: [String])], to path: String) async throws -> [String:
        String]
    {
        var tokens: [String: String] = [:]
        for (name, rights) in users {
            let added = try await CommandRun.busbar(["user", "add", name] + rights + ["--token", "--file", path])
            #expect(added.status == .exited(0), "\(added.errors)")
            tokens[name] = added.errors.split(separator: "\n").last.map(String.init)
        }
        return tokens
    }

    /// What an agent has written down, as JSON.
    private static func log(of agent: String, _ bench: Bench, _ filter: String...) async throws -> String {
        try await CommandRun.busbar(
            ["log", "--state-directory", bench.directory.path(of: "state-\(agent)"), "--json"] + filter
        ).output
    }

    @Test("with --as it acts as that user, whom the agents hold to its scope, and without it on the plain topics")
    func actingAs() async throws {
        let wrong = try await CommandRun.busbar(["page", "--broker", "mqtt://127.0.0.1:1", "--as", "a b"])
        #expect(wrong.status == .exited(64) && wrong.errors.contains("'a b' is no user's name"))
        try await Bench.run { bench in
            let (first, second) = (try await Bench.strip(), try await Bench.strip())
            let users = bench.directory.path(of: "users.yaml")
            _ = try await Self.add([("anna", ["--role", "operate", "--scope", "first/*"])], to: users)
            for var file in Self.files(first, second) {
                file.mqtt = ["require_user: true"]
                file.lines = ["users_file: '\(users)'"]
                try await bench.start(file)
            }
            let page = try await Page.start(bench.broker.url, ["--as", "anna"])
            let plain = try await Page.start(bench.broker.url)
            for one in [page, plain] {
                try await one.waitUntil { $0.count == 2 && $0.allSatisfy { $0.outlets.count == 4 } }
            }
            let on = Page.json(#"{"action":"ON","by":"whoever"}"#)
            let done = try await page.ask("api/v1/pdus/first/outlets/1/command", on)
            #expect(done.status == "200" && done.body.contains(#""user":"anna""#), "\(done.body)")
            try await page.waitUntil { $0[0].outlets[0].changed?.user == "anna" }
            let beyond = try await page.ask("api/v1/pdus/second/outlets/1/command", on)
            #expect(beyond.status == "403" && beyond.body.contains("unauthorized"), "\(beyond.body)")
            let nobody = try await plain.ask("api/v1/pdus/first/outlets/2/command", on)
            #expect(nobody.status == "403" && nobody.body.contains("heeds users' own topics only"), "\(nobody.body)")
            #expect(first.record.switches == ["1=1"] && second.record.switches.isEmpty)
            #expect(try await Self.log(of: "two", bench, "--user", "anna").contains(#""code":"unauthorized""#))
            await page.child.kill()
            await plain.child.kill()
            await first.stop()
            await second.stop()
        }
    }

    /// A bench with the two agents, of which the first shows both to its users at a broker that proves who writes.
    private static func withAgentsPage(
        _ body: (Bench, SimulatedEnerGenie, SimulatedEnerGenie, AgentFile, AgentProcess, (String) -> Page) async throws
            -> Void
    ) async throws {
        let (first, second) = (try await Bench.strip(), try await Bench.strip())
        let directory = try TemporaryDirectory()
        let (all, some) = (directory.path(of: "users.yaml"), directory.path(of: "some.yaml"))
        let known: [(String, [String])] = [
            ("anna", ["--role", "operate", "--scope", "first/*", "--scope", "second/1", "--scope", "group:pair"]),
            ("bob", ["--role", "view"]), ("root", ["--role", "admin"]),
        ]
        var tokens = try await add(known + [("carol", ["--role", "operate"])], to: all)
        // Whom the second agent does not know, it refuses, whatever the first one says.
        _ = try await add(known, to: some)
        tokens["nobody"] = ""
        var files = files(first, second)
        let port = try FreePort.tcp()
        for (index, users) in [all, some].enumerated() {
            files[index].mqtt = ["username: \(files[index].id)", "password: secret", "require_user: true"]
            files[index].lines = ["users_file: '\(users)'"]
        }
        files[0].lines.append("web: { listen: 127.0.0.1:\(port), all_agents: true }")
        var configuration = MosquittoConfiguration()
        configuration.users = ["one": "secret", "two": "secret", "watch": "secret"]
        var lists = ""
        for file in files {
            let path = try directory.write(
                file.text(broker: "mqtt://127.0.0.1:1", stateDirectory: directory.path),
                to: "\(file.id).yaml"
            )
            let list = try await CommandRun.busbar(["acl", "-c", path])
            #expect(list.status == .exited(0), "\(list.errors)")
            lists += list.output.split(separator: "\n\n").first { $0.hasPrefix("user \(file.id)\n") } ?? ""
            lists += "\n\n"
        }
        configuration.accessControl = lists + "user watch\ntopic readwrite #\n"
        try await Bench.run(configuration, user: ("watch", "secret")) { bench in
            let agent = try await bench.start(files[0])
            try await bench.start(files[1])
            let page = { name in
                Page(child: agent.child, address: "http://127.0.0.1:\(port)/", token: tokens[name])
            }
            try await page("root").waitUntil {
                $0.count == 2 && $0.allSatisfy { $0.outlets.allSatisfy { $0.state != nil } }
            }
            try await body(bench, first, second, files[0], agent, page)
        }
        await first.stop()
        await second.stop()
    }

    @Test("an agent's page shows every agent, switches what others have as who is signed in, and keeps what is its own")
    func agentsPage() async throws {
        try await Self.withAgentsPage { bench, first, second, _, _, page in
            let root = page("root")
            let pdus = try await root.pdus()
            #expect(pdus.map(\.name) == ["first", "second"] && pdus.map(\.agent) == ["one", "two"])
            #expect(pdus.allSatisfy { $0.online == true && $0.outlets.count == 4 })
            let about = try await root.get(About.self, "api/v1/agent")
            #expect(about.id == "one" && about.agents?.map(\.name) == ["one", "two"] && about.knows_agents == true)
            let (anna, on) = (page("anna"), Page.json(#"{"action":"ON"}"#))
            let shown = try await anna.pdus()
            #expect(shown.map(\.name) == ["first", "second"] && shown.map(\.outlets.count) == [4, 2])

            // Its own by itself, the other's by the broker; each agent has written down who it was, and by which door.
            let own = try await anna.ask("api/v1/pdus/first/outlets/1/command", on)
            #expect(own.status == "200" && own.body.contains(#""door":"http""#), "\(own.body)")
            let other = try await anna.ask("api/v1/pdus/second/outlets/1/command", on)
            #expect(other.status == "200", "\(other.body)")
            #expect(other.body.contains(#""user":"anna""#) && other.body.contains(#""door":"mqtt""#), "\(other.body)")
            try await root.waitUntil { $0[1].outlets[0].changed?.user == "anna" }
            let log = try await Self.log(of: "two", bench, "--user", "anna")
            #expect(log.contains(#""status":"done""#) && log.contains(#""door":"mqtt""#), "\(log)")

            // The scope and the role hold for both, and refusals are in this agent's audit trail.
            for path in ["second/outlets/3", "second/outlets/all"] {
                let refused = try await anna.ask("api/v1/pdus/\(path)/command", on)
                #expect(refused.status == "403" && refused.body.contains("unauthorized"), "\(refused.body)")
            }
            #expect(try await page("bob").ask("api/v1/pdus/second/outlets/1/command", on).status == "403")
            #expect(try await anna.ask("api/v1/pdus/second/outlets/1/command", Page.json("{")).status == "400")
            let noted = try await root.ask("api/v1/log?user=anna&status=rejected")
            #expect(noted.body.contains("second/3 is outside of what the user 'anna' may switch"), "\(noted.body)")
            #expect(noted.body.contains("unauthorized"), "\(noted.body)")
            #expect(!(try await Self.log(of: "two", bench, "--user", "anna")).contains("unauthorized"))
            // One whom the other agent does not know is refused there.
            let carol = try await page("carol").ask("api/v1/pdus/second/outlets/2/command", on)
            #expect(carol.status == "403" && carol.body.contains("there is no user 'carol'"), "\(carol.body)")
            #expect(try await page("carol").ask("api/v1/pdus/first/outlets/2/command", on).status == "200")
            #expect(second.record.switches == ["1=1"] && first.record.switches == ["1=1", "2=1"])

            // Loads and groups, of the one and of the other; a name that nobody has is unknown.
            #expect(try await root.give("api/v1/loads/server", #"{"action":"ON"}"#).status == "200")
            #expect(try await anna.give("api/v1/groups/pair", #"{"action":"ON"}"#).status == "200")
            #expect(
                try await root.give("api/v1/groups/none", #"{"action":"ON"}"#).answer.verdict
                    == "rejected/unknown_group"
            )
            #expect(try await root.give("api/v1/pdus/none/outlets/1", #"{"action":"ON"}"#).status == "404")
            #expect(try await root.get(Loads.self, "api/v1/loads").loads.map(\.name) == ["server"])
            #expect(try await root.get(Groups.self, "api/v1/groups").groups.map(\.name) == ["pair"])
            #expect(try await root.ask("api/v1/pdus/second/refresh", ["-X", "POST"]).status == "202")

            // What is its own has all that it had; of the other, its agent has it.
            #expect(try await root.ask("api/v1/pdus/first/log").body.contains(#""user":"anna""#))
            #expect(try await root.ask("api/v1/pdus/first/history?quantity=power").status == "200")
            #expect(try await root.ask("metrics").status == "200")
            for path in ["log", "history?quantity=power"] {
                let elsewhere = try await root.ask("api/v1/pdus/second/\(path)")
                #expect(
                    elsewhere.status == "503" && elsewhere.body.contains("the agent that has it"),
                    "\(elsewhere.body)"
                )
            }
            #expect(try await root.ask("api/v1/pdus/second/history").status == "200")
        }
    }

    @Test("its events tell what happens to both once, and the other agent may come, go, and be left out again")
    func agentsPageEvents() async throws {
        try await Self.withAgentsPage { bench, first, second, file, agent, page in
            let root = page("root")
            let events = try await ChildProcess.start(
                try Executable.find("curl", package: "curl"),
                ["-sSN", "-H", "Authorization: Bearer \(root.token ?? "")", root.address + "api/v1/events"],
                outputLimit: 1 << 20
            )
            try #require(await events.waitForOutput(containing: "event: hello", within: .seconds(300)))
            for (pdu, id) in [("first", "mine"), ("second", "theirs"), ("first", "last")] {
                let action = id == "last" ? "OFF" : "ON"
                #expect(
                    try await root.give("api/v1/pdus/\(pdu)/outlets/1", #"{"action":"\#(action)","id":"\#(id)"}"#)
                        .status == "200"
                )
                try #require(await events.waitForOutput(containing: #""id":"\#(id)""#, within: .seconds(300)))
            }
            second.press(2)
            let pressed = #""outlet":2,"pdu":"second","previous":"OFF","state":"ON""#
            try #require(await events.waitForOutput(containing: pressed, within: .seconds(300)))
            // The broker has told what came before that.
            for text in [#""id":"mine""#, #""id":"theirs""#, #""outlet":1,"own":true,"pdu":"first","previous":"OFF""#] {
                #expect(events.standardOutput.components(separatedBy: text).count == 2, "\(text)")
            }
            await events.kill()

            // A connection that is lost is made again, and what was missed meanwhile is seen.
            let mark = bench.observer.mark
            await bench.broker.kill()
            try await TestSupport.waitUntil { try await root.get(About.self, "api/v1/agent").knows_agents == false }
            #expect(try await root.pdus().count == 2, "what was known is shown on")
            let cut = try await root.ask("api/v1/pdus/second/outlets/3/command", Page.json(#"{"action":"ON"}"#))
            #expect(cut.status == "503" && cut.body.contains("the broker is not connected"), "\(cut.body)")
            #expect(
                try await root.give("api/v1/pdus/first/outlets/2", #"{"action":"ON"}"#).status == "200",
                "its own goes on"
            )
            try await bench.broker.start()
            for id in ["one", "two"] { try await bench.waitForOnline(id, from: mark) }
            try await TestSupport.waitUntil { try await root.get(About.self, "api/v1/agent").knows_agents == true }

            // Without the key it is the page of one agent again, and nobody has to sign in anew.
            var alone = file
            alone.lines = file.lines.map { $0.replacing(", all_agents: true", with: "") }
            try bench.write(alone)
            agent.reload()
            try await TestSupport.waitUntil { (try? await root.pdus().map(\.name)) == ["first"] }
            #expect(try await root.get(About.self, "api/v1/agent").agents == nil)
            #expect(first.record.switches.last == "2=1")
        }
    }
}
