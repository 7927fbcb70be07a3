import LocalServices
import PDUSimulator
import Power
import Testing

@Suite("Switching an outlet", .timeLimit(.minutes(10)))
struct SwitchingTests {
    @Test("of both kinds of device gives the state read back, then the result, with everything the contract names")
    func setStateResult() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let rack = try await Bench.rack()
            try await bench.start(AgentFile.strip(device: strip), AgentFile.rack(port: rack.port))
            for outlet in ["strip/2", "rack/3"] {
                for word in ["ON", "OFF"] {
                    let mark = bench.observer.mark
                    let command = #"{"action":"\#(word)","id":"\#(outlet)-\#(word)","by":"a test","reason":"to see"}"#
                    let answer = try await bench.command(outlet, command)
                    #expect(answer.verdict == "done")
                    #expect(answer.state == word && answer.action == word)
                    #expect(answer.id == "\(outlet)-\(word)" && answer.by == "a test")
                    #expect("\(answer.pdu ?? "")/\(answer.outlet?.text ?? "")" == outlet)
                    #expect(answer.receivedAt <= answer.finishedAt && answer.receivedAt.hasSuffix("Z"))
                    #expect(answer.queuedMilliseconds != nil && (answer.deviceMilliseconds ?? 0) > 0)
                    let state = try await bench.waitForState(outlet, word, from: mark)
                    let result = try await bench.observer.message(on: Bench.topic(outlet, "result"), from: mark)
                    #expect(state < result.index, "the state comes first")
                }
            }
            #expect(strip.record.switches == ["2=1", "2=0"])
            #expect(rack.record.switches == ["3=1", "3=0"])
            await rack.stop()
        }
    }

    @Test("takes every bare word in any case")
    func words() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            try await bench.start(AgentFile.strip(device: strip))
            let words = [
                ("on", "ON"), ("off", "OFF"), ("1", "ON"), ("0", "OFF"), ("True", "ON"), ("FALSE", "OFF"),
                (" On\n", "ON"), ("toggle", "OFF"), ("Toggle", "ON"),
            ]
            for (word, state) in words {
                let answer = try await bench.command("strip/1", word)
                #expect(answer.verdict == "done" && answer.state == state, "\(word)")
                #expect(answer.id == nil && answer.by == nil, "absent keys are left out")
                #expect(strip.states[0].rawValue == state, "\(word)")
            }
        }
    }

    @Test("takes JSON, with state in place of action as well")
    func json() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            try await bench.start(AgentFile.strip(device: strip))
            let on = try await bench.command("strip/4", #"{"state":"on","id":"ä-1"}"#)
            #expect(on.verdict == "done" && on.state == "ON" && on.id == "ä-1")
            let off = try await bench.command("strip/4", #" { "action" : "off" } "#)
            #expect(off.verdict == "done" && off.state == "OFF")
            #expect(strip.record.switches == ["4=1", "4=0"])
        }
    }

    @Test("with TOGGLE reads the device first, so a button pressed behind the agent's back counts")
    func toggle() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let rack = try await Bench.rack()
            // Polled so rarely that only the command's own reading can tell.
            let rarely = "poll: { interval: 1h }"
            try await bench.start(
                AgentFile.strip(device: strip, rarely),
                AgentFile.rack(port: rack.port, rarely)
            )
            strip.press(1)
            _ = rack.pdu.press(1)
            for outlet in ["strip/1", "rack/1"] {
                let answer = try await bench.command(outlet, "TOGGLE")
                #expect(answer.verdict == "done" && answer.state == "OFF", "it was on, unknown to the agent")
                #expect(try await bench.command(outlet, "TOGGLE").state == "ON")
            }
            #expect(strip.states[0] == .on && rack.pdu.states[0] == .on)
            #expect(strip.record.switches == ["1=0", "1=1"])
            #expect(rack.record.switches == ["1=0", "1=1"])
            await rack.stop()
        }
    }

    @Test(
        "with CYCLE goes off and, after the off time, on again, in one operation",
        arguments: ["CYCLE", "reboot", "Reset"]
    )
    func cycle(word: String) async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(initialState: .on))
            let soon = "cycle: { off_time: 300ms }"
            try await bench.start(AgentFile.strip(device: strip, soon), AgentFile.rack(port: rack.port, soon))
            for outlet in ["strip/1", "rack/1"] {
                let mark = bench.observer.mark
                try await bench.observer.send(Bench.topic(outlet, "set"), word)
                // Given while the cycle runs, it has to wait for its end.
                try await bench.waitForState(outlet, "OFF", from: mark)
                try await bench.observer.send(Bench.topic(outlet, "set"), #"{"action":"OFF","id":"after"}"#)
                let cycle = try await bench.answer(outlet, from: mark)
                #expect(cycle.verdict == "done" && cycle.state == "ON" && cycle.action == "CYCLE")
                #expect(try await bench.answer(outlet, id: "after", from: mark).verdict == "done")
                #expect(bench.observer.texts(on: Bench.topic(outlet, "state"), from: mark) == ["OFF", "ON", "OFF"])
            }
            #expect(strip.record.switches == ["1=0", "1=1", "1=0"])
            #expect(rack.record.switches == ["1=0", "1=1", "1=0"])
            let times = rack.record.entries.map(\.nanoseconds)
            #expect(times[1] - times[0] >= 300_000_000, "off for at least the off time")
            await rack.stop()
        }
    }

    @Test("off for as long as the command says, else the outlet's or the PDU's configuration, else 5 seconds")
    func offTime() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            try await bench.start(
                AgentFile.strip(
                    device: strip,
                    "cycle: { off_time: 7s }",
                    "outlets: { 1: { cycle: { off_time: 1500ms } }, 2: {} }"
                ),
                AgentFile.strip("plain", device: try await Bench.strip())
            )
            for (outlet, key, seconds) in [
                ("strip/1", #","off_time":2.25"#, 2.25), ("strip/1", "", 1.5), ("strip/2", "", 7), ("plain/1", "", 5),
            ] {
                let answer = try await bench.command(outlet, #"{"action":"CYCLE","dry_run":true\#(key)}"#)
                #expect(answer.plan?.steps.map(\.after) == [0, seconds], "\(outlet)\(key)")
            }
        }
    }

    @Test("of a strip by its native protocol works alike")
    func nativeProtocol() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            try await bench.start(AgentFile.nativeStrip(device: strip))
            for (word, state) in [("ON", "ON"), ("TOGGLE", "OFF"), ("ON", "ON"), ("OFF", "OFF")] {
                let answer = try await bench.command("native/2", word)
                #expect(answer.verdict == "done" && answer.state == state)
            }
            let mark = bench.observer.mark
            strip.press(4)
            try await bench.waitForState("native/4", "ON", from: mark)
            #expect(strip.states == [.off, .off, .off, .on])
        }
    }

    @Test("works whatever the QoS of the command", arguments: 0...2)
    func qualityOfService(qos: Int) async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            try await bench.start(AgentFile.strip(device: strip))
            let mark = bench.observer.mark
            let sent = try await Command.run(
                "mosquitto_pub",
                package: "mosquitto-clients",
                ["-p", "\(bench.broker.port)", "-q", "\(qos)", "-t", "lab/pdu/strip/outlet/1/set", "-m", "ON"]
            )
            #expect(sent.status == .exited(0), "\(sent.error)")
            #expect(try await bench.answer("strip/1", from: mark).verdict == "done")
            #expect(strip.record.switches == ["1=1"])
        }
    }

    @Test("with 'delay' waits first")
    func delay() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            try await bench.start(AgentFile.strip(device: strip))
            let mark = bench.observer.mark
            let command = #"{"action":"ON","delay":3,"id":"late"}"#
            try await bench.observer.send("lab/pdu/strip/outlet/1/set", command)
            #expect(try await bench.command("strip/2", "ON").verdict == "done", "another outlet does not wait")
            let answer = try await bench.answer("strip/1", id: "late", from: mark)
            #expect(answer.verdict == "done" && (answer.queuedMilliseconds ?? 0) >= 3000)
            #expect(strip.record.switches == ["2=1", "1=1"])
        }
    }

    @Test("with 'for' goes back after the time")
    func holdTime() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            try await bench.start(AgentFile.strip(device: strip))
            let answer = try await bench.command("strip/3", #"{"action":"ON","for":0.4}"#)
            #expect(answer.verdict == "done" && answer.state == "OFF")
            #expect(strip.record.switches == ["3=1", "3=0"])
        }
    }

    @Test("shows a change made behind the agent's back within a poll interval")
    func behindTheBack() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let rack = try await Bench.rack()
            try await bench.start(AgentFile.strip(device: strip), AgentFile.rack(port: rack.port))
            let mark = bench.observer.mark
            strip.press(4)
            _ = rack.pdu.press(8)
            try await bench.waitForState("strip/4", "ON", from: mark)
            try await bench.waitForState("rack/8", "ON", from: mark)
            #expect(strip.record.switches.isEmpty && rack.record.entries.isEmpty)
            await rack.stop()
        }
    }

    @Test("that does not exist is refused, whatever stands for its number")
    func unknownOutlet() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let rack = try await Bench.rack()
            try await bench.start(AgentFile.strip(device: strip), AgentFile.rack(port: rack.port))
            for outlet in ["strip/5", "rack/9", "strip/0", "strip/01", "strip/one", "strip/-1", "rack/4294967297"] {
                let answer = try await bench.command(outlet, #"{"action":"ON","id":"x"}"#)
                #expect(answer.verdict == "rejected/unknown_outlet", "\(outlet)")
                #expect(answer.id == "x")
            }
            #expect(strip.record.switches.isEmpty && rack.record.entries.isEmpty)
            await rack.stop()
        }
    }
}
