import LocalServices
import PDUSimulator
import Power
import Testing

@Suite("When the broker goes", .timeLimit(.minutes(10)))
struct BrokerOutageTests {
    @Test("and comes back empty, everything retained is there again and commands work")
    func restartedEmpty() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 3))
            try await bench.start(AgentFile.strip(device: strip), AgentFile.rack(port: rack.port))
            try await bench.observer.message(on: "lab/pdu/rack/telemetry")
            let online = "lab/agent/bench-1/availability"
            let before = try await bench.retained(until: online)

            let mark = bench.observer.mark
            await bench.broker.kill()
            try await bench.broker.start()
            try await bench.observer.waitForConnection(2)
            try await bench.waitForOnline(from: mark)
            #expect(try await bench.command("strip/1", "OFF").verdict == "done")
            #expect(try await bench.command("rack/2", "ON").verdict == "done")

            let after = try await bench.retained(until: online)
            #expect(Set(before.keys).subtracting(after.keys).isEmpty)
            for outlet in 1...4 {
                #expect(after["lab/pdu/strip/outlet/\(outlet)/state"] == (outlet == 1 ? "OFF" : "ON"))
            }
            for outlet in 1...3 {
                #expect(after["lab/pdu/rack/outlet/\(outlet)/state"] == (outlet == 2 ? "ON" : "OFF"))
            }
            #expect(after[online] == "online" && after["lab/pdu/rack/availability"] == "online")
            #expect(strip.record.switches == ["1=0"] && rack.record.switches == ["2=1"])
            await rack.stop()
        }
    }

    @Test("and an outlet changes meanwhile, the newest state is there afterwards, and only that one is said to be")
    func changeMeanwhile() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let agent = try await bench.start(AgentFile.strip(device: strip))
            let mark = bench.observer.mark
            await bench.broker.kill()
            try await agent.waitForLog("nobody listens")
            strip.press(2)
            strip.press(3)
            // Two polls later the agent has seen the change for sure.
            let total = strip.record.total
            await strip.record.wait(forTotal: total + 10)
            try await bench.broker.start()
            try await bench.waitForOnline(from: mark)
            for outlet in [1, 4] { try await bench.waitForState("strip/\(outlet)", "OFF", from: mark) }
            for outlet in [2, 3] { try await bench.waitForState("strip/\(outlet)", "ON", from: mark) }
            let retained = try await bench.retained(until: "lab/agent/bench-1/availability")
            #expect((1...4).map { retained["lab/pdu/strip/outlet/\($0)/state"] } == ["OFF", "ON", "ON", "OFF"])
            #expect(!bench.observer.texts(on: "lab/pdu/strip/outlet/2/state", from: mark).contains("OFF"))
            #expect(strip.record.switches.isEmpty)
        }
    }

    @Test("while a cycle runs, the outlet goes on again in time and the result comes when the broker is back")
    func duringACycle() async throws {
        // The broker keeps the observer's session, so that it misses nothing.
        try await Bench.run(MosquittoConfiguration(isPersistent: true)) { bench in
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(initialState: .on))
            try await bench.start(AgentFile.rack(port: rack.port))
            let mark = bench.observer.mark
            let command = #"{"action":"CYCLE","off_time":1,"id":"c"}"#
            try await bench.observer.send("lab/pdu/rack/outlet/1/set", command)
            try await bench.waitForState("rack/1", "OFF", from: mark)
            await bench.broker.stop()
            await rack.record.wait(forTotal: 2)
            #expect(rack.record.switches == ["1=0", "1=1"])
            try await bench.broker.start()
            #expect(try await bench.answer("rack/1", id: "c", from: mark).verdict == "done")
            try await bench.waitForState("rack/1", "ON", from: mark)
            await rack.stop()
        }
    }

    @Test("silent without closing anything, the agent notices, and is back when the broker is")
    func hangs() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.mqtt = ["keepalive: 5s"]
            file.pdus = [AgentFile.strip(device: strip)]
            let agent = try await bench.start(file)
            let mark = bench.observer.mark
            await bench.broker.freeze()
            try await agent.waitForLog("WARNING MQTT")
            strip.press(2)
            await strip.record.wait(forTotal: strip.record.total + 10)
            await bench.broker.thaw()
            try await bench.waitForState("strip/2", "ON", from: mark)
            try await bench.waitForOnline(from: mark)
            #expect(try await bench.command("strip/1", "ON").verdict == "done")
            #expect(strip.record.switches == ["1=1"])
        }
    }

    @Test("says so once and not again and again, and the agent is there as soon as the broker is")
    func unreachable() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            await bench.broker.kill()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            let agent = try await bench.launch(file)
            try await agent.waitForLog("127.0.0.1:\(bench.broker.port)")
            // The back-off begins with a second: by the time of the fifth poll there has been more than one try.
            await strip.record.wait(forTotal: 25)
            #expect(agent.lines(with: "127.0.0.1:\(bench.broker.port)").count == 1, "\(agent.log)")
            let mark = bench.observer.mark
            try await bench.broker.start()
            try await bench.waitForOnline(from: mark)
            #expect(try await bench.command("strip/1", "ON").verdict == "done")
        }
    }

    @Test("refuses the password, the log says so once and what to do")
    func wrongPassword() async throws {
        let configuration = MosquittoConfiguration(users: ["busbar": "right", "observer": "o"])
        try await Bench.run(configuration, user: ("observer", "o")) { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.mqtt = ["username: busbar", "password: wrong-secret"]
            file.pdus = [AgentFile.strip(device: strip)]
            let agent = try await bench.launch(file)
            try await agent.waitForLog("password")
            await strip.record.wait(forTotal: 25)
            #expect(agent.lines(with: "MQTT").count == 1, "\(agent.log)")
            #expect(!agent.log.contains("wrong-secret"))
            #expect(await agent.stop() == .exited(0), "and stops as it should")

            file.mqtt = ["username: busbar", "password: right"]
            try await bench.start(file)
            #expect(try await bench.command("strip/1", "ON").verdict == "done")
        }
    }
}

@Suite("What an earlier run has left at the broker", .timeLimit(.minutes(10)))
struct EarlierRunTests {
    @Test("says no PDU is online that this run has not read when the agent says that it is", arguments: [false, true])
    func staleOnline(isSlow: Bool) async throws {
        try await Bench.run { bench in
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
            let availability = "lab/pdu/rack/availability"
            let agent = try await bench.start(AgentFile.rack(port: rack.port))
            try await bench.observer.message(on: availability) { $0 == "online" }
            await agent.kill()
            let left = try await bench.retained(until: availability)
            #expect(left[availability] == "online")

            // A device that fails soon, and one whose time for an answer is longer than the agent waits for its devices.
            rack.setFaults(Faults(isDead: true))
            let mark = bench.observer.mark
            try await bench.start(
                AgentFile.rack(port: rack.port, isSlow ? "timeout: 40s" : "timeout: 200ms, retries: 0")
            )
            let online = try await bench.observer.message(on: "lab/agent/bench-1/availability", from: mark) {
                $0 == "online"
            }
            let offline = try await bench.observer.message(on: availability, from: mark) { $0 == "offline" }
            #expect(offline.index < online.index)
            #expect(bench.observer.texts(on: "lab/pdu/rack/outlet/1/state", from: mark) == [], "nobody has read it")
            rack.setFaults(Faults())
            if !isSlow { try await bench.observer.message(on: availability, from: offline.index) { $0 == "online" } }
            await rack.stop()
        }
    }
}
