import LocalServices
import MQTTClient
import PDUSimulator
import Power
import Testing

@Suite("A command that waited for the agent", .timeLimit(.minutes(10)))
struct PersistentSessionTests {
    @Test("is not carried out late, except with a deadline or an expiry that still holds")
    func waited() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.mqtt = ["session: persistent"]
            file.pdus = [AgentFile.strip(device: strip)]
            let agent = try await bench.start(file)
            #expect(await agent.stop() == .exited(0))

            let mark = bench.observer.mark
            let topic = "lab/pdu/strip/outlet"
            try await bench.observer.send("\(topic)/1/set", #"{"action":"ON","id":"late"}"#)
            try await bench.observer.send(
                "\(topic)/2/set",
                #"{"action":"ON","id":"d","deadline":"2999-01-01T00:00:00Z"}"#
            )
            let holds = MessageProperties(messageExpiryInterval: 600)
            try await bench.observer.send("\(topic)/3/set", #"{"action":"ON","id":"e"}"#, properties: holds)
            try await bench.observer.send(
                "\(topic)/4/set",
                #"{"action":"ON","id":"x","deadline":"2020-01-01T00:00:00Z"}"#
            )

            try await bench.start(file)
            #expect(try await bench.answer("strip/1", id: "late", from: mark).status == "rejected")
            #expect(try await bench.answer("strip/2", id: "d", from: mark).verdict == "done")
            #expect(try await bench.answer("strip/3", id: "e", from: mark).verdict == "done")
            #expect(try await bench.answer("strip/4", id: "x", from: mark).status == "expired")
            #expect(try await bench.command("strip/1", #"{"action":"ON","id":"now"}"#).verdict == "done")
            #expect(strip.record.switches.sorted() == ["1=1", "2=1", "3=1"])
        }
    }

    @Test("is lost with the clean session that is the default")
    func clean() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            let agent = try await bench.start(file)
            #expect(await agent.stop() == .exited(0))
            try await bench.observer.send("lab/pdu/strip/outlet/1/set", "ON")
            try await bench.start(file)
            #expect(try await bench.command("strip/2", "ON").verdict == "done")
            #expect(strip.record.switches == ["2=1"])
            #expect(try bench.answers("strip/1").isEmpty)
        }
    }
}
