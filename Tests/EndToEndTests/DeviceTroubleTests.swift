import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("When a device is in trouble", .timeLimit(.minutes(10)))
struct DeviceTroubleTests {
    private static let quick = "timeout: \(4 * Sanitizer.slowness)s"

    @Test("and dead, it goes offline alone, its state stays, commands fail fast with the reason, and it comes back")
    func deadAndBack() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
            try await bench.start(
                AgentFile.strip(device: strip, Self.quick),
                AgentFile.rack(port: rack.port, Self.quick, "retries: 0")
            )
            for (pdu, other) in [("strip", "rack"), ("rack", "strip")] {
                var mark = bench.observer.mark
                if pdu == "strip" { strip.faults.isDead = true } else { rack.setFaults(Faults(isDead: true)) }
                try await bench.waitForAvailability(pdu, "offline", from: mark)
                #expect(bench.observer.texts(on: "lab/pdu/\(pdu)/outlet/1/state", from: mark) == [], "it stays")
                let info = try await bench.observer.message(on: "lab/pdu/\(pdu)/info", from: mark)
                #expect(info.text.contains(#""problem""#))

                let failed = try await bench.command("\(pdu)/1", "TOGGLE")
                #expect(failed.verdict == "failed/device_error")
                #expect(failed.error?.message.contains("\(pdu) is offline") == true, "\(failed)")
                #expect(failed.state == nil)
                #expect(try await bench.command("\(other)/2", "TOGGLE").verdict == "done", "the other is well")
                #expect(bench.observer.texts(on: "lab/pdu/\(other)/availability", from: mark) == [])

                mark = bench.observer.mark
                if pdu == "strip" { strip.faults.isDead = false } else { rack.setFaults(Faults()) }
                try await bench.waitForAvailability(pdu, "online", from: mark)
                #expect(try await bench.command("\(pdu)/1", "ON").verdict == "done")
            }
            #expect(strip.record.switches.filter { $0 == "1=1" }.count == 1)
            await rack.stop()
        }
    }

    @Test("a command is tried for as long as it says, else as the outlet's configuration says, else the PDU's")
    func limits() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            try await bench.start(
                AgentFile.strip(
                    device: strip,
                    "command: { limit: 1s }",
                    "outlets: { 1: { command: { limit: 10m } }, 2: {}, 3: {} }",
                    Self.quick
                )
            )
            let mark = bench.observer.mark
            strip.faults.isDead = true
            try await bench.waitForAvailability("strip", "offline", from: mark)
            try await bench.observer.send("lab/pdu/strip/outlet/1/set", #"{"action":"ON","id":"outlet"}"#)
            try await bench.observer.send("lab/pdu/strip/outlet/3/set", #"{"action":"ON","limit":600,"id":"own"}"#)
            #expect(try await bench.command("strip/2", #"{"action":"ON","id":"pdu"}"#).verdict == "failed/device_error")
            #expect(try bench.answers("strip/1", from: mark).isEmpty)
            #expect(try bench.answers("strip/3", from: mark).isEmpty)
            strip.faults.isDead = false
            #expect(try await bench.answer("strip/1", id: "outlet", from: mark).verdict == "done")
            #expect(try await bench.answer("strip/3", id: "own", from: mark).verdict == "done")
            #expect(Set(strip.record.switches) == ["1=1", "3=1"])
        }
    }

    @Test("and dies after it was told to switch, the result is unknown and the read-back settles the state")
    func diesInTheMiddle() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            try await bench.start(AgentFile.strip(device: strip, Self.quick, "retries: 0"))
            let mark = bench.observer.mark
            strip.mishaps[.switching] = .executeAndClose
            let answer = try await bench.command("strip/1", "ON")
            // Whether the connection's end or the read-back comes first decides between the two; never 'failed'.
            #expect(["unknown/device_timeout", "done"].contains(answer.verdict), "\(answer)")
            strip.mishaps = [:]
            try await bench.waitForState("strip/1", "ON", from: mark)
            #expect(strip.states[0] == .on)
        }
    }

    @Test("and slow, everything works and nobody else waits for it")
    func slow() async throws {
        try await Bench.run { bench in
            let slow = Faults(latency: .milliseconds(400))
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(faults: slow))
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2, faults: slow))
            let quick = try await Bench.strip()
            try await bench.start(
                AgentFile.strip(device: strip),
                AgentFile.rack(port: rack.port),
                AgentFile.strip("quick", device: quick)
            )
            let mark = bench.observer.mark
            for pdu in ["strip", "rack", "quick"] {
                for word in ["ON", "OFF", "ON"] {
                    try await bench.observer.send("lab/pdu/\(pdu)/outlet/1/set", #"{"action":"\#(word)"}"#)
                }
                try await bench.observer.send("lab/pdu/\(pdu)/outlet/1/set", #"{"action":"TOGGLE","id":"last"}"#)
            }
            let done = try await bench.observer.message(on: "lab/pdu/quick/outlet/1/result", from: mark) {
                $0.contains("last")
            }
            for pdu in ["strip", "rack"] {
                let slowDone = try await bench.observer.message(on: "lab/pdu/\(pdu)/outlet/1/result", from: mark) {
                    $0.contains("last")
                }
                #expect(done.index < slowDone.index, "the quick one, asked last, is answered first")
            }
            for (pdu, record) in [("strip", strip.record), ("rack", rack.record), ("quick", quick.record)] {
                let answers = try bench.answers("\(pdu)/1", from: mark)
                #expect(answers.map(\.verdict) == ["done", "done", "done", "done"], "\(pdu)")
                #expect(answers.map(\.state) == ["ON", "OFF", "ON", "OFF"], "\(pdu)")
                #expect(record.switches == ["1=1", "1=0", "1=1", "1=0"], "\(pdu)")
            }
            await rack.stop()
        }
    }

    @Test("and refuses to switch, the result is failed and the state stays true")
    func refuses() async throws {
        try await Bench.run { bench in
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
            let strip = try await Bench.strip()
            try await bench.start(
                AgentFile.rack(port: rack.port, "settle: 300ms"),
                AgentFile.strip(device: strip, "settle: 300ms")
            )
            let mark = bench.observer.mark
            rack.setFaults(Faults(isRefusing: true))
            strip.faults.isRefusing = true
            let refused = try await bench.command("rack/1", "ON")
            // snmpd says genErr, which leaves open whether it switched: the read-back decides.
            #expect(refused.verdict == "failed/mismatch" && refused.state == "OFF", "\(refused)")
            let answer = try await bench.command("strip/1", "ON")
            #expect(answer.verdict == "failed/mismatch" && answer.state == "OFF")
            #expect(bench.observer.texts(on: "lab/pdu/rack/outlet/1/state", from: mark) == [])
            #expect(bench.observer.texts(on: "lab/pdu/strip/outlet/1/state", from: mark) == [])
            await rack.stop()
        }
    }

    @Test("and does not switch on again after a cycle, that is tried many times, then the result is failed and logged")
    func refusesTheWayBack() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            let agent = try await bench.start(AgentFile.strip(device: strip, "settle: 100ms"))
            let mark = bench.observer.mark
            try await bench.observer.send("lab/pdu/strip/outlet/1/set", #"{"action":"CYCLE","off_time":2,"id":"c"}"#)
            try await bench.waitForState("strip/1", "OFF", from: mark)
            strip.faults.isRefusing = true
            let answer = try await bench.answer("strip/1", id: "c", from: mark)
            #expect(answer.verdict == "failed/mismatch" && answer.state == "OFF", "\(answer)")
            try await agent.waitForLog("a command could not bring its outlet back; look at it")
        }
    }

    @Test("and does not take the password, it is offline with that reason, and is not asked in a stream")
    func wrongPassword() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let well = try await Bench.strip()
            let agent = try await bench.start(
                AgentFile.strip(device: strip, password: "wrong"),
                AgentFile.strip("well", device: well)
            )
            try await bench.waitForAvailability("strip", "offline")
            let answer = try await bench.command("strip/1", "ON")
            #expect(answer.verdict == "failed/auth")
            #expect(answer.error?.message.contains("password") == true)
            #expect(bench.observer.texts(on: "lab/pdu/strip/outlet/1/state") == [], "never a made-up state")
            await well.record.wait(forTotal: well.record.total + 12)
            #expect(strip.record.entries.filter { $0.outcome == "wrong password" }.count <= 3)
            try await agent.waitForLog("strip: offline")
            #expect(agent.lines(with: "strip: offline").count == 1)
            #expect(!agent.log.contains("'wrong'"))
        }
    }

    @Test("because somebody else is logged in, it is offline with that reason, and recovers")
    func busy() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            try await bench.start(AgentFile.strip(device: strip))
            let mark = bench.observer.mark
            strip.occupy(from: "192.0.2.99")
            let offline = try await bench.waitForAvailability("strip", "offline", from: mark)
            let info = try await bench.observer.message(on: "lab/pdu/strip/info", from: mark)
            #expect(info.text.contains("logged in"), "\(info.text)")
            let answer = try await bench.command("strip/1", "ON")
            #expect(answer.verdict == "failed/device_error" && answer.error?.message.contains("logged in") == true)
            _ = try await strip.perform(.reboot)
            try await bench.waitForAvailability("strip", "online", from: offline)
            #expect(try await bench.command("strip/1", "ON").verdict == "done")
        }
    }

    @Test("and comes back with another state, it is left so, or restored where the configuration says so")
    func onReturn() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            let agent = try await bench.start(
                AgentFile.strip(device: strip, Self.quick, "outlets: { 1: { on_return: restore }, 2: {} }")
            )
            var mark = bench.observer.mark
            strip.faults.isDead = true
            try await bench.waitForAvailability("strip", "offline", from: mark)
            strip.press(1)
            strip.press(2)
            mark = bench.observer.mark
            strip.faults.isDead = false
            let result = try await bench.answer("strip/1", from: mark)
            #expect(result.verdict == "done" && result.state == "ON" && result.by == "busbar")
            #expect(strip.states == [.on, .off, .on, .on])
            #expect(strip.record.switches == ["1=1"])
            #expect(try await bench.command("strip/2", "ON").verdict == "done")
            #expect(agent.lines(with: "may be shut out").count <= 1, "told once, not at every try")
            #expect(agent.lines(with: "warnings=[]").isEmpty, "no complaint is no complaint")
        }
    }
}
