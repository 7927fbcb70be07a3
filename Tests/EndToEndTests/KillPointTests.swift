import Foundation
import GRDB
import LocalServices
import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("Killed at any moment", .timeLimit(.minutes(10)))
struct KillPointTests {
    /// What is waited for before the kill; then so many milliseconds pass.
    enum Event: Sendable {
        /// The broker has the command.
        case sent
        /// The device was told to switch off.
        case deviceOff
        /// The agent has read the outlet back as off.
        case stateOff
        /// The device was told to switch on.
        case deviceOn
        /// The agent has read the outlet back as on.
        case stateOn
        /// The broker has the result.
        case result
    }

    private static let points: [(Event, milliseconds: Int)] = [
        (.sent, 0), (.sent, 1), (.sent, 2), (.sent, 4), (.sent, 7), (.sent, 11), (.sent, 16), (.sent, 22),
        (.deviceOff, 0), (.deviceOff, 1), (.deviceOff, 3), (.deviceOff, 6), (.deviceOff, 10),
        (.stateOff, 0), (.stateOff, 2), (.stateOff, 5), (.stateOff, 40), (.stateOff, 120), (.stateOff, 200),
        (.stateOff, 240), (.deviceOn, 0), (.deviceOn, 1), (.deviceOn, 3), (.deviceOn, 6), (.deviceOn, 10),
        (.stateOn, 0), (.stateOn, 1), (.result, 0), (.result, 1), (.result, 4),
    ]

    @Test("a cycle is finished once: the outlet is on again, and a result with its id is told")
    func cycle() async throws {
        try await Bench.run { bench in
            let faults = Faults(latency: .milliseconds(4))
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on, faults: faults))
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            var agent = try await bench.start(file)
            var begun = 0
            for (number, point) in Self.points.enumerated() {
                let mark = bench.observer.mark
                let switchesBefore = strip.record.switches.count
                let id = "cycle-\(number)"
                let command = #"{"action":"CYCLE","off_time":0.3,"id":"\#(id)"}"#
                try await bench.observer.send("lab/pdu/strip/outlet/1/set", command)
                try await wait(for: point.0, bench, strip, mark, switchesBefore)
                if point.milliseconds > 0 { try await Task.sleep(for: .milliseconds(point.milliseconds)) }
                await agent.kill()
                agent = try await bench.start(file)

                let switches = strip.record.switches.dropFirst(switchesBefore)
                let hasBegun = switches.contains("1=0")
                if hasBegun {
                    begun += 1
                    // A killed agent leaves results that the observer has, or they come after the start.
                    let answer = try await bench.answer("strip/1", id: id, from: mark)
                    #expect(answer.status == "done" || answer.error?.code == "agent_died", "\(point): \(answer)")
                    #expect(answer.state == "ON", "\(point)")
                } else {
                    // Killed before the device was told: nothing is left to do, or the journal has it done safely.
                    try await bench.waitForState("strip/1", "ON", from: mark)
                }
                // A command to the same outlet waits for everything before it.
                let after = bench.observer.mark
                try await bench.observer.send("lab/pdu/strip/outlet/1/set", #"{"action":"ON","id":"after-\#(number)"}"#)
                let next = try await bench.answer("strip/1", id: "after-\(number)", from: after)
                #expect(next.status == "done", "\(point): \(next)")
                let all = strip.record.switches.dropFirst(switchesBefore)
                #expect(all.filter { $0 == "1=0" }.count <= 1, "\(point): switched off more than once")
                #expect(strip.states[0] == .on, "\(point)")
                let results = try bench.answers("strip/1", from: mark).filter { $0.id == id }
                #expect(results.count <= 2 && Set(results.map(\.verdict)).count <= 1, "\(point): \(results)")
            }
            #expect(begun >= 20, "only \(begun) cycles had begun")
        }
    }

    @Test("a plain command with an id that was in flight is answered as unknown, and not executed again")
    func plainCommand() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            let agent = try await bench.start(file)
            strip.faults.latency = .seconds(5)
            let mark = bench.observer.mark
            for number in 1...3 {
                let command = #"{"action":"ON","id":"in-flight-\#(number)"}"#
                try await bench.observer.send("lab/pdu/strip/outlet/2/set", command)
            }
            // The broker hands messages over in order, so the agent has the commands when it answers this one.
            try await bench.observer.send("lab/pdu/strip/outlet/3/set", #"{"action":"nonsense"}"#)
            #expect(try await bench.answer("strip/3", from: mark).verdict == "rejected/bad_payload")
            try await waitForJournal("notes", of: file, toHold: "in-flight-3", as: "accepted", bench)
            await agent.kill()
            strip.faults.latency = .zero
            try await bench.start(file)
            for number in 1...3 {
                let answer = try await bench.answer("strip/2", id: "in-flight-\(number)", from: mark)
                #expect(answer.verdict == "unknown/agent_died")
            }
            let again = bench.observer.mark
            try await bench.observer.send("lab/pdu/strip/outlet/2/set", #"{"action":"ON","id":"in-flight-2"}"#)
            #expect(try await bench.answer("strip/2", id: "in-flight-2", from: again).verdict == "unknown/agent_died")
            #expect(!strip.record.switches.contains("2=1"))
        }
    }

    @Test("on for a while goes off after the restart, and a delayed command acts then")
    func holdAndDelay() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            var file = AgentFile()
            file.pdus = [AgentFile.strip(device: strip)]
            let agent = try await bench.start(file)
            let mark = bench.observer.mark
            try await bench.observer.send("lab/pdu/strip/outlet/1/set", #"{"action":"ON","for":1,"id":"for"}"#)
            try await bench.waitForState("strip/1", "ON", from: mark)
            try await bench.observer.send("lab/pdu/strip/outlet/2/set", #"{"action":"ON","delay":1,"id":"late"}"#)
            try await bench.observer.send("lab/pdu/strip/outlet/3/set", "nonsense")
            _ = try await bench.answer("strip/3", from: mark)
            try await waitForJournal("journal", of: file, toHold: "for", as: "held", bench)
            try await waitForJournal("journal", of: file, toHold: "late", as: "delayed", bench)
            await agent.kill()
            try await bench.start(file)
            let hold = try await bench.answer("strip/1", id: "for", from: mark)
            #expect(hold.verdict == "done" && hold.state == "OFF")
            let delayed = try await bench.answer("strip/2", id: "late", from: mark)
            #expect(delayed.verdict == "done" && delayed.state == "ON")
            #expect(strip.states == [.off, .on, .off, .off])
        }
    }

    private func wait(
        for event: Event,
        _ bench: Bench,
        _ strip: SimulatedEnerGenie,
        _ mark: Int,
        _ switches: Int
    ) async throws {
        switch event {
        case .sent: return
        case .deviceOff: await waitForSwitches(switches + 1, strip)
        case .stateOff: try await bench.waitForState("strip/1", "OFF", from: mark)
        case .deviceOn: await waitForSwitches(switches + 2, strip)
        case .stateOn:
            let off = try await bench.waitForState("strip/1", "OFF", from: mark)
            try await bench.waitForState("strip/1", "ON", from: off)
        case .result: _ = try await bench.answer("strip/1", from: mark)
        }
    }

    /// Waits until a file of an agent's journal has a command that has come so far.
    private func waitForJournal(
        _ name: String,
        of file: AgentFile,
        toHold id: String,
        as stage: String,
        _ bench: Bench
    ) async throws {
        var configuration = Configuration()
        configuration.readonly = true
        let path = bench.directory.path(of: "state-\(file.id)/\(name).sqlite")
        let database = try DatabaseQueue(path: path, configuration: configuration)
        try await waitUntil {
            try await database.read { database in
                try String.fetchAll(database, sql: "SELECT CAST(entry AS TEXT) FROM work").contains {
                    $0.contains(#""id":"\#(id)""#) && $0.contains(#""stage":"\#(stage)""#)
                }
            }
        }
    }

    private func waitForSwitches(_ count: Int, _ strip: SimulatedEnerGenie) async {
        while strip.record.switches.count < count, !Task.isCancelled {
            await strip.record.wait(forTotal: strip.record.total + 1)
        }
    }
}
