import LocalServices
import PDUSimulator
import Power
import Testing

@Suite("When the agent dies suddenly", .timeLimit(.minutes(10)))
struct CrashTests {
    @Test("its will says offline; started again it is online, tells the states and has switched nothing")
    func willAndReturn() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip), AgentFile.rack(port: rack.port)]
            let agent = try await bench.start(file)
            var mark = bench.observer.mark
            await agent.kill()
            try await bench.observer.message(on: "lab/agent/bench-1/availability", from: mark) { $0 == "offline" }
            let left = try await bench.retained(until: "lab/agent/bench-1/availability")
            #expect(left["lab/agent/bench-1/availability"] == "offline", "also for those who come later")
            strip.press(3)

            mark = bench.observer.mark
            let online = try await { () async throws in
                try await bench.start(file)
                return try await bench.waitForOnline(from: mark)
            }()
            for (outlet, state) in [
                ("strip/1", "ON"), ("strip/2", "ON"), ("strip/3", "OFF"), ("strip/4", "ON"), ("rack/1", "OFF"),
                ("rack/2", "OFF"),
            ] {
                let place = try await bench.waitForState(outlet, state, from: mark)
                #expect(place < online, "\(outlet) was read before the agent was online")
            }
            #expect(strip.record.switches.isEmpty && rack.record.entries.isEmpty)
            await rack.stop()
        }
    }

    @Test("in the middle of a cycle, the next start switches on again and says so with the same id")
    func duringACycle() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            let agent = try await bench.start(file)
            let mark = bench.observer.mark
            let command = #"{"action":"CYCLE","off_time":1,"id":"reboot-1"}"#
            try await bench.observer.send("lab/pdu/strip/outlet/1/set", command)
            try await bench.waitForState("strip/1", "OFF", from: mark)
            await agent.kill()
            #expect(strip.states[0] == .off)
            try await bench.start(file)
            let answer = try await bench.answer("strip/1", id: "reboot-1", from: mark)
            #expect(answer.state == "ON" && ["done", "unknown"].contains(answer.status))
            #expect(strip.states[0] == .on)
            #expect(strip.record.switches == ["1=0", "1=1"])
        }
    }

    @Test("with a delay or the end of 'for' still to come, the next start does what is left, in time")
    func whatIsLeft() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            let agent = try await bench.start(file)
            let mark = bench.observer.mark
            try await bench.observer.send("lab/pdu/strip/outlet/1/set", #"{"action":"OFF","delay":2,"id":"delayed"}"#)
            try await bench.observer.send("lab/pdu/strip/outlet/2/set", #"{"action":"OFF","for":2,"id":"for"}"#)
            // What is awaited in the journal after them shows that both are on the disk.
            #expect(try await bench.command("strip/3", #"{"action":"OFF","for":0.1}"#).verdict == "done")
            try await bench.waitForState("strip/2", "OFF", from: mark)
            await agent.kill()
            #expect(strip.states == [.on, .off, .on, .on])
            try await bench.start(file)
            let delayed = try await bench.answer("strip/1", id: "delayed", from: mark)
            #expect(delayed.verdict == "done" && delayed.state == "OFF")
            let held = try await bench.answer("strip/2", id: "for", from: mark)
            #expect(held.state == "ON" && ["done", "unknown"].contains(held.status))
            #expect(strip.states == [.off, .on, .on, .on])
            #expect(strip.record.switches.filter { $0.hasPrefix("1") } == ["1=0"])
            #expect(strip.record.switches.filter { $0.hasPrefix("2") } == ["2=0", "2=1"])
        }
    }

    @Test("with a dead device among others, online still comes, 10 s after the start at most")
    func onlineWithADeadDevice() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let dead = try await Bench.strip(SimulatedEnerGenieConfiguration(faults: Faults(isDead: true)))
            let patience = try await ChildProcess.start("/bin/sleep", ["50"])
            try await bench.start(
                AgentFile.strip(device: strip),
                AgentFile.strip("dead", device: dead, "timeout: 50s")
            )
            #expect(patience.isRunning, "the device's own time is not waited for")
            #expect(try await bench.command("strip/1", "ON").verdict == "done")
        }
    }
}
