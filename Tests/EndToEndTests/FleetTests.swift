import LocalServices
import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("Agents of a fleet", .timeLimit(.minutes(10)))
struct FleetTests {
    /// Runs a test with a broker and an etcd of so many members.
    private func run(
        members: Int = 1,
        broker: MosquittoConfiguration = MosquittoConfiguration(),
        user: (name: String, password: String)? = nil,
        body: (Bench, EtcdCluster) async throws -> Void
    ) async throws {
        let etcd = try await EtcdCluster.start(.init(members: members))
        do {
            try await Bench.run(broker, user: user) { bench in try await body(bench, etcd) }
        } catch {
            await etcd.kill()
            throw error
        }
        await etcd.kill()
    }

    private func file(_ id: String, _ etcd: EtcdCluster, _ pdus: String..., more: String = "") -> AgentFile {
        file(id, etcd.endpoints, pdus, more: more)
    }

    private func file(_ id: String, _ endpoints: [String], _ pdus: [String], more: String = "") -> AgentFile {
        var file = AgentFile()
        file.id = id
        file.pdus = pdus
        let endpoints = endpoints.joined(separator: ", ")
        file.lines = ["fleet: { etcd: [\(endpoints)], prefix: /busbar/lab, ttl: 6s\(more) }"]
        return file
    }

    /// Starts the owner of the PDU `rack` and the agent that is next in line for it.
    private func launch(
        _ bench: Bench,
        _ owner: AgentFile,
        _ next: AgentFile
    ) async throws -> (owner: AgentProcess, next: AgentProcess) {
        let first = try await bench.launch(owner)
        try await bench.observer.message(on: "lab/pdu/rack/info") { $0.contains("\"agent\":\"\(owner.id)\"") }
        let second = try await bench.launch(next)
        try await second.waitForLog("next for PDUs: 1")
        return (first, second)
    }

    /// Gives a command until it is done: on a slow machine etcd may not have answered in time.
    private func done(_ bench: Bench, _ outlet: String, _ payload: String) async throws {
        var answer = try await bench.command(outlet, payload)
        // One with an id would be answered alike.
        while answer.verdict == "rejected/no_quorum", !payload.contains("id") {
            answer = try await bench.command(outlet, payload)
        }
        #expect(answer.verdict == "done", "\(answer)")
    }

    /// What a device was told, without the requests that were sent again as it had not answered in time.
    private func told(_ rack: SimulatedSNMPDevice) -> [String] {
        rack.record.entries.map { "\($0.outlet ?? 0)=\($0.value)" }.withoutRepetitions
    }

    @Test("one owns a PDU and names itself in its info; the other takes it over when that one is killed")
    func takeOver() async throws {
        try await run { bench, etcd in
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
            let pdu = AgentFile.rack(port: rack.port, "timeout: 2s", "retries: 1")
            let one = try await bench.launch(file("one", etcd, pdu, more: ", preference: 1"))
            let owned = try await bench.observer.message(on: "lab/pdu/rack/info") { $0.contains("\"agent\":\"one\"") }
            #expect(owned.text.contains("\"epoch\":") && owned.text.contains("\"write_time_s\":4.5"))
            let two = try await bench.launch(file("two", etcd, pdu))
            try await two.waitForLog("member of the fleet")
            try await done(bench, "rack/1", #"{"action":"ON","id":"a"}"#)
            #expect(two.lines(with: "owns the PDU").isEmpty)

            var mark = bench.observer.mark
            let cycle = #"{"action":"CYCLE","off_time":1,"id":"c"}"#
            try await bench.observer.send("lab/pdu/rack/outlet/1/set", cycle)
            try await bench.waitForState("rack/1", "OFF", from: mark)
            await one.kill()
            let answer = try await bench.answer("rack/1", id: "c", from: mark)
            #expect(answer.state == "ON" && ["done", "unknown"].contains(answer.status), "\(answer)")
            try await bench.observer.message(on: "lab/pdu/rack/info", from: mark) { $0.contains("\"agent\":\"two\"") }

            mark = bench.observer.mark
            try await done(bench, "rack/2", #"{"action":"ON","id":"b"}"#)
            // What the first one has answered is answered alike by the second, and not done again.
            #expect(try await bench.command("rack/1", #"{"action":"ON","id":"a"}"#).verdict == "done")
            #expect(try bench.answers("rack/1").filter { $0.id == "c" }.count == 1)
            #expect(told(rack) == ["1=1", "1=0", "1=1", "2=1"])
            await rack.stop()
        }
    }

    @Test("without a majority of etcd states are read on and writes are refused with no_quorum; then all is well again")
    func noQuorum() async throws {
        try await run(members: 3) { bench, etcd in
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
            let pdu = AgentFile.rack(port: rack.port, "timeout: 2s", "retries: 1")
            try await bench.launch(file("one", etcd, pdu))
            try await bench.observer.message(on: "lab/pdu/rack/info") { $0.contains("\"agent\":\"one\"") }
            try await done(bench, "rack/1", "ON")
            await etcd.kill(1)
            await etcd.kill(2)
            #expect(try await bench.command("rack/1", "OFF").verdict == "rejected/no_quorum")
            #expect(try await bench.command("rack/1", #"{"action":"CYCLE","id":"x"}"#).verdict == "rejected/no_quorum")
            let mark = bench.observer.mark
            try await bench.observer.send("lab/pdu/rack/get", "")
            try await bench.waitForState("rack/1", "ON", from: mark)
            try await etcd.start()
            while true {
                let answer = try await bench.command("rack/1", "OFF")
                if answer.verdict == "done" { break }
                #expect(answer.verdict == "rejected/no_quorum")
            }
            #expect(told(rack) == ["1=1", "1=0"])
            await rack.stop()
        }
    }

    @Test("what an earlier owner had said and comes late is put right at once")
    func lateInfo() async throws {
        try await run { bench, etcd in
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
            let pdu = AgentFile.rack(port: rack.port, "timeout: 2s", "retries: 1")
            try await bench.launch(file("one", etcd, pdu))
            try await bench.observer.message(on: "lab/pdu/rack/info") { $0.contains("\"agent\":\"one\"") }
            try await done(bench, "rack/1", "ON")
            let mark = bench.observer.mark
            try await bench.observer.send("lab/pdu/rack/outlet/1/state", "OFF", retained: true)
            try await bench.observer.send("lab/pdu/rack/info", #"{"agent":"two","epoch":1}"#, retained: true)
            try await bench.observer.message(on: "lab/pdu/rack/info", from: mark) { $0.contains("\"agent\":\"one\"") }
            try await bench.waitForState("rack/1", "ON", from: mark)
            await rack.stop()
        }
    }

    @Test("a command that comes while nobody owns the PDU is carried out by the next owner, once")
    func gap() async throws {
        try await run { bench, etcd in
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
            let pdu = AgentFile.rack(port: rack.port, "timeout: 2s", "retries: 1")
            let owner = file("one", etcd, pdu, more: ", preference: 1")
            let (one, _) = try await launch(bench, owner, file("two", etcd, pdu))
            try await done(bench, "rack/1", "ON")
            await one.kill()
            let mark = bench.observer.mark
            try await bench.observer.send("lab/pdu/rack/outlet/2/set", #"{"action":"ON","id":"late"}"#)
            try await bench.observer.send("lab/pdu/rack/outlet/1/set", "OFF")
            #expect(try await bench.answer("rack/2", id: "late", from: mark).verdict == "done")
            #expect(try await bench.answer("rack/1", from: mark).verdict == "done")
            #expect(told(rack).sorted() == ["1=0", "1=1", "2=1"])
            await rack.stop()
        }
    }

    @Test("with the access list that busbar prints, the next owner hears what was answered and does only the rest")
    func accessList() async throws {
        let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
        let pdu = AgentFile.rack(port: rack.port, "timeout: 2s", "retries: 1")
        func withUser(_ file: AgentFile) -> AgentFile {
            var file = file
            file.mqtt = ["username: busbar", "password: secret"]
            return file
        }
        let directory = try TemporaryDirectory()
        let any = withUser(file("one", ["http://127.0.0.1:1"], [pdu]))
        let path = try directory.write(any.text(broker: "mqtt://127.0.0.1", stateDirectory: "/tmp"), to: "acl.yaml")
        let list = try await Command.run(try TestProgram.path, package: "busbar", ["acl", "-c", path])
        #expect(list.status == .exited(0), "\(list.error)")
        var broker = MosquittoConfiguration()
        broker.users = ["busbar": "secret", "root": "secret"]
        broker.accessControl = list.output + "\nuser root\ntopic readwrite #\n"
        try await run(broker: broker, user: ("root", "secret")) { bench, etcd in
            let owner = withUser(file("one", etcd, pdu, more: ", preference: 1"))
            let (one, _) = try await launch(bench, owner, withUser(file("two", etcd, pdu)))
            for action in ["ON", "OFF", "ON"] { try await done(bench, "rack/1", action) }
            let mark = bench.observer.mark
            await one.kill()
            try await bench.observer.message(on: "lab/agent/one/availability", from: mark) { $0 == "offline" }
            try await bench.observer.message(on: "lab/pdu/rack/info", from: mark) { $0.contains("\"agent\":\"two\"") }
            try await done(bench, "rack/2", "ON")
            #expect(try bench.answers("rack/1", from: mark).isEmpty)
            #expect(told(rack) == ["1=1", "1=0", "1=1", "2=1"])
        }
        await rack.stop()
    }

    @Test("that dies while the broker is away is said to be offline by its successor: nobody else has its last will")
    func lostWill() async throws {
        try await run { bench, etcd in
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
            let pdu = AgentFile.rack(port: rack.port, "timeout: 2s", "retries: 1")
            let owner = file("one", etcd, pdu, more: ", preference: 1")
            let (one, _) = try await launch(bench, owner, file("two", etcd, pdu))
            await bench.broker.kill()
            await one.kill()
            let mark = bench.observer.mark
            try await bench.broker.start()
            try await bench.observer.message(on: "lab/agent/one/availability", from: mark) { $0 == "offline" }
            try await bench.observer.message(on: "lab/pdu/rack/info", from: mark) { $0.contains("\"agent\":\"two\"") }
            let retained = try await bench.retained(until: "lab/pdu/rack/info")
            #expect(retained["lab/agent/one/availability"] == "offline", "also for those who come later")
            await rack.stop()
        }
    }

    @Test("stopped in good order, one hands its PDUs over at once")
    func handOver() async throws {
        try await run { bench, etcd in
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
            let pdu = AgentFile.rack(port: rack.port, "timeout: 2s", "retries: 1")
            var next = file("two", etcd, pdu)
            let port = try FreePort.tcp()
            next.lines.append("web: { listen: '127.0.0.1:\(port)' }")
            let (one, _) = try await launch(bench, file("one", etcd, pdu, more: ", preference: 1"), next)
            func metrics() async throws -> [String] {
                let url = "http://127.0.0.1:\(port)/metrics"
                let answer = try await Command.run("curl", package: "curl", ["-sS", url], within: .seconds(300))
                return answer.output.split(separator: "\n").filter { $0.hasPrefix("busbar_fleet") }.map(String.init)
            }
            let standingBy = [
                "busbar_fleet_member 1", "busbar_fleet_pdus_owned 0", "busbar_fleet_pdus_next 1",
                "busbar_fleet_tenures_total 0",
            ]
            try await waitUntil { try await metrics() == standingBy }
            let mark = bench.observer.mark
            #expect(await one.stop() == .exited(0))
            #expect(one.lines(with: "ERROR").isEmpty, "\(one.log)")
            try await bench.observer.message(on: "lab/pdu/rack/info", from: mark) { $0.contains("\"agent\":\"two\"") }
            try await done(bench, "rack/2", "ON")
            let owning = [
                "busbar_fleet_member 1", "busbar_fleet_pdus_owned 1", "busbar_fleet_pdus_next 0",
                "busbar_fleet_tenures_total 1",
            ]
            try await waitUntil { try await metrics() == owning }
            await rack.stop()
        }
    }

    @Test("the page of an agent that owns nothing switches what another one owns, and shows it with all_agents")
    func page() async throws {
        try await run { bench, etcd in
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
            let pdu = AgentFile.rack(port: rack.port)
            var next = file("two", etcd, pdu)
            let port = try FreePort.tcp()
            next.lines.append("web: { listen: '127.0.0.1:\(port)' }")
            let (one, two) = try await launch(bench, file("one", etcd, pdu, more: ", preference: 1"), next)
            func ask(_ path: String, _ body: String? = nil) async throws -> String {
                let more = body.map { ["-H", "Content-Type: application/json", "-d", $0] } ?? []
                let url = "http://127.0.0.1:\(port)/api/v1/\(path)"
                return try await Command.run("curl", package: "curl", ["-sS", url] + more, within: .seconds(300)).output
            }
            let on = try Answer.read(try await ask("pdus/rack/outlets/1/command", #"{"action":"ON"}"#))
            #expect(on.verdict == "done" && on.state == "ON")
            #expect(try await ask("pdus") == #"{"pdus":[]}"#)
            next.lines[next.lines.count - 1] = "web: { listen: '127.0.0.1:\(port)', all_agents: true }"
            try bench.write(next)
            two.reload()
            try await waitUntil { (try? await ask("pdus"))?.contains(#""state":"ON""#) ?? false }
            #expect(try await ask("pdus").contains(#""agent":"one""#))
            for (path, action) in [("1", "OFF"), ("all", "ON")] {
                let answer = try await ask("pdus/rack/outlets/\(path)/command", #"{"action":"\#(action)"}"#)
                #expect(try Answer.read(answer).verdict == "done", "\(answer)")
            }
            #expect(told(rack).sorted() == ["1=0", "1=1", "1=1", "2=1"])
            // When it is its own, it tells so, and has its log.
            let events = try await ChildProcess.start(
                try Executable.find("curl", package: "curl"),
                ["-sSN", "http://127.0.0.1:\(port)/api/v1/events"],
                outputLimit: 1 << 20
            )
            try #require(await events.waitForOutput(containing: "event: hello", within: .seconds(300)))
            #expect(try await ask("pdus/rack/log").contains("the agent that has it"))
            #expect(await one.stop() == .exited(0))
            try #require(await events.waitForOutput(containing: "event: changed", within: .seconds(300)))
            try await waitUntil { try await ask("pdus").contains(#""agent":"two""#) }
            #expect(try await ask("pdus/rack/log").contains(#""entries""#))
            await events.kill()
            await rack.stop()
        }
    }

    /// How a PDU comes to be handed over.
    enum HandOver: CaseIterable, Sendable { case stop, move, drain }

    @Test(
        "commands that come while a PDU is handed over are all done, once each and in order",
        arguments: HandOver.allCases
    )
    func underCommands(_ way: HandOver) async throws {
        try await run { bench, etcd in
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
            let pdu = AgentFile.rack(port: rack.port, "timeout: 2s", "retries: 1")
            let owner = file("one", etcd, pdu, more: ", preference: 1")
            let (one, _) = try await launch(bench, owner, file("two", etcd, pdu))
            let config = try bench.write(owner)
            let mark = bench.observer.mark
            async let ended: Bool =
                switch way {
                case .stop: await one.stop() == .exited(0)
                case .move:
                    try await CommandRun.busbar(["fleet", "move", "rack", "two", "--config", config]).status
                        == .exited(0)
                case .drain:
                    try await CommandRun.busbar(["fleet", "drain", "one", "--config", config]).status == .exited(0)
                }
            // Eight are under way at any time, until the other agent owns the PDU, and a little longer.
            var sent = 0
            var last: Int?
            var done: Set<Int> = []
            func take(_ place: Int) async throws {
                let answer = try await bench.answer("rack/\(place % 2 + 1)", id: "\(place)", from: mark)
                if answer.verdict == "done" { done.insert(place) }
                // A slow machine's etcd may not have answered in time.
                #expect(["done", "rejected/no_quorum"].contains(answer.verdict), "command \(place), \(way)")
            }
            while sent < last ?? .max {
                let outlet = sent % 2 + 1
                let action = sent / 2 % 2 == 0 ? "ON" : "OFF"
                let text = #"{"action":"\#(action)","id":"\#(sent)"}"#
                try await bench.observer.send("lab/pdu/rack/outlet/\(outlet)/set", text)
                sent += 1
                if sent >= 8 { try await take(sent - 8) }
                let owners = bench.observer.texts(on: "lab/pdu/rack/info", from: mark)
                if last == nil, owners.contains(where: { $0.contains("\"agent\":\"two\"") }) { last = sent + 16 }
            }
            for place in (sent - 7)..<sent { try await take(place) }
            #expect(try await ended)
            for outlet in 1...2 {
                let places = Array(stride(from: outlet - 1, to: sent, by: 2))
                let answers = try bench.answers("rack/\(outlet)", from: mark)
                let story = answers.map { "\($0.id ?? "") \($0.verdict)" }
                #expect(answers.compactMap(\.id) == places.map(String.init), "\(story)")
                let wanted = places.filter { done.contains($0) }.map { $0 / 2 % 2 == 0 ? "1" : "0" }
                let told = rack.record.entries.filter { $0.outlet == outlet }.map { "\($0.value)" }
                #expect(told.withoutRepetitions == wanted.withoutRepetitions)
            }
            print("handed over by \(way) under \(sent) commands")
            await rack.stop()
        }
    }

    @Test("what an agent has not begun when it is stopped is begun by the next owner, in order and once")
    func leavesWhatWaits() async throws {
        try await run { bench, etcd in
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
            let pdu = AgentFile.rack(port: rack.port, "timeout: 2s", "retries: 1")
            let (one, _) = try await launch(
                bench,
                file("one", etcd, pdu, more: ", preference: 1"),
                file("two", etcd, pdu)
            )
            // So slow that the agent that is stopped cannot do all of it in its time.
            rack.setFaults(Faults(latency: .milliseconds(400)))
            let mark = bench.observer.mark
            let count = 16
            for place in 0..<count {
                let id = place % 4 == 3 ? "" : ",\"id\":\"\(place)\""
                let text = "{\"action\":\"\(place % 2 == 0 ? "ON" : "OFF")\",\"limit\":300\(id)}"
                try await bench.observer.send("lab/pdu/rack/outlet/1/set", text)
            }
            _ = try await bench.answer("rack/1", id: "0", from: mark)
            #expect(await one.stop() == .exited(0))
            try await waitUntil { try bench.answers("rack/1", from: mark).count >= count }
            let answers = try bench.answers("rack/1", from: mark)
            let wanted = (0..<count).map { $0 % 4 == 3 ? "-" : "\($0)" }
            #expect(answers.map { $0.id ?? "-" } == wanted && answers.allSatisfy { $0.verdict == "done" }, "\(answers)")
            #expect(told(rack) == (0..<count).map { $0 % 2 == 0 ? "1=1" : "1=0" })
            try await bench.observer.message(on: "lab/pdu/rack/info", from: mark) { $0.contains("\"agent\":\"two\"") }
            await rack.stop()
        }
    }

    @Test("an owner that has lost its broker gives its PDUs to an agent that has one, which does what came meanwhile")
    func withoutBroker() async throws {
        try await run { bench, etcd in
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
            let pdu = AgentFile.rack(port: rack.port, "timeout: 2s", "retries: 1")
            let relay = try await TCPRelay(to: bench.broker.port)
            var owner = file("one", etcd, pdu, more: ", preference: 1")
            owner.broker = "mqtt://127.0.0.1:\(relay.port)"
            let (one, _) = try await launch(bench, owner, file("two", etcd, pdu))
            try await done(bench, "rack/1", #"{"action":"ON","id":"before"}"#)

            let mark = bench.observer.mark
            try await relay.stop()
            try await one.waitForLog("closed the connection")
            try await bench.observer.send("lab/pdu/rack/outlet/2/set", #"{"action":"ON","id":"after","limit":300}"#)
            #expect(try await bench.answer("rack/2", id: "after", from: mark).verdict == "done")
            try await bench.observer.message(on: "lab/pdu/rack/info", from: mark) { $0.contains("\"agent\":\"two\"") }
            #expect(told(rack) == ["1=1", "2=1"])
            #expect(!one.lines(with: "has no broker; its PDUs go").isEmpty)
            let status = try await CommandRun.busbar(["fleet", "status", "--config", try bench.write(owner)])
            #expect(status.output.contains("agent one: owns 0 of its 1 PDUs, here since"), "\(status)")
            #expect(status.output.contains(", has no broker\nagent two: owns 1 of its 1 PDUs"), "\(status)")
            #expect(status.output.contains("rack: two since"), "\(status)")
            await rack.stop()
        }
    }
}
