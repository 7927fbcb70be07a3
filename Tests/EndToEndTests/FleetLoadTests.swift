import LocalServices
import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("Loads and groups over the agents of a fleet", .timeLimit(.minutes(10)))
struct FleetLoadTests {
    /// A server with two supplies on two rack PDUs, and an etcd for the agents that share them.
    struct Bed {
        let bench: Bench
        let etcd: EtcdCluster
        let left: SimulatedSNMPDevice
        let right: SimulatedSNMPDevice

        /// - Parameter pdus: which of the PDUs the agent has in its configuration.
        func file(
            _ id: String,
            pdus: [String] = ["left", "right"],
            hasLoad: Bool = true,
            more: String = ""
        ) -> AgentFile {
            var file = AgentFile()
            file.id = id
            file.pdus = pdus.map { name in
                let port = name == "left" ? left.port : right.port
                return AgentFile.rack(name, port: port, "timeout: 2s", "retries: 1")
            }
            file.groups = ["all: { outlets: [left/1, right/2], stagger: 0s }"]
            if pdus.count == 1 { file.groups = [] }
            if pdus.count == 2, hasLoad { file.loads = ["server: { feeds: [left/1, right/2] }"] }
            let endpoints = etcd.endpoints.joined(separator: ", ")
            file.lines = ["fleet: { etcd: [\(endpoints)], prefix: /busbar/lab, ttl: 6s\(more) }"]
            return file
        }

        /// Waits until an agent owns both PDUs.
        func waitForOwner(_ id: String, from mark: Int = 0) async throws {
            for pdu in ["left", "right"] {
                try await bench.observer.message(on: "lab/pdu/\(pdu)/info", from: mark) {
                    $0.contains("\"agent\":\"\(id)\"")
                }
            }
        }

        /// Starts the owner of both PDUs, and the agent that is next in line for them.
        func launch() async throws -> (owner: AgentProcess, next: AgentProcess) {
            let one = try await bench.launch(file("one", more: ", preference: 1"))
            try await waitForOwner("one")
            let two = try await bench.launch(file("two"))
            try await two.waitForLog("next for PDUs: 2")
            try await bench.observer.message(on: "lab/load/server/state") { $0 == "ON" }
            return (one, two)
        }

        /// What each PDU was told, without the requests that were sent again as it had not answered in time.
        var told: [[String]] {
            [left, right].map { rack in
                rack.record.entries.map { "\($0.outlet ?? 0)=\($0.value)" }.withoutRepetitions
            }
        }

        var states: [PowerState] { [left.pdu.states[0], right.pdu.states[1]] }

        /// The results with an id.
        func answers(_ id: String, from mark: Int) throws -> [Answer] {
            try bench.observer.texts(on: "lab/load/server/result", from: mark).map(Answer.read).filter { $0.id == id }
        }
    }

    private func run(body: (Bed) async throws -> Void) async throws {
        let etcd = try await EtcdCluster.start(.init(members: 1))
        do {
            try await Bench.run { bench in
                let racks = SimulatedSNMPDeviceConfiguration(outlets: 2, initialState: .on)
                let bed = Bed(
                    bench: bench,
                    etcd: etcd,
                    left: try await Bench.rack(racks),
                    right: try await Bench.rack(racks)
                )
                try await body(bed)
                await bed.left.stop()
                await bed.right.stop()
            }
        } catch {
            await etcd.kill()
            throw error
        }
        await etcd.kill()
    }

    @Test("the owner of the first feed's PDU asks for the others, and a command waits until it has them")
    func gathers() async throws {
        try await run { bed in
            let bench = bed.bench
            // It knows nothing of the load.
            try await bench.launch(bed.file("two", pdus: ["right"]))
            try await bench.observer.message(on: "lab/pdu/right/info") { $0.contains("\"agent\":\"two\"") }
            let one = try await bench.launch(bed.file("one", more: ", preference: 1"))
            try await one.waitForLog("listens for PDUs: owned 1")
            let mark = bench.observer.mark
            let cycle = #"{"action":"CYCLE","off_time":0.3,"id":"c","limit":300}"#
            try await bench.observer.send("lab/load/server/set", cycle)
            let answer = try await bench.loadAnswer("server", id: "c", from: mark)
            #expect(answer.verdict == "done" && answer.state == "ON", "\(answer)")
            #expect(answer.feeds?.map(\.text) == ["left/1 done ON", "right/2 done ON"])
            #expect(bed.told == [["1=0", "1=1"], ["2=0", "2=1"]])
            try await bed.waitForOwner("one")
        }
    }

    @Test("its leader is killed while the load is off: the next one finishes the cycle once, and nothing gets between")
    func killed() async throws {
        try await run { bed in
            let bench = bed.bench
            let (one, _) = try await bed.launch()
            let mark = bench.observer.mark
            try await bench.observer.send("lab/load/server/set", #"{"action":"CYCLE","off_time":1,"id":"c"}"#)
            try await bench.observer.message(on: "lab/load/server/state", from: mark) { $0 == "OFF" }
            await one.kill()
            let between = #"{"action":"OFF","id":"between","limit":300}"#
            try await bench.observer.send("lab/pdu/right/outlet/2/set", between)
            try await bench.observer.send("lab/load/server/set", #"{"action":"ON","id":"last","limit":300}"#)
            let answer = try await bench.loadAnswer("server", id: "c", from: mark)
            #expect(answer.state == "ON" && ["done", "unknown"].contains(answer.status), "\(answer)")
            #expect(try await bench.answer("right/2", id: "between", from: mark).verdict == "done")
            let last = try await bench.loadAnswer("server", id: "last", from: mark)
            #expect(last.verdict == "done" && last.state == "ON", "\(last)")
            try await bed.waitForOwner("two", from: mark)
            #expect(bed.told == [["1=0", "1=1"], ["2=0", "2=1", "2=0", "2=1"]])
            #expect(bed.states == [.on, .on])
            #expect(try bed.answers("c", from: mark).count == 1)
            // What ended is answered alike, and not done again.
            let again = bench.observer.mark
            try await bench.observer.send("lab/load/server/set", #"{"action":"CYCLE","off_time":1,"id":"c"}"#)
            #expect(try await bench.loadAnswer("server", id: "c", from: again).verdict == answer.verdict)
            #expect(bed.told[0] == ["1=0", "1=1"])
        }
    }

    /// What is seen before the leader is killed.
    enum Moment: CaseIterable, Sendable { case sent, leftOff, bothOff, leftOn, bothOn, result }

    @Test(
        "its leader is killed or stopped at any moment of a cycle: one result, every feed is on at the end and was off once at most",
        arguments: Moment.allCases,
        [false, true]
    )
    func endedAtAnyMoment(_ moment: Moment, isStopped: Bool) async throws {
        try await run { bed in
            let bench = bed.bench
            let (one, _) = try await bed.launch()
            let mark = bench.observer.mark
            try await bench.observer.send(
                "lab/load/server/set",
                #"{"action":"CYCLE","off_time":0.2,"id":"c","limit":300}"#
            )
            switch moment {
            case .sent: break
            case .leftOff: try await waitUntil { bed.told[0].contains("1=0") }
            case .bothOff: try await waitUntil { bed.told[0].contains("1=0") && bed.told[1].contains("2=0") }
            case .leftOn: try await waitUntil { bed.told[0].contains("1=1") }
            case .bothOn: try await waitUntil { bed.told[0].contains("1=1") && bed.told[1].contains("2=1") }
            case .result: _ = try await bench.loadAnswer("server", id: "c", from: mark)
            }
            if isStopped {
                #expect(await one.stop() == .exited(0))
            } else {
                await one.kill()
            }
            let answer = try await bench.loadAnswer("server", id: "c", from: mark)
            #expect(answer.status == "done" || answer.error?.code == "agent_died", "\(answer)")
            #expect(answer.state == "ON", "\(answer)")
            let after = bench.observer.mark
            try await bench.observer.send("lab/load/server/set", #"{"action":"ON","id":"after","limit":300}"#)
            #expect(try await bench.loadAnswer("server", id: "after", from: after).verdict == "done")
            #expect(bed.states == [.on, .on])
            for told in bed.told { #expect(told.filter { $0.hasSuffix("=0") }.count <= 1, "\(bed.told)") }
            // The broker may be told one and the same result again by the next owner.
            #expect(Set(try bed.answers("c", from: mark).map(\.verdict)).count == 1)
        }
    }

    @Test("commands that come while nobody owns the PDUs are carried out by the next leader, once")
    func gap() async throws {
        try await run { bed in
            let bench = bed.bench
            let (one, _) = try await bed.launch()
            #expect(try await bench.load("server", #"{"action":"ON","id":"before"}"#).verdict == "done")
            await one.kill()
            let mark = bench.observer.mark
            let off = #"{"action":"OFF","for":0.3,"id":"late","limit":300}"#
            try await bench.observer.send("lab/load/server/set", off)
            let answer = try await bench.loadAnswer("server", id: "late", from: mark)
            #expect(answer.verdict == "done" && answer.state == "ON", "\(answer)")
            #expect(try await bench.load("server", #"{"action":"ON","id":"before"}"#).verdict == "done")
            #expect(bed.told == [["1=1", "1=0", "1=1"], ["2=1", "2=0", "2=1"]])
            #expect(try bed.answers("late", from: mark).count == 1)
        }
    }

    @Test("stopped in good order in a long cycle and in a delay, the leader leaves both to the next one")
    func handOver() async throws {
        try await run { bed in
            let bench = bed.bench
            let (one, _) = try await bed.launch()
            let mark = bench.observer.mark
            try await bench.observer.send("lab/load/server/set", #"{"action":"CYCLE","off_time":8,"id":"c"}"#)
            try await bench.observer.message(on: "lab/load/server/state", from: mark) { $0 == "OFF" }
            #expect(await one.stop() == .exited(0))
            let answer = try await bench.loadAnswer("server", id: "c", from: mark)
            #expect(answer.verdict == "done" && answer.state == "ON", "\(answer)")
            try await bed.waitForOwner("two", from: mark)
            #expect(bed.told == [["1=0", "1=1"], ["2=0", "2=1"]])
            #expect(try bed.answers("c", from: mark).count == 1)
        }
    }

    /// Starts two agents of which each owns one of the PDUs, with a group over both.
    private func launchApart(_ bed: Bed) async throws -> (left: AgentProcess, right: AgentProcess) {
        let bench = bed.bench
        let one = try await bench.launch(bed.file("one", hasLoad: false, more: ", preference: 1"))
        try await bed.waitForOwner("one")
        let file = bed.file("two", hasLoad: false)
        let two = try await bench.launch(file)
        try await two.waitForLog("next for PDUs: 2")
        let config = try bench.write(file)
        let move = try await CommandRun.busbar(["fleet", "move", "right", "two", "--config", config])
        #expect(move.status == .exited(0), "\(move)")
        try await bench.observer.message(on: "lab/pdu/right/info") { $0.contains("\"agent\":\"two\"") }
        try await two.waitForLog("listens for PDUs: owned 1")
        return (one, two)
    }

    private func groupAnswer(_ bench: Bench, _ id: String, from mark: Int) async throws -> Answer {
        let text = try await bench.observer.message(on: "lab/group/all/result", from: mark) {
            $0.contains("\"id\":\"\(id)\"")
        }
        return try Answer.read(text.text)
    }

    @Test("a group over the PDUs of two owners has one result, and each outlet is switched once by its owner")
    func group() async throws {
        try await run { bed in
            let bench = bed.bench
            _ = try await launchApart(bed)
            let mark = bench.observer.mark
            for action in [#""OFF","id":"off""#, #""ON","id":"on""#, #""CYCLE","off_time":0.3,"id":"cycle""#] {
                try await bench.observer.send("lab/group/all/set", #"{"action":\#(action),"limit":300}"#)
            }
            for id in ["off", "on", "cycle"] {
                let answer = try await groupAnswer(bench, id, from: mark)
                #expect(answer.verdict == "done" && answer.outlets?.map(\.status) == ["done", "done"], "\(answer)")
            }
            #expect(bed.told == [["1=0", "1=1", "1=0", "1=1"], ["2=0", "2=1", "2=0", "2=1"]])
            #expect(bench.observer.texts(on: "lab/group/all/result", from: mark).count == 3)
            // What would be done is told of both agents' outlets.
            let dry = #"{"action":"OFF","dry_run":true,"id":"dry","limit":300}"#
            try await bench.observer.send("lab/group/all/set", dry)
            let plan = try await groupAnswer(bench, "dry", from: mark)
            #expect(
                Set(plan.outlets?.compactMap { $0.plan?.steps.first?.outlet } ?? []) == ["left/1", "right/2"],
                "\(plan)"
            )
            #expect(bed.told.map(\.count) == [4, 4])
        }
    }

    @Test(
        "what waits for its turn in a group when its PDU is moved is carried out by the next owner, and told in the group"
    )
    func groupMoved() async throws {
        try await run { bed in
            let bench = bed.bench
            try await bench.launch(bed.file("one", hasLoad: false, more: ", preference: 1"))
            try await bed.waitForOwner("one")
            let file = bed.file("two", hasLoad: false)
            let two = try await bench.launch(file)
            try await two.waitForLog("next for PDUs: 2")
            let mark = bench.observer.mark
            try await bench.observer.send(
                "lab/pdu/right/outlet/2/set",
                #"{"action":"CYCLE","off_time":8,"id":"c","limit":300}"#
            )
            try await bench.waitForState("right/2", "OFF", from: mark)
            try await bench.observer.send("lab/group/all/set", #"{"action":"OFF","id":"g","limit":300}"#)
            #expect(try await bench.answer("left/1", id: "g", from: mark).verdict == "done")
            let config = try bench.write(file)
            let move = try await CommandRun.busbar(["fleet", "move", "right", "two", "--config", config])
            #expect(move.status == .exited(0), "\(move)")
            let answer = try await groupAnswer(bench, "g", from: mark)
            #expect(answer.verdict == "done" && answer.outlets?.map(\.status) == ["done", "done"], "\(answer)")
            #expect(try await bench.answer("right/2", id: "c", from: mark).state == "ON")
            #expect(bed.told == [["1=0"], ["2=0", "2=1", "2=0"]])
        }
    }

    @Test("HTTP of an agent that owns nothing switches an outlet, and all outlets of a PDU, by the owner")
    func http() async throws {
        try await run { bed in
            let bench = bed.bench
            try await bench.launch(bed.file("one", hasLoad: false, more: ", preference: 1"))
            try await bed.waitForOwner("one")
            let port = try FreePort.tcp()
            var file = bed.file("two", hasLoad: false)
            file.lines.append("web: { listen: '127.0.0.1:\(port)' }")
            let two = try await bench.launch(file)
            try await two.waitForLog("next for PDUs: 2")
            func ask(_ path: String) async throws -> Answer {
                let run = try await Command.run(
                    "curl",
                    package: "curl",
                    [
                        "-sS", "-H", "Content-Type: application/json", "-d", #"{"action":"OFF","limit":300}"#,
                        "http://127.0.0.1:\(port)/api/v1/\(path)/command",
                    ],
                    within: .seconds(300)
                )
                return try Answer.read(run.output)
            }
            #expect(try await ask("pdus/left/outlets/1").verdict == "done")
            let all = try await ask("pdus/right/outlets/all")
            #expect(all.verdict == "done" && all.outlets?.map(\.verdict) == ["done", "done"], "\(all)")
            #expect(bed.told == [["1=0"], ["2=0", "1=0"]])
            #expect(try await ask("pdus/nowhere/outlets/all").verdict == "rejected/unknown_pdu")
        }
    }

    @Test("the PDUs of one circuit have one owner, are moved together, and are switched on by the new one")
    func circuit() async throws {
        try await run { bed in
            let bench = bed.bench
            func file(_ id: String, _ more: String = "") -> AgentFile {
                var file = bed.file(id, hasLoad: false, more: more)
                file.pdus = file.pdus.map { $0 + ", circuit: fuse" }
                file.lines.append("circuits: { fuse: { max_switch_ons_per_second: 5 } }")
                return file
            }
            try await bench.launch(file("one", ", preference: 1"))
            try await bed.waitForOwner("one")
            let two = try await bench.launch(file("two"))
            try await two.waitForLog("next for PDUs: 2")
            let mark = bench.observer.mark
            let config = try bench.write(file("two"))
            let move = try await CommandRun.busbar(["fleet", "move", "right", "two", "--config", config])
            #expect(move.status == .exited(0), "\(move)")
            try await bed.waitForOwner("two", from: mark)
            for outlet in ["left/1", "right/2", "left/2", "right/1"] {
                let topic = "lab/pdu/\(outlet.replacing("/", with: "/outlet/"))/set"
                try await bench.observer.send(topic, #"{"action":"ON","id":"on","limit":300}"#)
            }
            for outlet in ["left/1", "right/2", "left/2", "right/1"] {
                #expect(try await bench.answer(outlet, id: "on", from: mark).verdict == "done")
            }
        }
    }

    @Test(
        "a group's command is answered when a member's owner is killed, and when its own leader is",
        arguments: [true, false]
    )
    func groupKilled(isLeader: Bool) async throws {
        try await run { bed in
            let bench = bed.bench
            let (left, right) = try await launchApart(bed)
            let mark = bench.observer.mark
            let cycle = #"{"action":"CYCLE","off_time":1,"id":"g","limit":300}"#
            try await bench.observer.send("lab/group/all/set", cycle)
            try await bench.waitForState("left/1", "OFF", from: mark)
            try await bench.waitForState("right/2", "OFF", from: mark)
            await (isLeader ? left : right).kill()
            let answer = try await groupAnswer(bench, "g", from: mark)
            #expect(["done", "unknown"].contains(answer.status), "\(answer)")
            for outlet in ["left/1", "right/2"] {
                let part = try await bench.answer(outlet, id: "g", from: mark)
                #expect(part.state == "ON" && ["done", "unknown"].contains(part.status), "\(part)")
            }
            #expect(bed.told == [["1=0", "1=1"], ["2=0", "2=1"]])
            #expect(bench.observer.texts(on: "lab/group/all/result", from: mark).count == 1)
            // What comes now is carried out by whoever owns the PDUs.
            try await bench.observer.send("lab/group/all/set", #"{"action":"OFF","id":"last","limit":300}"#)
            #expect(try await groupAnswer(bench, "last", from: mark).verdict == "done")
        }
    }
}
