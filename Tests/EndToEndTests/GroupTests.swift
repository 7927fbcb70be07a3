import Foundation
import LocalServices
import MQTTClient
import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("A command for several outlets", .timeLimit(.minutes(10)))
struct GroupTests {
    private static let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    @Test("goes to a group's outlets in its order and staggered, OFF the other way round")
    func orderAndStagger() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip), AgentFile.rack(port: rack.port)]
            file.groups = ["board: { outlets: [strip/3, rack/1, strip/1], stagger: 2s }"]
            try await bench.start(file)
            let on = try await bench.group("board", #"{"action":"ON","id":"g1","by":"ci"}"#)
            #expect(on.verdict == "done" && on.group == "board" && on.id == "g1" && on.by == "ci" && on.action == "ON")
            #expect(on.outlets?.map { "\($0.pdu ?? "")/\($0.outlet?.text ?? "")" } == ["strip/3", "rack/1", "strip/1"])
            #expect(on.outlets?.map(\.verdict) == ["done", "done", "done"])
            let off = try await bench.group("board", "OFF")
            #expect(
                off.outlets?.map { "\($0.pdu ?? "")/\($0.outlet?.text ?? "")" } == ["strip/1", "rack/1", "strip/3"]
            )
            #expect(strip.record.switches == ["3=1", "1=1", "1=0", "3=0"])
            // No device is told before its turn, and none takes as long as the stagger to be told.
            let strips = strip.record.entries.filter { $0.outlet != nil }.map(\.nanoseconds)
            let racks = rack.record.entries.map(\.nanoseconds)
            let order = [strips[0], racks[0], strips[1], strips[2], racks[1], strips[3]]
            #expect(order == order.sorted())
            for answer in [on, off] {
                let begin = try Date(answer.receivedAt, strategy: Self.time)
                let end = try Date(answer.finishedAt, strategy: Self.time)
                #expect(end.timeIntervalSince(begin) >= 3.999, "the third begins twice 2 s after the first")
            }
            #expect(try bench.answers("rack/1").map(\.status) == ["done", "done"], "each outlet tells its own")
            await rack.stop()
        }
    }

    @Test("that comes right after another one for the same outlets comes after it at each of them")
    func oneAfterTheOther() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            file.groups = ["g: { outlets: [strip/1, strip/2, strip/3], stagger: 200ms }"]
            try await bench.start(file)
            let mark = bench.observer.mark
            for command in [#"{"action":"ON","id":"on"}"#, #"{"action":"OFF","id":"off"}"#] {
                try await bench.observer.send("lab/group/g/set", command)
            }
            for id in ["on", "off"] {
                let text = try await bench.observer.message(on: "lab/group/g/result", from: mark) {
                    $0.contains("\"id\":\"\(id)\"")
                }
                #expect(try Answer.read(text.text).verdict == "done")
            }
            #expect(strip.record.switches == ["1=1", "2=1", "3=1", "3=0", "2=0", "1=0"])
        }
    }

    @Test("goes on when one fails, or leaves the rest alone where the group says so", arguments: ["continue", "stop"])
    func onFailure(policy: String) async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let dead = try await Bench.strip(SimulatedEnerGenieConfiguration(faults: Faults(isDead: true)))
            var file = AgentFile()
            file.pdus = [
                AgentFile.strip(device: strip), AgentFile.strip("dead", device: dead, "timeout: 300ms", "retries: 0"),
            ]
            file.groups = ["g: { outlets: [strip/1, dead/1, strip/2], stagger: 0s, on_failure: \(policy) }"]
            try await bench.start(file)
            let answer = try await bench.group("g", "ON")
            #expect(answer.status == "failed")
            let last = policy == "stop" ? "rejected/group_stopped" : "done"
            #expect(answer.outlets?.map(\.verdict) == ["done", "failed/device_error", last])
            #expect(strip.record.switches == (policy == "stop" ? ["1=1"] : ["1=1", "2=1"]))
        }
    }

    @Test("for all outlets of a PDU switches each, and is answered once for all")
    func all() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 3))
            try await bench.start(
                AgentFile.strip(device: strip, "stagger: 100ms", "outlets: { 2: { protected: true } }"),
                AgentFile.rack(port: rack.port, "stagger: 0s")
            )
            let rackAnswer = try await bench.command("rack/all", #"{"action":"ON","id":"all-1"}"#)
            #expect(rackAnswer.verdict == "done" && rackAnswer.pdu == "rack" && rackAnswer.id == "all-1")
            #expect(rackAnswer.outlets?.map(\.verdict) == ["done", "done", "done"])
            #expect(rack.pdu.states == [.on, .on, .on])
            let stripAnswer = try await bench.command("strip/all", "ON")
            #expect(stripAnswer.status == "rejected", "the worst of all counts")
            #expect(stripAnswer.outlets?.map(\.verdict) == ["done", "rejected/protected", "done", "done"])
            #expect(strip.record.switches == ["1=1", "3=1", "4=1"])
            await rack.stop()
        }
    }

    @Test("for all outlets of a PDU that was never read is answered with the reason, not with success")
    func allOfADeadDevice() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let dead = try await Bench.fleet(count: 1)
            dead.setDead(true, device: 0)
            try await bench.start(
                AgentFile.strip(device: strip),
                AgentFile.rack("dead", port: dead.ports.lowerBound, "timeout: 200ms", "retries: 0")
            )
            let answer = try await bench.command("dead/all", "ON")
            #expect(answer.status == "failed" && answer.error?.code == "device_error", "\(answer)")
        }
    }

    @Test("given twice with the same id is executed once")
    func twice() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            file.groups = ["g: { outlets: [strip/1, strip/2], stagger: 0s }"]
            try await bench.start(file)
            for _ in 1...2 {
                let answer = try await bench.group("g", #"{"action":"TOGGLE","id":"g-1"}"#)
                #expect(answer.verdict == "done" && answer.outlets?.map(\.state) == ["ON", "ON"])
            }
            #expect(strip.record.switches.sorted() == ["1=1", "2=1"])
        }
    }

    @Test("for an empty group topic asks its outlets, and an unknown group is refused")
    func emptyAndUnknown() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip, "poll: { interval: 1h }")]
            file.groups = ["g: { outlets: [strip/1, strip/2], stagger: 0s }"]
            try await bench.start(file)
            #expect(try await bench.group("other", #"{"action":"ON","id":"u"}"#).verdict == "rejected/unknown_group")
            strip.press(2)
            let mark = bench.observer.mark
            try await bench.observer.send("lab/group/g/set", "")
            try await bench.waitForState("strip/2", "ON", from: mark)
            #expect(bench.observer.texts(on: "lab/group/g/result") == [])
            #expect(strip.record.switches.isEmpty)
        }
    }

    @Test("is carried out before what arrives after it for one of its outlets")
    func order() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip, "stagger: 0s")]
            file.groups = ["g: { outlets: [strip/1, strip/2], stagger: 0s }"]
            try await bench.start(file)
            for round in 0..<30 {
                let mark = bench.observer.mark
                try bench.observer.enqueue(
                    round.isMultiple(of: 2) ? "lab/group/g/set" : "lab/pdu/strip/outlet/all/set",
                    "ON"
                )
                try bench.observer.enqueue("lab/pdu/strip/outlet/2/set", #"{"action":"OFF","id":"\#(round)"}"#)
                _ = try await bench.answer("strip/2", id: "\(round)", from: mark)
            }
            let switches = strip.record.switches.filter { $0.hasPrefix("2") }
            #expect(switches == Array(repeating: ["2=1", "2=0"], count: 30).flatMap(\.self))
        }
    }

    @Test("is answered by the next start when the agent dies in the middle of it, and its outlets are finished")
    func crash() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            file.groups = ["slow: { outlets: [strip/1, strip/2, strip/3], stagger: 30s }"]
            let agent = try await bench.start(file)
            let mark = bench.observer.mark
            var properties = MessageProperties()
            properties.responseTopic = "reply/g"
            properties.correlationData = [7]
            try await bench.observer.send(
                "lab/group/slow/set",
                #"{"action":"CYCLE","off_time":1,"id":"g"}"#,
                properties: properties
            )
            try await bench.waitForState("strip/1", "OFF", from: mark)
            await agent.kill()
            let next = try await bench.start(file)
            let answer = try await bench.answer("strip/1", id: "g", from: mark)
            #expect(answer.state == "ON" && ["done", "unknown"].contains(answer.status), "\(answer)")
            let reply = try await bench.observer.messages.first(from: mark) { $0.topic == "reply/g" }
            let group = try Answer.read(reply.element.text)
            #expect(group.verdict == "unknown/agent_died" && group.id == "g" && group.action == "CYCLE", "\(group)")
            #expect(reply.element.properties.correlationData == [7])
            #expect(strip.record.switches == ["1=0", "1=1"])
            // Told once, and not again by a further start.
            #expect(await next.stop() == .exited(0))
            try await bench.start(file)
            _ = try await bench.command("strip/3", "ON")
            #expect(bench.observer.texts(on: "lab/group/slow/result", from: mark).count == 1)
            #expect(bench.observer.texts(on: "reply/g", from: mark).count == 1)
        }
    }

    @Test("is answered once whatever becomes of its outlets: too late, overtaken, away, refused", arguments: [4, 5])
    func troubles(version: Int) async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            let dead = try await Bench.strip(SimulatedEnerGenieConfiguration(faults: Faults(isDead: true)))
            var file = AgentFile()
            file.mqtt = ["protocol: \(version == 5 ? "5" : "3.1.1")"]
            file.pdus = [
                AgentFile.strip(device: strip, "outlets: { 4: { protected: true } }"),
                AgentFile.strip("dead", device: dead, "timeout: 300ms", "retries: 0"),
            ]
            file.groups = ["g: { outlets: [strip/1, dead/1, strip/4], stagger: 0s }"]
            try await bench.start(file)
            let mark = bench.observer.mark
            // The outlet is busy, so what comes for it waits.
            let busy = #"{"action":"CYCLE","off_time":10,"id":"busy"}"#
            try await bench.observer.send("lab/pdu/strip/outlet/1/set", busy)
            try await bench.waitForState("strip/1", "OFF", from: mark)
            let deadline = Date().addingTimeInterval(3).formatted(.iso8601)
            let late = try await bench.group("g", #"{"action":"ON","id":"late","deadline":"\#(deadline)"}"#)
            let behind = bench.observer.mark
            try bench.observer.enqueue("lab/group/g/set", #"{"action":"ON","id":"overtaken"}"#)
            for number in 0..<40 {
                let action = number.isMultiple(of: 2) ? "OFF" : "ON"
                let command = #"{"action":"\#(action)","id":"n\#(number)"}"#
                try bench.observer.enqueue("lab/pdu/strip/outlet/1/set", command)
            }
            let overtaken = try Answer.read(
                try await bench.observer.message(on: "lab/group/g/result", from: behind).text
            )
            // The deadline passes for the outlet of the dead PDU too, while it is tried.
            #expect(late.outlets?.map(\.verdict) == ["expired/expired", "expired/expired", "rejected/protected"])
            #expect(late.status == "rejected")
            let verdicts = ["superseded/superseded", "failed/device_error", "rejected/protected"]
            #expect(overtaken.outlets?.map(\.verdict) == verdicts)
            #expect(overtaken.status == "failed")
            _ = try await bench.answer("strip/1", id: "n39", from: mark)
            #expect(bench.observer.texts(on: "lab/group/g/result", from: mark).count == 2)
            let ids = try bench.answers("strip/1", from: mark).compactMap(\.id)
            #expect(ids.count == 43 && Set(ids).count == 43, "\(ids)")
        }
    }
}
