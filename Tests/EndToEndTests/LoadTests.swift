import Foundation
import LocalServices
import MQTTClient
import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("A load on two feeds", .timeLimit(.minutes(10)))
struct LoadTests {
    private static let base = "lab/load/server"

    @Test("is ON, OFF or MIXED as its feeds' devices say, online while both are, and told again to an empty broker")
    func states() async throws {
        try await Bench.run { bench in
            let bed = try await LoadBed(isImpatient: true)
            try await bench.start(bed.file)
            try await bench.observer.message(on: "\(Self.base)/state") { $0 == "ON" }
            try await bench.observer.message(on: "\(Self.base)/availability") { $0 == "online" }
            var mark = bench.observer.mark
            bed.strip.press(1)
            try await bench.observer.message(on: "\(Self.base)/state", from: mark) { $0 == "MIXED" }
            mark = bench.observer.mark
            #expect(try await bench.command("rack/2", "OFF").verdict == "done", "a feed takes commands of its own")
            try await bench.observer.message(on: "\(Self.base)/state", from: mark) { $0 == "OFF" }

            mark = bench.observer.mark
            await bench.broker.kill()
            try await bench.broker.start()
            try await bench.observer.waitForConnection(2)
            try await bench.waitForOnline(from: mark)
            let retained = try await bench.retained(until: "lab/agent/bench-1/availability")
            #expect(retained["\(Self.base)/state"] == "OFF" && retained["\(Self.base)/availability"] == "online")

            mark = bench.observer.mark
            bed.rack.setFaults(Faults(isDead: true))
            try await bench.observer.message(on: "\(Self.base)/availability", from: mark) { $0 == "offline" }
            #expect(bench.observer.texts(on: "\(Self.base)/state", from: mark) == [], "it stays")
            bed.rack.setFaults(Faults())
            try await bench.observer.message(on: "\(Self.base)/availability", from: mark) { $0 == "online" }
            await bed.rack.stop()
        }
    }

    @Test("has no state before every feed was read")
    func unread() async throws {
        try await Bench.run { bench in
            let bed = try await LoadBed(isImpatient: true)
            bed.rack.setFaults(Faults(isDead: true))
            try await bench.start(bed.file)
            try await bench.observer.message(on: "\(Self.base)/availability") { $0 == "offline" }
            try await bench.waitForState("strip/1", "ON")
            #expect(bench.observer.texts(on: "\(Self.base)/state") == [])
            bed.rack.setFaults(Faults())
            try await bench.observer.message(on: "\(Self.base)/state") { $0 == "ON" }
            await bed.rack.stop()
        }
    }

    @Test("leaves nothing retained when it leaves the configuration, by a reload or by a start")
    func cleared() async throws {
        try await Bench.run { bench in
            let bed = try await LoadBed()
            var file = bed.file
            file.loads.append("other: { feeds: [strip/2] }")
            let agent = try await bench.start(file)
            try await bench.observer.message(on: "\(Self.base)/state")
            var mark = bench.observer.mark
            file.loads = ["other: { feeds: [strip/2] }", "third: { feeds: [rack/1] }"]
            try bench.write(file)
            agent.reload()
            try await agent.waitForLog("the new configuration is in force")
            try await bench.observer.message(on: "lab/load/third/state", from: mark) { $0 == "ON" }
            var retained = try await bench.retained(until: "lab/load/third/availability")
            #expect(retained.keys.filter { $0.hasPrefix(Self.base) } == [])
            #expect(try await bench.load("server", "ON").verdict == "rejected/unknown_load")

            #expect(await agent.stop() == .exited(0))
            mark = bench.observer.mark
            file.loads = ["third: { feeds: [rack/1] }"]
            try await bench.start(file)
            try await bench.observer.message(on: "lab/load/third/state", from: mark)
            retained = try await bench.retained(until: "lab/load/third/availability")
            #expect(
                Set(retained.keys.filter { $0.hasPrefix("lab/load/") }) == [
                    "lab/load/third/availability", "lab/load/third/state",
                ]
            )
            #expect(bed.words == [])
            await bed.rack.stop()
        }
    }

    @Test("is switched as one thing, and answered once with what each feed did, after the state")
    func commands() async throws {
        try await Bench.run { bench in
            let bed = try await LoadBed()
            try await bench.start(bed.file)
            try await bench.observer.message(on: "\(Self.base)/state") { $0 == "ON" }
            let mark = bench.observer.mark
            let off = try await bench.load("server", #"{"action":"OFF","id":"a","by":"ci"}"#)
            #expect(off.verdict == "done" && off.state == "OFF" && off.load == "server" && off.id == "a")
            #expect(off.by == "ci" && off.action == "OFF" && off.queuedMilliseconds != nil)
            #expect(off.feeds?.map(\.text) == ["strip/1 done OFF", "rack/2 done OFF"])
            let state = try await bench.observer.message(on: "\(Self.base)/state", from: mark) { $0 == "OFF" }
            let result = try await bench.observer.message(on: "\(Self.base)/result", from: mark)
            #expect(state.index < result.index)
            #expect(bed.states == [.off, .off])

            #expect(try await bench.load("server", #"{"action":"ON","id":"a"}"#).action == "OFF", "the first outcome")
            #expect(bed.states == [.off, .off])
            #expect(try await bench.load("server", "toggle").state == "ON")
            #expect(try await bench.command("strip/1", "OFF").verdict == "done")
            let toggled = try await bench.load("server", "TOGGLE")
            #expect(toggled.verdict == "done" && toggled.state == "OFF", "what has power on one feed is switched off")
            let held = try await bench.load("server", #"{"action":"ON","for":0.3,"delay":0.2}"#)
            #expect(held.verdict == "done" && held.state == "OFF")
            #expect(bed.words.count == 11, "\(bed.words)")
            #expect(try bench.answers("strip/1", from: mark).count == 1, "a feed answers only commands of its own")
            await bed.rack.stop()
        }
    }

    @Test("cycles with every feed off before the off time begins: the devices have no feed on meanwhile")
    func cycle() async throws {
        try await Bench.run { bench in
            let bed = try await LoadBed()
            bed.rack.setFaults(Faults(latency: .milliseconds(60)))
            try await bench.start(bed.file)
            try await bench.observer.message(on: "\(Self.base)/state") { $0 == "ON" }
            let mark = bench.observer.mark
            try await bench.observer.send("\(Self.base)/set", #"{"action":"CYCLE","off_time":0.5,"id":"c"}"#)
            // What comes while the load is cycled waits for its end, of its outlets and of itself.
            try await bench.observer.message(on: "\(Self.base)/state", from: mark) { $0 == "MIXED" }
            try await bench.observer.send("lab/pdu/strip/outlet/1/set", #"{"action":"ON","id":"on"}"#)
            try await bench.observer.send("\(Self.base)/set", #"{"action":"OFF","id":"off"}"#)
            try await bench.observer.send("lab/pdu/rack/outlet/2/set", #"{"action":"ON","id":"last"}"#)
            let cycle = try await bench.loadAnswer("server", id: "c", from: mark)
            #expect(cycle.verdict == "done" && cycle.state == "ON")
            #expect(cycle.feeds?.map(\.text) == ["strip/1 done ON", "rack/2 done ON"])
            #expect(try await bench.loadAnswer("server", id: "off", from: mark).verdict == "done")
            #expect(try await bench.answer("rack/2", id: "last", from: mark).verdict == "done")
            let switches = bed.switches
            #expect(Set(switches.prefix(2).map(\.word)) == ["s0", "r0"], "\(switches)")
            #expect(Set(switches.dropFirst(2).prefix(2).map(\.word)) == ["s1", "r1"], "\(switches)")
            let off = try #require(switches.prefix(2).last?.at)
            let on = try #require(switches.dropFirst(2).first?.at)
            #expect(on - off >= 500_000_000, "the off time begins when the last feed is off")
            #expect(bed.states == [.off, .on], "in the order in which the commands came")
            await bed.rack.stop()
        }
    }

    @Test("comes back when one feed refuses to go off, does not answer, or dies on the way", arguments: [0, 1, 2])
    func oneFeedFails(kind: Int) async throws {
        try await Bench.run { bench in
            let bed = try await LoadBed(isImpatient: kind == 1)
            try await bench.start(bed.file)
            try await bench.observer.message(on: "\(Self.base)/state") { $0 == "ON" }
            let mark = bench.observer.mark
            switch kind {
            case 0: bed.rack.setFaults(Faults(isRefusing: true))
            case 1: bed.rack.setFaults(Faults(isDead: true))
            default: bed.strip.mishaps[.switching] = .executeAndClose
            }
            try await bench.observer.send("\(Self.base)/set", #"{"action":"CYCLE","off_time":0.2,"id":"c","limit":6}"#)
            if kind == 1 {
                // The strip is off, and comes back although the rack says nothing.
                try await bench.waitForState("strip/1", "OFF", from: mark)
                let off = bench.observer.mark
                try await bench.waitForState("strip/1", "ON", from: off)
                #expect(bench.observer.texts(on: "\(Self.base)/result", from: mark).isEmpty)
                bed.rack.setFaults(Faults())
            }
            if kind == 0 {
                try await waitUntil { bed.rack.record.entries.contains { $0.outlet == 2 && $0.outcome != "done" } }
                bed.rack.setFaults(Faults())
            }
            let answer = try await bench.loadAnswer("server", id: "c", from: mark)
            bed.strip.mishaps = [:]
            if kind == 2 {
                #expect(["done", "unknown/device_timeout", "failed/mismatch"].contains(answer.verdict), "\(answer)")
            } else {
                #expect(["failed", "unknown"].contains(answer.status), "\(answer)")
                #expect(answer.error?.message.contains("rack/2") == true, "\(answer)")
                #expect(answer.feeds?.first?.text == "strip/1 done ON")
            }
            #expect(answer.state == "ON" && bed.states == [.on, .on])
            await bed.rack.stop()
        }
    }

    @Test("is refused like an outlet: retained, nonsense, unknown, protected, expired, dry, to a response topic too")
    func refusals() async throws {
        try await Bench.run { bench in
            var bed = try await LoadBed()
            bed.file.pdus[0] = AgentFile.strip(device: bed.strip, "outlets: { 1: { protected: true } }")
            try await bench.start(bed.file)
            try await bench.observer.message(on: "\(Self.base)/state") { $0 == "ON" }
            let properties = MessageProperties(responseTopic: "reply/x", correlationData: [7])
            for (load, payload, verdict) in [
                ("server", "EXPLODE", "rejected/bad_payload"), ("none", "ON", "rejected/unknown_load"),
                ("server", #"{"action":"OFF","nonsense":1}"#, "rejected/bad_payload"),
                ("server", #"{"action":"CYCLE","with_dependents":true}"#, "rejected/bad_payload"),
                ("server", "OFF", "rejected/protected"), ("server", #"{"action":"OFF","dry_run":true}"#, "done"),
                ("server", #"{"action":"OFF","deadline":"2020-01-01T00:00:00Z","force":true}"#, "expired/expired"),
                ("server", #"{"action":"ON","force":true}"#, "done"),
            ] {
                let mark = bench.observer.mark
                let answer = try await bench.load(load, payload, properties: properties)
                #expect(answer.verdict == verdict, "\(payload): \(answer)")
                let reply = try await bench.observer.messages.first(from: mark) { $0.topic == "reply/x" }.element
                #expect(try Answer.read(reply.text).verdict == verdict && reply.properties.correlationData == [7])
            }
            let dry = try await bench.load("server", #"{"action":"CYCLE","off_time":2,"dry_run":true,"force":true}"#)
            #expect(
                dry.plan?.steps.map { "\($0.outlet) \($0.action)" }.sorted() == [
                    "rack/2 OFF", "rack/2 ON", "strip/1 OFF", "strip/1 ON",
                ]
            )
            #expect(try await bench.command("strip/1", #"{"action":"ON","with_dependents":true}"#).status == "rejected")
            #expect(bed.words == ["s1", "r1"] || bed.words == ["r1", "s1"])

            // The broker hands a retained command only to those who come after it.
            try await bench.observer.send("lab/load/late/set", "OFF", retained: true)
            let mark = bench.observer.mark
            bed.file.id = "bench-2"
            bed.file.pdus = [AgentFile.strip("late", device: try await Bench.strip())]
            bed.file.loads = ["late: { feeds: [late/1] }"]
            try await bench.launch(bed.file)
            #expect(try await bench.loadAnswer("late", from: mark).verdict == "rejected/retained")
            await bed.rack.stop()
        }
    }

    @Test("that may not go off yet leaves alone what stands on it")
    func dependentsOfRefused() async throws {
        try await Bench.run { bench in
            var bed = try await LoadBed(state: .on, "requires: [switch]")
            bed.file.pdus[0] = AgentFile.strip(device: bed.strip, "outlets: { 2: { min_on_time: 1h } }")
            bed.file.loads.append("switch: { feeds: [strip/2] }")
            try await bench.start(bed.file)
            for load in ["server", "switch"] {
                try await bench.observer.message(on: "lab/load/\(load)/state") { $0 == "ON" }
            }
            let answer = try await bench.load("switch", #"{"action":"OFF","with_dependents":true}"#)
            #expect(answer.verdict == "rejected/locked_out", "\(answer)")
            #expect(bed.states == [.on, .on] && bed.words.isEmpty)
            await bed.rack.stop()
        }
    }

    @Test("may be a member of a group, switched in its turn and told beside the outlets")
    func groups() async throws {
        try await Bench.run { bench in
            var bed = try await LoadBed(state: .off, "exclusive: true")
            bed.file.groups = [
                "rack: { outlets: [strip/2, load:server, rack/1], stagger: 50ms }",
                "careful: { outlets: [load:server, strip/2], stagger: 0s, on_failure: stop }",
            ]
            try await bench.start(bed.file)
            try await bench.observer.message(on: "\(Self.base)/state") { $0 == "OFF" }
            let mark = bench.observer.mark
            let on = try await bench.group("rack", #"{"action":"ON","id":"g"}"#)
            #expect(on.verdict == "done" && on.outlets?.map(\.verdict) == ["done", "done"])
            #expect(on.loads?.map(\.load) == ["server"] && on.loads?.first?.state == "ON")
            #expect(try await bench.loadAnswer("server", id: "g", from: mark).verdict == "done")
            #expect(bed.states == [.on, .on])
            let off = try await bench.group("rack", "OFF")
            #expect(off.verdict == "done" && bed.states == [.off, .off])
            bed.rack.setFaults(Faults(isRefusing: true))
            let stopped = try await bench.group("careful", "ON")
            #expect(stopped.status == "failed" && stopped.outlets?.map(\.verdict) == ["rejected/group_stopped"])
            #expect(stopped.loads?.first?.status == "failed")
            let dry = try await bench.group("careful", #"{"action":"ON","dry_run":true}"#)
            #expect(dry.verdict == "done" && dry.loads?.first?.plan?.steps.count == 2)
            await bed.rack.stop()
        }
    }

    @Test("that is exclusive keeps its outlets to itself, and one that others stand on is not switched off below them")
    func dependencies() async throws {
        try await Bench.run { bench in
            var bed = try await LoadBed(state: .off, "exclusive: true", "requires: [switch]")
            bed.file.loads += ["switch: { feeds: [strip/2] }", "board: { feeds: [strip/3], requires: [server] }"]
            try await bench.start(bed.file)
            for load in ["server", "switch", "board"] {
                try await bench.observer.message(on: "lab/load/\(load)/state") { $0 == "OFF" }
            }
            #expect(try await bench.command("strip/1", "ON").verdict == "rejected/protected")
            #expect(try await bench.command("strip/1", #"{"action":"OFF","force":true}"#).verdict == "done")
            #expect(try await bench.load("server", "ON").verdict == "rejected/requires")
            for load in ["switch", "server", "board"] { #expect(try await bench.load(load, "ON").verdict == "done") }
            #expect(try await bench.load("switch", "OFF").verdict == "rejected/requires")
            #expect(try await bench.load("switch", "CYCLE").verdict == "rejected/requires")
            let mark = bench.observer.mark
            let all = try await bench.load("switch", #"{"action":"OFF","with_dependents":true}"#)
            #expect(all.verdict == "done")
            let order = bed.strip.record.entries.filter { $0.outlet != nil && $0.value == "0" }.suffix(3)
            #expect(order.map(\.outlet) == [3, 1, 2], "what stands on top goes off first")
            #expect(try await bench.loadAnswer("board", from: mark).verdict == "done")
            #expect(bed.states == [.off, .off])
            await bed.rack.stop()
        }
    }
}
