import Foundation
import LocalServices
import MQTTClient
import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("Nobody waits for what has nothing to do with it", .timeLimit(.minutes(10)))
struct AbsenceTests {
    @Test("an old word on the agent's own sync topic does not make a command fresh that waited behind it")
    func oldSync() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.mqtt = ["session: persistent"]
            file.pdus = [AgentFile.strip(device: strip)]
            let agent = try await bench.start(file)
            let words = bench.observer.texts(on: "lab/agent/bench-1/sync")
            #expect(await agent.stop() == .exited(0))

            let mark = bench.observer.mark
            for word in words + ["", "sync"] { try await bench.observer.send("lab/agent/bench-1/sync", word) }
            try await bench.observer.send("lab/pdu/strip/outlet/1/set", #"{"action":"ON","id":"late"}"#)
            try await bench.start(file)
            let answer = try await bench.answer("strip/1", id: "late", from: mark)
            #expect(answer.status == "rejected", "\(answer)")
            #expect(try await bench.command("strip/2", #"{"action":"ON","id":"now"}"#).verdict == "done")
            #expect(strip.record.switches == ["2=1"])
        }
    }

    @Test("a group whose first members are on a disabled PDU holds up no command for another PDU")
    func disabledMembers() async throws {
        try await Bench.run { bench in
            let off = try await Bench.strip()
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip("off", device: off, "enabled: false"), AgentFile.strip(device: strip)]
            file.groups = [
                "long: { outlets: [off/1, off/2, off/3, off/4, strip/3, strip/4], stagger: 60s }",
                "g: { outlets: [off/1, off/2, off/3, off/4, strip/1], stagger: 60s }",
            ]
            try await bench.start(file)
            let mark = bench.observer.mark
            try await bench.observer.send("lab/group/long/set", #"{"action":"ON","id":"long"}"#)
            #expect(try await bench.command("strip/2", #"{"action":"ON","id":"other"}"#).verdict == "done")
            #expect(bench.observer.texts(on: "lab/group/long/result", from: mark).isEmpty, "it has a pause to go")
            // A member that is not there takes no turn.
            try await bench.observer.send("lab/group/g/set", #"{"action":"ON","id":"g"}"#)
            let answer = try Answer.read(try await bench.observer.message(on: "lab/group/g/result", from: mark).text)
            #expect(answer.outlets?.map(\.status) == Array(repeating: "rejected", count: 4) + ["done"], "\(answer)")
            #expect(off.record.switches.isEmpty)
        }
    }

    @Test("a button that is pressed during a delay is in busbar log, and not as the agent's own doing")
    func buttonDuringADelay() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            let agent = try await bench.start(file)
            let mark = bench.observer.mark
            let command = #"{"action":"ON","delay":3,"id":"delayed"}"#
            try await bench.observer.send("lab/pdu/strip/outlet/1/set", command)
            // What is answered after it shows that the delay has begun.
            #expect(try await bench.command("strip/2", #"{"action":"ON","id":"other"}"#).verdict == "done")
            strip.press(1)
            try await bench.waitForState("strip/1", "ON", from: mark)
            #expect(try bench.answers("strip/1", from: mark).isEmpty, "the delay is over already")
            #expect(try await bench.answer("strip/1", id: "delayed", from: mark).verdict == "done")
            #expect(await agent.stop() == .exited(0))
            let child = try await ChildProcess.start(
                try TestProgram.path,
                ["log", "--state-directory", bench.directory.path(of: "state-bench-1"), "strip/1", "--json"],
                outputLimit: 1 << 20
            )
            try #require(await child.waitForExit() == .exited(0), "\(child.standardError)")
            let changes = child.standardOutput.split(separator: "\n").filter { $0.contains(#""kind":"change""#) }
            #expect(changes.filter { $0.contains(#""after":"ON""#) }.count == 1, "\(child.standardOutput)")
        }
    }

    @Test("a reload that adds a PDU takes commands for it while a removed one still finishes its cycle")
    func newWhileOldDrains() async throws {
        try await Bench.run { bench in
            let old = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            let new = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip("old", device: old, "timeout: 2s")]
            let agent = try await bench.start(file)
            let mark = bench.observer.mark
            try await bench.observer.send("lab/pdu/old/outlet/1/set", #"{"action":"CYCLE","off_time":60,"id":"c"}"#)
            try await bench.waitForState("old/1", "OFF", from: mark)
            // It cannot be brought back, so the removed PDU drains for as long as the agent gives it.
            old.faults.isDead = true
            try await bench.waitForAvailability("old", "offline", from: mark)
            file.pdus = [AgentFile.strip("new", device: new)]
            try bench.write(file)
            agent.reload()
            try await bench.waitForAvailability("new", "online", from: mark)
            #expect(try await bench.command("new/1", #"{"action":"ON","id":"n"}"#).verdict == "done")
            #expect(try bench.answers("old/1", from: mark).isEmpty, "the old one is still draining")
            let answer = try await bench.answer("old/1", id: "c", from: mark)
            #expect(answer.verdict == "failed/unknown_pdu", "\(answer)")
            #expect(new.record.switches == ["1=1"])
        }
    }
}
