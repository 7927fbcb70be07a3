import LocalServices
import PDUSimulator
import Power
import Testing

@Suite("When the agent is stopped", .timeLimit(.minutes(10)))
struct ShutdownTests {
    /// Stops an agent and sees that it says offline and ends well.
    private func stop(_ agent: AgentProcess, _ bench: Bench, from mark: Int) async throws {
        #expect(await agent.stop() == .exited(0))
        #expect(
            try await bench.retained(until: "lab/agent/bench-1/availability")["lab/agent/bench-1/availability"]
                == "offline"
        )
    }

    @Test("while idle it says offline and ends with 0")
    func idle() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let rack = try await Bench.rack()
            let agent = try await bench.start(AgentFile.strip(device: strip), AgentFile.rack(port: rack.port))
            try await stop(agent, bench, from: bench.observer.mark)
            #expect(strip.record.switches.isEmpty && rack.record.entries.isEmpty)
            #expect(strip.sessionOwner == nil, "and leaves the strip to others")
            await rack.stop()
        }
    }

    @Test("in the middle of a switch of a slow device, that one is finished and those that wait are refused")
    func middleOfASwitch() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(
                SimulatedEnerGenieConfiguration(faults: Faults(latency: .milliseconds(300)))
            )
            let agent = try await bench.start(AgentFile.strip(device: strip))
            let mark = bench.observer.mark
            let topic = "lab/pdu/strip/outlet/1/set"
            for (number, action) in ["ON", "OFF", "TOGGLE"].enumerated() {
                try await bench.observer.send(topic, #"{"action":"\#(action)","id":"\#(number)"}"#)
            }
            try await bench.observer.send("lab/pdu/strip/outlet/2/set", #"{"action":"CYCLE","id":"cycle"}"#)
            // The device has the order, and its answer is still to come.
            while strip.record.switches.isEmpty { await strip.record.wait(forTotal: strip.record.total + 1) }
            try await stop(agent, bench, from: mark)
            let answers = try bench.answers("strip/1", from: mark)
            #expect(answers.count == 3)
            let first = try #require(answers.first { $0.id == "0" })
            #expect(["done", "unknown"].contains(first.status), "\(first)")
            #expect(answers.filter { $0.id != "0" }.map(\.verdict) == ["rejected/stopping", "rejected/stopping"])
            let offline = try await bench.observer.message(on: "lab/agent/bench-1/availability", from: mark)
            let last = try await bench.observer.message(on: "lab/pdu/strip/outlet/1/result", from: mark) {
                $0.contains(#""id":"0""#)
            }
            #expect(last.index < offline.index, "offline is the last word")
        }
    }

    @Test("while a device hangs, the result is unknown and it ends in time all the same")
    func hangingDevice() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
            let agent = try await bench.start(
                AgentFile.strip(device: strip, "timeout: 40s"),
                AgentFile.rack(port: rack.port, "timeout: 40s")
            )
            let mark = bench.observer.mark
            strip.mishaps[.switching] = .silence
            rack.setFaults(Faults(isDead: true))
            try await bench.observer.send("lab/pdu/strip/outlet/1/set", #"{"action":"ON","id":"s"}"#)
            try await bench.observer.send("lab/pdu/rack/outlet/1/set", #"{"action":"ON","id":"r"}"#)
            // A command that waits behind each shows that the first has begun: it is answered before.
            _ = try await bench.command("strip/1", #"{"action":"EXPLODE"}"#)
            _ = try await bench.command("rack/1", #"{"action":"EXPLODE"}"#)
            let patience = try await ChildProcess.start("/bin/sleep", ["40"])
            try await stop(agent, bench, from: mark)
            #expect(patience.isRunning, "the devices' own time is not waited for")
            for (outlet, id) in [("strip/1", "s"), ("rack/1", "r")] {
                let answer = try await bench.answer(outlet, id: id, from: mark)
                // It may not have begun yet, when the device was busy with a reading.
                #expect(["unknown", "rejected", "failed"].contains(answer.status), "\(answer)")
            }
            await rack.stop()
        }
    }

    @Test("in the middle of a cycle, the off time is not waited for: the journal keeps it for the next start")
    func middleOfACycle() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            let agent = try await bench.start(file)
            let mark = bench.observer.mark
            let command = #"{"action":"CYCLE","off_time":9,"id":"long"}"#
            try await bench.observer.send("lab/pdu/strip/outlet/1/set", command)
            try await bench.waitForState("strip/1", "OFF", from: mark)
            try await stop(agent, bench, from: mark)
            try await agent.waitForLog("strip/1")
            try await bench.start(file)
            let answer = try await bench.answer("strip/1", id: "long", from: mark)
            #expect(answer.verdict == "done" && answer.state == "ON")
            #expect(strip.record.switches == ["1=0", "1=1"])
        }
    }

    @Test("in the middle of a group, the group is answered, and what it had not begun is refused")
    func middleOfAGroup() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            file.groups = ["slow: { outlets: [strip/1, strip/2, strip/3], stagger: 20s }"]
            let agent = try await bench.start(file)
            let mark = bench.observer.mark
            try await bench.observer.send("lab/group/slow/set", #"{"action":"ON","id":"g"}"#)
            try await bench.waitForState("strip/1", "ON", from: mark)
            try await stop(agent, bench, from: mark)
            let group = try Answer.read(try await bench.observer.message(on: "lab/group/slow/result", from: mark).text)
            #expect(group.id == "g" && group.status == "rejected")
            #expect(
                group.outlets?.map(\.verdict) == ["done", "rejected/stopping", "rejected/stopping"],
                "\(group)"
            )
            #expect(strip.record.switches == ["1=1"])
        }
    }

    @Test("while no broker can be reached it ends with 0 as well", arguments: [2, 15] as [Int32])
    func withoutBroker(signal: Int32) async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            await bench.broker.kill()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            let agent = try await bench.launch(file)
            try await agent.waitForLog("strip: online")
            agent.child.signal(signal)
            #expect(await agent.child.waitForExit() == .exited(0))
        }
    }
}
