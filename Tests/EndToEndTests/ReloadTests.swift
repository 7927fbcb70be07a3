import LocalServices
import PDUSimulator
import Power
import Testing

@Suite("When the configuration is read again", .timeLimit(.minutes(10)))
struct ReloadTests {
    @Test("a new label shows, an added PDU appears, a removed one disappears; nothing reconnects or switches")
    func changes() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            let old = try await Bench.strip()
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
            var file = AgentFile()
            file.pdus = [
                AgentFile.strip(device: strip, "outlets: { 1: { label: before } }"),
                AgentFile.strip("old", device: old),
            ]
            let agent = try await bench.start(file)
            let before = try await bench.retained(until: "lab/pdu/old/outlet/4/state")
            #expect(before["lab/pdu/strip/info"]?.contains("before") == true)

            let mark = bench.observer.mark
            file.pdus = [
                AgentFile.strip(device: strip, "outlets: { 1: { label: after } }"), AgentFile.rack(port: rack.port),
            ]
            file.groups = ["new: { outlets: [strip/2, rack/2], stagger: 0s }"]
            try bench.write(file)
            agent.reload()
            try await bench.observer.message(on: "lab/pdu/strip/info", from: mark) { $0.contains("after") }
            try await bench.waitForState("rack/2", "OFF", from: mark)
            try await bench.waitForAvailability("rack", "online", from: mark)
            try await agent.waitForLog("the new configuration is in force")
            let after = try await bench.retained(until: "lab/agent/bench-1/availability")
            #expect(after.keys.filter { $0.hasPrefix("lab/pdu/old/") } == [], "everything retained of it is cleared")
            #expect(strip.record.switches.isEmpty && old.record.switches.isEmpty && rack.record.entries.isEmpty)
            #expect(bench.observer.texts(on: "lab/agent/bench-1/availability", from: mark).isEmpty, "no reconnect")
            #expect(agent.lines(with: "MQTT: connected").count == 1)

            #expect(try await bench.command("rack/1", "ON").verdict == "done")
            #expect(try await bench.group("new", "OFF").verdict == "done")
            try await bench.observer.send("lab/pdu/old/outlet/1/set", "ON")
            _ = try await bench.command("strip/1", "ON")
            #expect(try bench.answers("old/1").isEmpty)
            #expect(old.record.switches.isEmpty)
            await rack.stop()
        }
    }

    @Test("how much is logged and how fast a circuit is switched on changes too")
    func logAndCircuits() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip, "circuit: fuse", "outlets: { 1: {}, 2: {}, 3: {} }")]
            file.lines = ["log: { level: error }", "circuits: { fuse: { max_switch_ons_per_second: 0.01 } }"]
            let mark = bench.observer.mark
            let agent = try await bench.launch(file, options: [])
            try await bench.waitForOnline(from: mark)
            #expect(try await bench.command("strip/1", "ON").verdict == "done")
            #expect(agent.log.isEmpty, "\(agent.log)")

            file.lines = ["log: { level: notice }", "circuits: { fuse: { max_switch_ons_per_second: 50 } }"]
            try bench.write(file)
            agent.reload()
            try await agent.waitForLog("the new configuration is in force")
            // With the old limit it would be 100 s, which is longer than this test may take with the next one.
            #expect(try await bench.command("strip/2", "ON").verdict == "done")
            #expect(try await bench.command("strip/3", "ON").verdict == "done")
            #expect(!agent.log.contains("at the next start"))
        }
    }

    @Test("a bad file leaves the old one in force and says what is wrong with it")
    func badFile() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            let agent = try await bench.start(file)
            var bad = file
            bad.lines = ["polll: { interval: 1s }"]
            bad.pdus = []
            try bench.write(bad)
            agent.reload()
            try await agent.waitForLog("polll")
            try await agent.waitForLog("the configuration stays as it was")
            #expect(try await bench.command("strip/1", "ON").verdict == "done")

            bench.directory.removeFile("bench-1.yaml")
            agent.reload()
            try await agent.waitForLog("there is no such file")
            #expect(try await bench.command("strip/1", "OFF").verdict == "done")

            file.pdus = [AgentFile.strip(device: strip, "label: mended")]
            try bench.write(file)
            let mark = bench.observer.mark
            agent.reload()
            try await bench.observer.message(on: "lab/pdu/strip/info", from: mark) { $0.contains("mended") }
        }
    }

    @Test("a PDU that moved to another address is spoken to there, and commands go on")
    func moved() async throws {
        try await Bench.run { bench in
            let here = try await Bench.strip()
            let there = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: here)]
            let agent = try await bench.start(file)
            let mark = bench.observer.mark
            file.pdus = [AgentFile.strip(device: there)]
            try bench.write(file)
            agent.reload()
            try await bench.waitForState("strip/1", "ON", from: mark)
            #expect(try await bench.command("strip/1", "OFF").verdict == "done")
            #expect(here.record.switches.isEmpty && there.record.switches == ["1=0"])
            #expect(here.sessionOwner == nil)
        }
    }

    @Test("an edited model file is taken over, and a new PDU takes commands while a removed one is busy")
    func editedModelFile() async throws {
        try await Bench.run { bench in
            func model(on: Int, off: Int) -> String {
                """
                id: ours
                vendor: Lab
                models: a rack of our own
                maturity: mib
                sources: [this test]
                outlets: configured
                control: { oid: 1.3.6.1.4.1.13742.6.4.1.2.1.2.1.(outlet), on: \(on), off: \(off) }
                state: { oid: 1.3.6.1.4.1.13742.6.4.1.2.1.3.1.(outlet), on: 7, off: 8 }
                """
            }
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
            let busy = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            let new = try await Bench.strip()
            try bench.directory.write(model(on: 0, off: 1), to: "ours.yaml")
            let entry = AgentFile.snmp(
                "rack",
                port: rack.port,
                ["model: ./ours.yaml", "version: 2c", "community: private", "outlets: { 1: {}, 2: {} }", "settle: 0s"]
            )
            var file = AgentFile()
            file.pdus = [entry, AgentFile.strip("busy", device: busy, "timeout: 2s")]
            let agent = try await bench.start(file)
            // The file is wrong: what it calls on is off.
            #expect(try await bench.command("rack/1", "ON").verdict == "failed/mismatch")
            var mark = bench.observer.mark
            try await bench.observer.send("lab/pdu/busy/outlet/1/set", #"{"action":"CYCLE","off_time":60,"id":"c"}"#)
            try await bench.waitForState("busy/1", "OFF", from: mark)

            mark = bench.observer.mark
            busy.faults.isDead = true
            try bench.directory.write(model(on: 1, off: 0), to: "ours.yaml")
            file.pdus = [entry, AgentFile.strip("new", device: new)]
            try bench.write(file)
            agent.reload()
            try await bench.waitForAvailability("new", "online", from: mark)
            #expect(try await bench.command("new/1", "ON").verdict == "done")
            try await agent.waitForLog("the new configuration is in force")
            let removed = try await bench.answer("busy/1", id: "c", from: mark)
            let first = try await bench.answer("new/1", from: mark)
            #expect(first.finishedAt < removed.finishedAt, "nobody waited for the PDU that was taken out")
            #expect(try await bench.command("rack/1", "ON").verdict == "done")
            await rack.stop()
        }
    }

    @Test("what is retained of a PDU that was taken out while the agent was down is cleared at its start")
    func removedWhileDown() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let gone = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip), AgentFile.strip("gone", device: gone)]
            let agent = try await bench.start(file)
            try await bench.waitForState("gone/4", "OFF")
            #expect(await agent.stop() == .exited(0))
            let mark = bench.observer.mark
            file.pdus = [AgentFile.strip(device: strip)]
            try await bench.start(file)
            for topic in ["availability", "info", "outlet/1/state", "outlet/4/state"] {
                try await bench.observer.message(on: "lab/pdu/gone/\(topic)", from: mark) { $0.isEmpty }
            }
            let left = try await bench.retained(until: "lab/pdu/strip/info")
            #expect(left.keys.filter { $0.hasPrefix("lab/pdu/gone/") }.isEmpty, "\(left.keys)")
        }
    }

    @Test("a label of a PDU that is offline shows at once")
    func labelWhileOffline() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            let dead = try await Bench.strip(SimulatedEnerGenieConfiguration(faults: Faults(isDead: true)))
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip), AgentFile.strip("dead", device: dead, "timeout: 300ms")]
            let agent = try await bench.start(file)
            try await bench.waitForAvailability("dead", "offline")
            let mark = bench.observer.mark
            file.pdus[1] += ", label: not forgotten"
            try bench.write(file)
            agent.reload()
            try await bench.observer.message(on: "lab/pdu/dead/info", from: mark) { $0.contains("not forgotten") }
            #expect(bench.observer.texts(on: "lab/pdu/dead/outlet/1/state") == [])
        }
    }

    @Test("an outlet that is listed no longer disappears with everything retained")
    func removedOutlet() async throws {
        try await Bench.run { bench in
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 3))
            var file = AgentFile()
            file.pdus = [AgentFile.rack(port: rack.port, "outlets: { 1: {}, 3: {} }")]
            let agent = try await bench.start(file)
            try await bench.waitForState("rack/3", "OFF")
            #expect(bench.observer.texts(on: "lab/pdu/rack/outlet/2/state") == [])
            let mark = bench.observer.mark
            file.pdus = [AgentFile.rack(port: rack.port, "outlets: { 1: {} }")]
            try bench.write(file)
            agent.reload()
            try await bench.waitForState("rack/3", "", from: mark)
            try await agent.waitForLog("the new configuration is in force")
            #expect(try await bench.command("rack/3", "ON").verdict == "rejected/unknown_outlet")
            let info = try await bench.observer.message(on: "lab/pdu/rack/info", from: mark)
            #expect(!info.text.contains(#""3""#))
            let retained = try await bench.retained(until: "lab/agent/bench-1/availability")
            #expect(retained.keys.filter { $0.hasPrefix("lab/pdu/rack/outlet/3/") } == [])
            await rack.stop()
        }
    }
}
