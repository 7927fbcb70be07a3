import PDUSimulator
import Testing

@Suite("A command that arrives twice", .timeLimit(.minutes(10)))
struct RepeatedIDTests {
    @Test("is executed once and answered twice with the same outcome")
    func twice() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            try await bench.start(AgentFile.strip(device: strip))
            let first = try await bench.command("strip/1", #"{"action":"TOGGLE","id":"once"}"#)
            let second = try await bench.command("strip/1", #"{"action":"TOGGLE","id":"once"}"#)
            #expect(first.verdict == "done" && first.state == "ON")
            #expect(second.verdict == "done" && second.state == "ON" && second.finishedAt == first.finishedAt)
            #expect(strip.record.switches == ["1=1"])
            // The same id for another outlet is another command.
            #expect(try await bench.command("strip/2", #"{"action":"TOGGLE","id":"once"}"#).state == "ON")
            #expect(strip.record.switches == ["1=1", "2=1"])
        }
    }

    @Test("while the first still runs is answered together with it")
    func whileRunning() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            try await bench.start(AgentFile.strip(device: strip))
            let mark = bench.observer.mark
            let command = #"{"action":"CYCLE","off_time":0.5,"id":"reboot"}"#
            for _ in 1...3 { try await bench.observer.send("lab/pdu/strip/outlet/1/set", command) }
            #expect(try await bench.command("strip/1", #"{"action":"ON","id":"end"}"#).status == "done")
            _ = try await bench.answer("strip/1", id: "end", from: mark)
            let answers = try bench.answers("strip/1", from: mark).filter { $0.id == "reboot" }
            #expect(answers.map(\.verdict) == ["done", "done", "done"])
            #expect(strip.record.switches.prefix(2) == ["1=0", "1=1"])
            #expect(!strip.record.switches.dropFirst(2).contains("1=0"))
        }
    }

    @Test("is known across a restart of the agent, and across its sudden death", arguments: [false, true])
    func acrossRestart(isSudden: Bool) async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            let agent = try await bench.start(file)
            let first = try await bench.command("strip/1", #"{"action":"TOGGLE","id":"once"}"#)
            // Answers are on their way to the disk together with the next one's journal entry.
            #expect(try await bench.command("strip/2", #"{"action":"ON","for":0.1}"#).verdict == "done")
            if isSudden { await agent.kill() } else { _ = await agent.stop() }
            try await bench.start(file)
            let second = try await bench.command("strip/1", #"{"action":"TOGGLE","id":"once"}"#)
            #expect(second.verdict == "done" && second.state == "ON" && second.finishedAt == first.finishedAt)
            #expect(strip.record.switches.filter { $0.hasPrefix("1") } == ["1=1"])
        }
    }
}
