import PDUSimulator
import Testing

@Suite("A retained command", .timeLimit(.minutes(10)))
struct RetainedTests {
    @Test("is refused while the agent is connected, and never switches")
    func whileConnected() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let agent = try await bench.start(AgentFile.strip(device: strip))
            let mark = bench.observer.mark
            try await bench.observer.send("lab/pdu/strip/outlet/1/set", "ON", retained: true)
            let answer = try await bench.answer("strip/1", from: mark)
            #expect(answer.verdict == "rejected/retained")
            try await agent.waitForLog("lab/pdu/strip/outlet/1/set")
            // A command that is not retained works, and clearing the retained one switches and answers nothing.
            #expect(try await bench.command("strip/1", "ON").verdict == "done")
            try await bench.observer.send("lab/pdu/strip/outlet/1/set", "", retained: true)
            #expect(try await bench.command("strip/1", "OFF").verdict == "done")
            #expect(try bench.answers("strip/1", from: mark).map(\.status) == ["rejected", "done", "done"])
            #expect(strip.record.switches == ["1=1", "1=0"])
        }
    }

    @Test(
        "left from before the agent started is refused, at every start, and never switches",
        arguments: ["5", "3.1.1"]
    )
    func beforeTheStart(version: String) async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let rack = try await Bench.rack()
            var file = AgentFile()
            file.mqtt = ["protocol: \(version)"]
            file.pdus = [AgentFile.strip(device: strip), AgentFile.rack(port: rack.port)]
            file.groups = ["all-of-it: { outlets: [strip/1, rack/1] }"]
            for topic in ["pdu/strip/outlet/1", "pdu/strip/outlet/all", "pdu/rack/outlet/1", "group/all-of-it"] {
                try await bench.observer.send("lab/\(topic)/set", "ON", retained: true)
            }
            for _ in 1...2 {
                let mark = bench.observer.mark
                let agent = try await bench.start(file)
                for outlet in ["strip/1", "strip/all", "rack/1"] {
                    #expect(try await bench.answer(outlet, from: mark).verdict == "rejected/retained", "\(outlet)")
                }
                let group = try await bench.observer.message(on: "lab/group/all-of-it/result", from: mark)
                #expect(try Answer.read(group.text).verdict == "rejected/retained")
                _ = await agent.stop()
            }
            #expect(strip.record.switches.isEmpty && rack.record.entries.isEmpty)
            await rack.stop()
        }
    }
}
