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

        /// What is wrong with a change, and with which fields.
        func problems(_ change: String) async throws -> [String] {
            let answer = try await ask("/api/v1/setup/preview", "{\"change\":\(change)}")
            #expect(answer.status == "409" || answer.status == "400", "\(change): \(answer)")
            let object = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
            let problems = try #require(object?["problems"] as? [[String: String]], "\(answer.body)")
            return problems.map { one in
                let place = [one["of"], one["name"], one["key"]].compactMap(\.self).joined(separator: ".")
                return (place.isEmpty ? "" : place + ": ") + (one["text"] ?? "")
            }
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

        // What a group or a load names stays; an outlet that feeds one is listed where others of its PDU are.
        let fed = try await page.save(
            #"{"loads":[{"name":"server","feeds":["rack1/2","strip/1"]}],"groups":[{"name":"all","outlets":["strip/2"]}]}"#
        )
        #expect(fed.status == "200", "\(fed)")
        #expect(try text(directory, "conf.d/page.yaml").contains("\n      2: {}\n      3: { protected: true }\n"))
        let used = try await page.problems("{\"remove\":[\"strip\"]}")
        #expect(used.first?.contains("it is named by the group all, the load server") == true, "\(used)")
        #expect(
            try await page.save(
                "{\"outlets\":[{\"pdu\":\"rack1\",\"outlets\":[{\"number\":1,\"label\":\"DUT B\"}]}]}"
            ).status == "200"
        )
        #expect(try text(directory, "conf.d/page.yaml").contains("\n      2: {}\n"))
        #expect(
            try await page.save("{\"remove\":[\"strip\"],\"remove_loads\":[\"server\"],\"remove_groups\":[\"all\"]}")
                .status
                == "200"
        )
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

    /// Has an agent serve its page, and says where it will be.
    private static func page(of file: inout AgentFile) throws -> Page {
        let port = try FreePort.tcp()
        file.lines = ["web: { listen: '127.0.0.1:\(port)' }"]
        return Page(address: "http://127.0.0.1:\(port)")
    }

    @Test("beside a file that somebody wrote, the page writes its own; networks are looked through one at a time")
    func beside() async throws {
        try await Bench.run { bench in
            let (one, two) = (try await Bench.strip(), try await Bench.strip())
            var file = AgentFile()
            let page = try Self.page(of: &file)
            file.pdus = [AgentFile.strip("mine", device: one)]
            let agent = try await bench.start(file)
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

    @Test("a step back puts back the files that were there, none where there was none, and the agent runs by them")
    func stepBack() async throws {
        try await Bench.run { bench in
            let (one, two) = (try await Bench.strip(), try await Bench.strip())
            var file = AgentFile()
            let page = try Self.page(of: &file)
            file.pdus = [AgentFile.strip("mine", device: one)]
            let agent = try await bench.start(file)
            /// What stands in the files of the configuration, and what the agent has of it.
            func now() async throws -> [String] {
                let folder = bench.directory.path(of: "conf.d")
                let names = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
                var all =
                    try ["bench-1.yaml"]
                    + names.filter { $0.hasSuffix(".yaml") }.map { "conf.d/\($0)" }
                    .map { try "\($0) \(mode(bench.directory, $0) ?? 0) \(text(bench.directory, $0))" }
                for path in ["pdus", "groups", "loads"] {
                    let body = try await page.ask("/api/v1/\(path)").body
                    all.append(body.matches(of: /"name":"[^"]+"/).map { String($0.output) }.joined())
                }
                return all
            }
            try FileManager.default.createDirectory(
                atPath: bench.directory.path(of: "conf.d"),
                withIntermediateDirectories: false
            )
            let found = try await page.ask(
                "/api/v1/setup/probe",
                "{\"host\":\"127.0.0.1:\(two.webPort)\",\"password\":\"1\"}",
                for: "id"
            )
            var before = try await now()
            for change in [
                "{\"add\":[{\"found\":\"\(found)\",\"name\":\"other\"}]}",
                #"{"loads":[{"name":"server","feeds":["mine/1","other/1"]}],"groups":[{"name":"g","outlets":["load:server"]}]}"#,
                #"{"loads":[{"was":"server","name":"node","label":"Node","feeds":["other/4"]}]}"#,
                #"{"remove_groups":["g"],"remove_loads":["node"],"remove":["other"]}"#,
            ] {
                #expect(try await page.save(change).status == "200", "\(change)")
                let after = try await now()
                #expect(after != before)
                // There and back again: a step back is taken back by another one.
                for (step, expected) in [before, after].enumerated() {
                    #expect(try await page.save(#"{"undo":true}"#).status == "200")
                    #expect(try await now() == expected, "step \(step) after \(change)")
                }
                before = after
            }
            #expect(await agent.stop() == .exited(0))
            await one.stop()
            await two.stop()
        }
    }

    @Test(
        "groups and loads are added, used, changed, renamed, taken back and removed, and what is wrong stands by its field"
    )
    func groupsAndLoads() async throws {
        try await Bench.run { bench in
            let one = try await Bench.strip()
            let two = try await Bench.strip()
            var file = AgentFile()
            let page = try Self.page(of: &file)
            file.pdus = [
                AgentFile.strip("mine", device: one, "outlets: { 1: { label: A }, 2: {} }"),
                AgentFile.strip("other", device: two),
            ]
            file.groups = ["hand: { outlets: [mine/1, 'load:byhand'], stagger: 200ms }"]
            file.loads = ["byhand: { feeds: [mine/2] }"]
            let agent = try await bench.start(file)
            let main = bench.directory.path(of: "bench-1.yaml")
            let before = try text(bench.directory, "bench-1.yaml")

            // What somebody wrote by hand is shown with its place, and is not changed.
            let shown = try await page.ask("/api/v1/setup").body
            #expect(shown.contains(#""place":{"file":"\#(main)","line":"#), "\(shown)")
            #expect(
                shown.contains(#""name":"hand","on_failure":"continue","outlets":["mine/1","load:byhand"],"own":false"#)
            )
            for change in [
                #"{"remove_groups":["hand"]}"#, #"{"groups":[{"was":"hand","name":"hand","outlets":["mine/1"]}]}"#,
                #"{"remove_loads":["byhand"]}"#, #"{"loads":[{"was":"byhand","name":"b","feeds":["mine/2"]}]}"#,
            ] {
                let problems = try await page.problems(change)
                #expect(problems.first?.contains("stands in \(main) on line") == true, "\(problems)")
            }
            let doubled = try await page.problems(#"{"groups":[{"name":"hand","outlets":["mine/1"]}]}"#)
            #expect(
                doubled.first?.hasPrefix("groups.hand.name: there is a group hand already, in ") == true,
                "\(doubled)"
            )

            // The configuration's own errors, each with its field.
            for (change, problem) in [
                (#"{"groups":[{"name":"a b","outlets":["mine/1"]}]}"#, "groups.a b.name: a group's name is"),
                (#"{"groups":[{"name":"g","outlets":[]}]}"#, "groups.g.outlets: "),
                (#"{"groups":[{"name":"g","outlets":["nine/1"]}]}"#, #"groups.g.outlets: "nine/1": there is no PDU"#),
                (#"{"groups":[{"name":"g","outlets":["mine/1"],"stagger_s":61}]}"#, "groups.g.stagger: "),
                (#"{"groups":[{"name":"g","outlets":["mine/1"],"stagger_s":1e99}]}"#, "groups.g.stagger: "),
                (#"{"groups":[{"name":"g","outlets":["mine/1"],"on_failure":"cry"}]}"#, "groups.g.on_failure: "),
                (
                    #"{"loads":[{"name":"l","feeds":["mine/2"]}]}"#,
                    #"loads.l.feeds: "mine/2" feeds the load "byhand" already"#
                ),
                (
                    #"{"loads":[{"name":"l","feeds":["mine/1"],"requires":["m"]}]}"#,
                    #"loads.l.requires: there is no load "m""#
                ),
                (#"{"loads":[{"name":"l","feeds":["mine/1"],"off_time_s":0.05}]}"#, "loads.l.off_time: "),
                (#"{"loads":[{"name":"l","feeds":["mine/1"],"limit_s":0.1}]}"#, "loads.l.limit: "),
                (#"{"loads":[{"was":"none","name":"l","feeds":["mine/1"]}]}"#, "there is no load none"),
            ] {
                let problems = try await page.problems(change)
                #expect(problems.first?.hasPrefix(problem) == true, "\(change): \(problems)")
            }
            #expect(
                !FileManager.default.fileExists(atPath: bench.directory.path(of: "conf.d")),
                "nothing is written yet"
            )

            // Both at once, one naming the other; then they are there, and can be switched.
            let added = try await page.save(
                """
                {"loads":[{"name":"server","label":"Server \\"1\\" ${HOME}","feeds":["mine/1","other/1"],"off_time_s":0.5,\
                "exclusive":true,"stagger_s":0.1}],"groups":[{"name":"board","label":"Board",\
                "outlets":["other/2","load:server"],"stagger_s":0,"on_failure":"stop"}]}
                """
            )
            try #require(added.status == "200", "\(added)")
            let own = try text(bench.directory, "conf.d/page.yaml")
            #expect(own.contains("exclusive: true") && own.contains("cycle: { off_time: 500ms }"), "\(own)")
            try await waitUntil { [page] in
                (try? await page.ask("/api/v1/loads").body.contains(#""label":"Server \"1\" ${HOME}","#)) == true
            }
            let on = try await page.ask("/api/v1/groups/board/command", #"{"action":"ON"}"#)
            #expect(on.status == "200" && on.body.contains(#""status":"done""#), "\(on)")
            #expect(one.states[0] == .on && Array(two.states.prefix(2)) == [.on, .on])
            let exclusive = try await page.ask("/api/v1/pdus/other/outlets/1/command", #"{"action":"OFF"}"#)
            #expect(exclusive.status == "403" && exclusive.body.contains("protected"), "\(exclusive)")

            // Another load, which requires the first; a new name is written wherever the page's file has the old one.
            #expect(
                try await page.save(
                    #"{"loads":[{"name":"node","feeds":["other/3"],"requires":["server"]}]}"#
                ).status == "200"
            )
            let look = try await page.ask(
                "/api/v1/setup/preview",
                #"{"change":{"loads":[{"was":"server","name":"server2","feeds":["mine/1","other/1"]}]}}"#
            ).body
            let old = Set(look.matches(of: /"kind":"old","text":"(.*?)"}/).map(\.output.1))
            let new = Set(look.matches(of: /"kind":"new","text":"(.*?)"}/).map(\.output.1))
            #expect(!new.isEmpty && old.isDisjoint(with: new), "what stays is not shown as a change: \(look)")
            let renamed = try await page.save(
                #"{"loads":[{"was":"server","name":"server2","feeds":["mine/1","other/1"]}]}"#
            )
            #expect(
                renamed.status == "200" && renamed.body.contains("renamed the load server to server2"),
                "\(renamed)"
            )
            let after = try text(bench.directory, "conf.d/page.yaml")
            #expect(after.contains(#"requires: ["server2"]"#) && after.contains(#""load:server2"]"#), "\(after)")
            #expect(!after.contains("exclusive"))
            #expect(try await page.ask("/api/v1/loads/server/command", #"{"action":"OFF"}"#).status == "404")

            // What others name is not removed.
            let named = try await page.problems(#"{"remove_loads":["server2"]}"#)
            #expect(named.first?.contains("it is named by the group board, the load node") == true, "\(named)")
            #expect(try await page.save(#"{"undo":true}"#).status == "200")
            #expect(try text(bench.directory, "conf.d/page.yaml").contains(#""load:server"]"#))
            let both = try await page.save(#"{"remove_loads":["server","node"],"remove_groups":["board"]}"#)
            #expect(both.status == "200", "\(both)")
            #expect(try await page.ask("/api/v1/groups/board/command", #"{"action":"ON"}"#).status == "404")
            #expect(try text(bench.directory, "bench-1.yaml") == before)
            let log = try await page.ask("/api/v1/log?limit=100").body
            for words in [
                "added the load server; added the group board", "renamed the load", "removed the load server",
            ] {
                #expect(log.contains(words), "\(words) in \(log)")
            }
            #expect(await agent.stop() == .exited(0))
            await one.stop()
            await two.stop()
        }
    }

    @Test(
        "users are added with secrets that are shown once, sign in, are changed and removed by an admin alone; nobody is locked out"
    )
    func users() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            var page = try Self.page(of: &file)
            file.pdus = [AgentFile.strip("mine", device: strip)]
            let agent = try await bench.start(file)
            func secret(_ answer: (status: String, body: String)) throws -> String {
                try #require(answer.status == "200", "\(answer)")
                let object = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
                let made = try #require(object?["made"] as? [[String: String]], "\(answer.body)")
                return try #require(made.first?["secret"])
            }

            // The first user has to be one who can go on.
            for change in [
                #"{"users":[{"name":"ci","role":"operate","make":["token"]}]}"#,
                #"{"users":[{"name":"boss","role":"admin"}]}"#,
            ] {
                let problems = try await page.problems(change)
                #expect(problems.first?.contains("the first user has to be an admin") == true, "\(problems)")
            }
            let shown = try await page.ask(
                "/api/v1/setup/preview",
                #"{"change":{"users":[{"name":"boss","role":"admin","make":["token"]}]}}"#
            )
            #expect(shown.body.contains("made when this is written"), "\(shown)")
            #expect(!shown.body.contains(#"token_hash: \"sha256"#), "the hash of a token that there is not yet")
            let boss = try secret(
                try await page.save(#"{"users":[{"name":"boss","role":"admin","make":["token"]}]}"#)
            )
            #expect(try await page.ask("/api/v1/setup").status == "401", "now everybody is asked who it is")
            page.key = boss
            #expect(try await page.ask("/api/v1/me", for: "role") == "admin")

            // Fields, as the configuration checks them.
            for (change, problem) in [
                (#"{"users":[{"name":"a/b","role":"view"}]}"#, "users.a/b.name: a user's name is"),
                (#"{"users":[{"name":"a@b.c","role":"chief"}]}"#, "users.a@b.c.role: expected"),
                (#"{"users":[{"name":"anna","role":"view","force":true}]}"#, "users.anna.force: the role view"),
                (#"{"users":[{"name":"anna","role":"view","scope":["a b"]}]}"#, "users.anna.scope: expected a piece"),
                (#"{"users":[{"name":"boss","role":"view"}]}"#, "users.boss.name: there is a user boss already"),
                (#"{"users":[{"was":"boss","name":"a/b","role":"admin"}]}"#, "users.a/b.name: a user's name is"),
                (#"{"users":[{"was":"none","name":"chief","role":"admin"}]}"#, "there is no user none"),
            ] {
                let problems = try await page.problems(change)
                #expect(problems.first?.hasPrefix(problem) == true, "\(change): \(problems)")
            }
            let anna = try secret(
                try await page.save(
                    #"{"users":[{"name":"anna","role":"operate","scope":["mine/1"],"make":["password"]}]}"#
                )
            )
            let own = try text(bench.directory, "conf.d/page.yaml")
            #expect(own.contains("password_hash: \"$scrypt$") && !own.contains(anna) && !own.contains(boss), "\(own)")
            #expect(try mode(bench.directory, "conf.d/page.yaml") == 0o600)
            #expect(try await page.ask("/api/v1/login", #"{"name":"anna","password":"\#(anna)"}"#).status == "200")
            let signedIn = try await page.ask("/api/v1/sessions").body
            #expect(signedIn.contains(#""user":"anna""#), "\(signedIn)")
            #expect(try await page.ask("/api/v1/sessions/anna/end", "{}").body.contains(#""ended":1"#))

            // Everybody else may do nothing here, whatever the role.
            var tokens: [String: String] = [:]
            for role in ["metrics", "view", "operate"] {
                let change = #"{"users":[{"name":"\#(role)","role":"\#(role)","make":["token"]}]}"#
                tokens[role] = try secret(try await page.save(change))
            }
            let change = #"{"remove_users":["boss"]}"#
            for (role, token) in tokens.sorted(by: { $0.key < $1.key }) {
                let other = Page(address: page.address, key: token)
                #expect(try await other.ask("/api/v1/me", for: "role") == role)
                #expect(try await other.ask("/api/v1/setup").status == "403")
                #expect(try await other.ask("/api/v1/setup/found").status == "403")
                for (path, body) in [
                    ("/setup/preview", #"{"change":\#(change)}"#),
                    ("/setup/save", #"{"change":\#(change),"seen":"x"}"#),
                    ("/setup/probe", #"{"host":"127.0.0.1"}"#), ("/setup/scan", #"{"network":"127.5.0.0/30"}"#),
                    ("/sessions/boss/end", "{}"),
                ] {
                    let answer = try await other.ask("/api/v1\(path)", body)
                    #expect(answer.status == "403", "\(role) at \(path): \(answer)")
                }
            }

            // A change keeps what somebody signs in by; a new token is another one.
            let changed = try await page.save(
                #"{"users":[{"was":"operate","name":"operate","role":"operate","scope":["mine/2"],"force":true}]}"#
            )
            #expect(changed.status == "200", "\(changed)")
            let operate = Page(address: page.address, key: tokens["operate"])
            #expect(try await operate.ask("/api/v1/me").body.contains(#""force":true"#))
            #expect(try await operate.ask("/api/v1/pdus/mine/outlets/1/command", #"{"action":"ON"}"#).status == "403")
            #expect(try await operate.ask("/api/v1/pdus/mine/outlets/2/command", #"{"action":"ON"}"#).status == "200")
            let fresh = try secret(
                try await page.save(
                    #"{"users":[{"was":"operate","name":"operate","role":"operate","make":["token"]}]}"#
                )
            )
            #expect(try await operate.ask("/api/v1/me").status == "401")
            #expect(try await Page(address: page.address, key: fresh).ask("/api/v1/me").status == "200")

            // A new name keeps everything but the sessions, also that of the last admin.
            for (was, name, role) in [
                ("operate", "builder", "operate"), ("boss", "head", "admin"), ("head", "boss", "admin"),
            ] {
                let renamed = try await page.save(#"{"users":[{"was":"\#(was)","name":"\#(name)","role":"\#(role)"}]}"#)
                #expect(renamed.status == "200", "\(renamed)")
                #expect(renamed.body.contains("renamed the user \(was) to \(name)"), "\(renamed)")
            }
            let renamed = try await Page(address: page.address, key: fresh).ask("/api/v1/me").body
            #expect(renamed.contains(#""builder""#), "\(renamed)")

            // The last admin stays, whichever way one tries; with another one it may go.
            for change in [
                #"{"remove_users":["boss"]}"#, #"{"users":[{"was":"boss","name":"boss","role":"operate"}]}"#,
                #"{"remove_users":["boss"],"users":[{"name":"late","role":"admin"}]}"#,
                #"{"remove_users":["boss","anna","metrics","view","builder"]}"#,
            ] {
                let problems = try await page.problems(change)
                let words = problems.joined()
                #expect(words.contains("boss would be locked out") || words.contains("is the last user"), "\(words)")
            }
            let chief = try secret(
                try await page.save(#"{"users":[{"name":"chief","role":"admin","make":["token"]}]}"#)
            )
            #expect(try await page.save(#"{"remove_users":["boss"]}"#).status == "200")
            #expect(try await page.ask("/api/v1/me").status == "401")
            page.key = chief
            #expect(try await page.save(#"{"undo":true}"#).status == "200")
            #expect(try await Page(address: page.address, key: boss).ask("/api/v1/me", for: "role") == "admin")

            // Who did it is in the audit trail; no secret is, nor in the log.
            let log = try await page.ask("/api/v1/log?limit=200").body
            for words in [
                "added the user anna (operate, mine/1, a new password)",
                "changed the user operate (operate, mine/2, force)",
                "removed the user boss", "renamed the user boss to head", "ended the session of anna",
                #""user":"chief""#, #""user":"boss""#,
                "the role view may not do this",
            ] {
                #expect(log.contains(words), "\(words) in \(log)")
            }
            let state = try await page.ask("/api/v1/setup").body
            for secret in [boss, chief, fresh, anna] + tokens.values {
                #expect(!log.contains(secret) && !state.contains(secret) && !agent.log.contains(secret))
            }
            #expect(
                state.contains(#""name":"anna","own":true"#) && state.contains(#""proofs":["password"]"#),
                "\(state)"
            )
            #expect(state.firstMatch(of: /sha256:[0-9a-f]{9}/) == nil, "a difference shows no whole hash")
            #expect(await agent.stop() == .exited(0))
            await strip.stop()
        }
    }

    @Test("users that stand elsewhere are listed with their place, and the page changes none of them")
    func usersElsewhere() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let port = try FreePort.tcp()
            let users = try bench.directory.write("ben: { role: view }\n", to: "users.yaml")
            var file = AgentFile()
            file.lines = [
                "web: { listen: '127.0.0.1:\(port)', token: 0123456789abcdef }",
                "users: { anna: { role: operate, scope: 'group:g' } }",
                "users_file: users.yaml",
            ]
            file.pdus = [AgentFile.strip("mine", device: strip)]
            let agent = try await bench.start(file)
            let page = Page(address: "http://127.0.0.1:\(port)", key: "0123456789abcdef")
            let main = bench.directory.path(of: "bench-1.yaml")
            let state = try await page.ask("/api/v1/setup").body
            #expect(state.contains(#""name":"anna","own":false,"place":{"file":"\#(main)","line":5}"#), "\(state)")
            #expect(state.contains(#""name":"ben","own":false,"place":{"file":"\#(users)"}"#), "\(state)")
            for (change, place) in [
                (#"{"remove_users":["anna"]}"#, "\(main) on line 5"), (#"{"remove_users":["ben"]}"#, users),
                (#"{"users":[{"was":"ben","name":"ben","role":"admin"}]}"#, users),
            ] {
                let problems = try await page.problems(change)
                #expect(problems.first?.contains("stands in \(place); the page changes") == true, "\(problems)")
            }
            let doubled = try await page.problems(#"{"users":[{"name":"ben","role":"view"}]}"#)
            #expect(doubled.first == "users.ben.name: there is a user ben already, in \(users)", "\(doubled)")
            // A new name would leave a scope behind that the page cannot change; in its own file it is written there too.
            let added = try await page.save(
                #"{"groups":[{"name":"g","outlets":["mine/1"]},{"name":"h","outlets":["mine/2"]}],"#
                    + #""users":[{"name":"ida","role":"operate","scope":["group:h"]}]}"#
            )
            #expect(added.status == "200", "\(added)")
            let named = try await page.problems(#"{"groups":[{"was":"g","name":"f","outlets":["mine/1"]}]}"#)
            #expect(
                named.first?.hasPrefix(
                    "the group g cannot be renamed: it is named by the user anna (\(main) on line 5)"
                ) == true,
                "\(named)"
            )
            #expect(try await page.save(#"{"groups":[{"was":"h","name":"i","outlets":["mine/2"]}]}"#).status == "200")
            #expect(try text(bench.directory, "conf.d/page.yaml").contains(#"scope: ["group:i"]"#))
            #expect(try await page.save(#"{"remove_groups":["g"]}"#).status == "200")
            let many = (0..<65).map { "\"user\($0)\"" }.joined(separator: ",")
            let tooMany = try await page.problems("{\"remove_users\":[\(many)]}")
            #expect(tooMany.first?.contains("64 entries") == true, "\(tooMany)")
            // Who shows web.token may do everything, so nobody is locked out without an admin.
            #expect(try await page.save(#"{"users":[{"name":"ci","role":"operate"}]}"#).status == "200")
            #expect(try String(contentsOfFile: users, encoding: .utf8) == "ben: { role: view }\n")
            #expect(await agent.stop() == .exited(0))
            await strip.stop()
        }
    }

    @Test("a set-up that was cut off while it was written can be begun again")
    func cutOff() async throws {
        let strip = try await Bench.strip()
        let broker = try await Mosquitto.start()
        let directory = try TemporaryDirectory(prefix: "e2e")
        // What is there when the power fails right before the main file is: secrets and the page's file come first.
        try FileManager.default.createDirectory(
            atPath: directory.path(of: "conf.d/page-secrets"),
            withIntermediateDirectories: true
        )
        try directory.write("old\n", to: "conf.d/page-secrets/strip")
        try directory.write("mqtt: { bro", to: "busbar.yaml.new")
        try directory.write(
            "pdus:\n  - name: strip\n    driver: energenie\n    host: \"127.0.0.1\"\n    password_file: \"conf.d/page-secrets/strip\"\n",
            to: "conf.d/page.yaml"
        )
        var (agent, page, token) = try await start(directory)
        page.key = try await page.ask("/api/v1/setup/claim", "{\"token\":\"\(token)\"}", for: "key")
        let found = try await page.ask(
            "/api/v1/setup/probe",
            "{\"host\":\"127.0.0.1:\(strip.webPort)\",\"password\":\"1\"}",
            for: "id"
        )
        let saved = try await page.save(
            "{\"broker\":{\"address\":\"\(broker.url)\"},\"add\":[{\"found\":\"\(found)\",\"name\":\"strip\"}]}"
        )
        #expect(saved.status == "200" && saved.body.contains("began with the broker"), "\(saved)")
        #expect(try !text(directory, "conf.d/page.yaml").contains("page-secrets/strip"))
        #expect(await agent.waitForOutput(containing: "online", within: .seconds(120)), "\(agent.standardError)")
        page.key = nil
        try await waitUntil { [page] in
            (try? await page.ask("/api/v1/pdus/strip").body.contains("\"state\":\"O")) == true
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: directory.path).allSatisfy { !$0.hasSuffix(".new") }
        )
        agent.signal(15)
        #expect(await agent.waitForExit(within: .seconds(60)) == .exited(0))
        await broker.kill()
        await strip.stop()
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
