import MQTTClient
import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("Several agents at one broker", .timeLimit(.minutes(10)))
struct SeveralAgentsTests {
    @Test("do not answer for each other")
    func separate() async throws {
        try await Bench.run { bench in
            let first = try await Bench.strip()
            let second = try await Bench.strip()
            var one = AgentFile()
            one.id = "one"
            one.pdus = [AgentFile.strip("first", device: first)]
            one.groups = ["g1: { outlets: [first/1] }"]
            var two = AgentFile()
            two.id = "two"
            two.pdus = [AgentFile.strip("second", device: second)]
            two.groups = ["g2: { outlets: [second/1] }"]
            let firstAgent = try await bench.start(one)
            try await bench.start(two)
            // Each must have heard of the other before it may answer for groups.
            #expect(try await bench.command("first/1", "ON").verdict == "done")
            #expect(try await bench.command("second/1", "ON").verdict == "done")
            #expect(try await bench.command("second/9", "ON").verdict == "rejected/unknown_outlet")
            #expect(try await bench.group("g1", "OFF").verdict == "done")
            #expect(try await bench.group("g2", "OFF").verdict == "done")
            // Nobody's PDU and nobody's group: silence.
            try await bench.observer.send("lab/pdu/third/outlet/1/set", "ON")
            try await bench.observer.send("lab/pdu/third/outlet/1/set", "EXPLODE")
            try await bench.observer.send("lab/group/g3/set", "ON")
            #expect(try await bench.command("first/2", "ON").verdict == "done")
            #expect(try await bench.command("second/2", "ON").verdict == "done")
            let results = bench.observer.messages.elements.filter { $0.topic.hasSuffix("/result") }
            #expect(results.filter { $0.topic.contains("third") || $0.topic.contains("g3") }.map(\.topic) == [])
            #expect(try bench.answers("first/1").count == 2 && bench.answers("second/9").count == 1)
            #expect(bench.observer.texts(on: "lab/group/g1/result").count == 1)
            try await firstAgent.waitForLog("third")
            #expect(firstAgent.lines(with: "third").count == 1, "logged once a name")
        }
    }

    @Test("one that says it is the only one answers for PDUs it does not know")
    func sole() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.agent = ["sole: true"]
            file.pdus = [AgentFile.strip(device: strip)]
            try await bench.start(file)
            #expect(try await bench.command("third/1", "ON").verdict == "rejected/unknown_pdu")
            #expect(try await bench.command("third/all", "ON").verdict == "rejected/unknown_pdu")
            #expect(try await bench.group("none", "ON").verdict == "rejected/unknown_group")
            #expect(strip.record.switches.isEmpty)
        }
    }

    @Test("one that stands alone is silent about PDUs it does not know")
    func silent() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            try await bench.start(AgentFile.strip(device: strip))
            try await bench.observer.send("lab/pdu/third/outlet/1/set", "ON")
            try await bench.observer.send("lab/pdu/third/outlet/1/set", "ON")
            #expect(try await bench.command("strip/1", "ON").verdict == "done")
            #expect(bench.observer.messages.elements.filter { $0.topic == "lab/pdu/third/outlet/1/result" }.isEmpty)
        }
    }
}
