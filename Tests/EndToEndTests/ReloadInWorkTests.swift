import LocalServices
import PDUSimulator
import Power
import Testing

@Suite("When the configuration is read again in the middle of something", .timeLimit(.minutes(10)))
struct ReloadInWorkTests {
    @Test("a cycle is finished, also when its PDU is spoken to in another way")
    func middleOfACycle() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            let agent = try await bench.start(file)
            for (number, change) in ["label: only a label", "timeout: 4s"].enumerated() {
                let mark = bench.observer.mark
                let command = #"{"action":"CYCLE","off_time":2,"id":"c\#(number)"}"#
                try await bench.observer.send("lab/pdu/strip/outlet/1/set", command)
                try await bench.waitForState("strip/1", "OFF", from: mark)
                file.pdus = [AgentFile.strip(device: strip, change)]
                try bench.write(file)
                agent.reload()
                let answer = try await bench.answer("strip/1", id: "c\(number)", from: mark)
                #expect(answer.verdict == "done" && answer.state == "ON", "\(change): \(answer)")
            }
            #expect(strip.record.switches == ["1=0", "1=1", "1=0", "1=1"])
        }
    }

    @Test("commands that wait for a PDU that is spoken to in another way go on, in their order")
    func waiting() async throws {
        try await Bench.run { bench in
            let here = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            let there = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: here)]
            let agent = try await bench.start(file)
            let mark = bench.observer.mark
            let topic = "lab/pdu/strip/outlet/1/set"
            // Longer than the lane takes to let go of a device, so that the rest of it happens at the new address.
            try await bench.observer.send(topic, #"{"action":"CYCLE","off_time":15,"id":"0"}"#)
            try await bench.waitForState("strip/1", "OFF", from: mark)
            for (number, action) in ["OFF", "TOGGLE", "OFF", "ON"].enumerated() {
                try await bench.observer.send(topic, #"{"action":"\#(action)","id":"\#(number + 1)"}"#)
            }
            try await bench.observer.send("lab/pdu/strip/outlet/2/set", #"{"action":"OFF","delay":2,"id":"late"}"#)
            there.press(1)
            file.pdus = [AgentFile.strip(device: there)]
            try bench.write(file)
            agent.reload()
            try await agent.waitForLog("the new configuration is in force")
            let last = try await bench.answer("strip/1", id: "4", from: mark)
            #expect(last.verdict == "done" && last.state == "ON")
            let answers = try bench.answers("strip/1", from: mark)
            #expect(answers.map(\.id) == ["0", "1", "2", "3", "4"], "each has one answer, in order")
            #expect(answers.allSatisfy { $0.verdict == "done" }, "\(answers)")
            #expect(try await bench.answer("strip/2", id: "late", from: mark).verdict == "done")
            #expect(here.record.switches == ["1=0"])
            #expect(there.record.switches.filter { $0.hasPrefix("1") } == ["1=1", "1=0", "1=1", "1=0", "1=1"])
            #expect(agent.lines(with: "MQTT: connected").count == 1)
        }
    }

    @Test("what a removed PDU has begun is finished, what waits is refused, and no outlet is left dark")
    func removed() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            strip.press(4)
            let other = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip), AgentFile.strip("other", device: other)]
            let agent = try await bench.start(file)
            let mark = bench.observer.mark
            let commands: [(outlet: Int, text: String)] = [
                (1, #"{"action":"CYCLE","off_time":60,"id":"long"}"#), (1, #"{"action":"OFF","id":"waiting"}"#),
                (2, #"{"action":"CYCLE","off_time":3,"id":"short"}"#),
                (3, #"{"action":"OFF","delay":60,"id":"delayed"}"#), (4, #"{"action":"ON","for":60,"id":"for"}"#),
            ]
            for (outlet, text) in commands {
                try await bench.observer.send("lab/pdu/strip/outlet/\(outlet)/set", text)
            }
            try await bench.waitForState("strip/1", "OFF", from: mark)
            try await bench.waitForState("strip/2", "OFF", from: mark)
            try await bench.waitForState("strip/4", "ON", from: mark)
            let whole = file
            file.pdus.removeFirst()
            try bench.write(file)
            agent.reload()
            try await agent.waitForLog("the new configuration is in force")

            let long = try await bench.answer("strip/1", id: "long", from: mark)
            #expect(long.verdict == "failed/unknown_pdu" && long.state == "ON", "\(long)")
            #expect(try await bench.answer("strip/1", id: "waiting", from: mark).verdict == "rejected/unknown_pdu")
            let short = try await bench.answer("strip/2", id: "short", from: mark)
            #expect(short.verdict == "done" && short.state == "ON", "\(short)")
            #expect(try await bench.answer("strip/3", id: "delayed", from: mark).verdict == "rejected/unknown_pdu")
            let held = try await bench.answer("strip/4", id: "for", from: mark)
            #expect(held.verdict == "failed/unknown_pdu" && held.state == "OFF", "\(held)")
            #expect(strip.states == [.on, .on, .on, .off])
            #expect(strip.sessionOwner == nil)
            for outlet in 1...4 {
                try await bench.observer.message(on: "lab/pdu/strip/outlet/\(outlet)/state", from: mark) { $0.isEmpty }
            }
            let retained = try await bench.retained(until: "lab/agent/bench-1/availability")
            #expect(retained.keys.filter { $0.hasPrefix("lab/pdu/strip/") } == [])

            // Nothing is left over for the day when the PDU is back, in this process or the next.
            let switches = strip.record.switches
            try bench.write(whole)
            let back = bench.observer.mark
            agent.reload()
            try await bench.waitForAvailability("strip", "online", from: back)
            #expect(await agent.stop() == .exited(0))
            try await bench.start(whole)
            #expect(strip.record.switches == switches)
            let ids = try [1, 2, 3, 4].flatMap { try bench.answers("strip/\($0)", from: mark).compactMap(\.id) }
            #expect(ids.sorted() == ["delayed", "for", "long", "short", "waiting"], "each once: \(ids)")
        }
    }

    @Test("what cannot be finished for a removed PDU in time is answered all the same, and the log names the outlet")
    func removedWhileAway() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            let other = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [
                AgentFile.strip(device: strip, "timeout: 2s"), AgentFile.strip("other", device: other),
            ]
            let agent = try await bench.start(file)
            let mark = bench.observer.mark
            try await bench.observer.send("lab/pdu/strip/outlet/1/set", #"{"action":"CYCLE","off_time":60,"id":"c"}"#)
            try await bench.waitForState("strip/1", "OFF", from: mark)
            strip.faults.isDead = true
            try await bench.waitForAvailability("strip", "offline", from: mark)
            file.pdus.removeFirst()
            try bench.write(file)
            agent.reload()
            let answer = try await bench.answer("strip/1", id: "c", from: mark)
            #expect(answer.verdict == "failed/unknown_pdu" && answer.state == "OFF", "\(answer)")
            try await agent.waitForLog("removed from the configuration before its outlets were as they should be")
            try await agent.waitForLog("the new configuration is in force")
            #expect(try await bench.command("other/1", "ON").verdict == "done")
            #expect(try bench.answers("strip/1", from: mark).count == 1)
        }
    }

    @Test("the work of an earlier run for a PDU that is gone is answered, and not done when the PDU is back")
    func missingAtTheStart() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            let other = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip), AgentFile.strip("other", device: other)]
            let whole = file
            var agent = try await bench.start(file)
            let mark = bench.observer.mark
            try await bench.observer.send("lab/pdu/strip/outlet/2/set", #"{"action":"OFF","delay":600,"id":"d"}"#)
            try await bench.observer.send("lab/pdu/strip/outlet/1/set", #"{"action":"CYCLE","off_time":1,"id":"c"}"#)
            try await bench.waitForState("strip/1", "OFF", from: mark)
            await agent.kill()
            file.pdus.removeFirst()
            agent = try await bench.start(file)
            #expect(try await bench.answer("strip/1", id: "c", from: mark).verdict == "unknown/agent_died")
            #expect(try await bench.answer("strip/2", id: "d", from: mark).verdict == "rejected/unknown_pdu")
            try await agent.waitForLog("unfinished work for a PDU that is not in the configuration")
            let back = bench.observer.mark
            try bench.write(whole)
            agent.reload()
            try await bench.waitForAvailability("strip", "online", from: back)
            #expect(try await bench.command("strip/3", "OFF").verdict == "done")
            #expect(strip.record.switches == ["1=0", "3=0"])
            #expect(try bench.answers("strip/1", from: mark).count == 1)
        }
    }
}
