import Foundation
import LocalServices
import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("A load whose agent is killed at any moment", .timeLimit(.minutes(10)))
struct LoadCrashTests {
    /// What is waited for before the kill; then so many milliseconds pass.
    enum Event: Sendable {
        /// The broker has the command.
        case sent
        /// One of the devices was told to switch off, or both were.
        case oneOff, bothOff
        /// The agent has read both feeds back as off.
        case stateOff
        /// One of the devices was told to switch on, or both were.
        case oneOn, bothOn
        /// The broker has the result.
        case result
    }

    private static let points: [(Event, milliseconds: Int)] = [
        (.sent, 0), (.sent, 2), (.sent, 5), (.sent, 9), (.sent, 14), (.sent, 20), (.oneOff, 0), (.oneOff, 2),
        (.oneOff, 5),
        (.bothOff, 0), (.bothOff, 3), (.bothOff, 8), (.stateOff, 0), (.stateOff, 3), (.stateOff, 40), (.stateOff, 150),
        (.stateOff, 195), (.oneOn, 0), (.oneOn, 2), (.oneOn, 5), (.bothOn, 0), (.bothOn, 3), (.bothOn, 8), (.result, 0),
        (.result, 3),
    ]

    @Test("a cycle is finished once: every feed is on again, and one result with its id is told")
    func cycle() async throws {
        try await Bench.run { bench in
            var bed = try await LoadBed()
            bed.strip.faults.latency = .milliseconds(4)
            bed.rack.setFaults(Faults(latency: .milliseconds(9)))
            bed.file.pdus = [AgentFile.strip(device: bed.strip), AgentFile.rack(port: bed.rack.port)]
            var agent = try await bench.start(bed.file)
            var begun = 0
            for (number, point) in Self.points.enumerated() {
                let mark = bench.observer.mark
                let before = bed.words.count
                let id = "cycle-\(number)"
                let command = #"{"action":"CYCLE","off_time":0.2,"id":"\#(id)"}"#
                try await bench.observer.send("lab/load/server/set", command)
                try await wait(for: point.0, bench, bed, mark, before)
                if point.milliseconds > 0 { try await Task.sleep(for: .milliseconds(point.milliseconds)) }
                await agent.kill()
                agent = try await bench.start(bed.file)

                let hasBegun = bed.words.count > before
                if hasBegun {
                    begun += 1
                    let answer = try await bench.loadAnswer("server", id: id, from: mark)
                    #expect(answer.status == "done" || answer.error?.code == "agent_died", "\(point): \(answer)")
                    #expect(answer.state == "ON", "\(point): \(answer)")
                }
                // A command for the same load waits for everything before it.
                let after = bench.observer.mark
                let on = #"{"action":"ON","limit":60,"id":"after-\#(number)"}"#
                try await bench.observer.send("lab/load/server/set", on)
                let next = try await bench.loadAnswer("server", id: "after-\(number)", from: after)
                #expect(next.verdict == "done", "\(point): \(next)")
                #expect(bed.states == [.on, .on], "\(point)")
                // A device that did not answer in time was told again.
                let words = Array(bed.words.dropFirst(before)).withoutRepetitions
                for word in ["s0", "r0"] {
                    #expect(words.filter { $0 == word }.count <= 1, "\(point): switched off more than once: \(words)")
                }
                let results = try bench.observer.texts(on: "lab/load/server/result", from: mark).map(Answer.read)
                    .filter { $0.id == id }
                #expect(results.count <= 2 && Set(results.map(\.verdict)).count <= 1, "\(point): \(results)")
                // The same id again is answered with the first outcome, and nothing is switched.
                guard hasBegun else { continue }
                let count = bed.words.count
                let again = bench.observer.mark
                try await bench.observer.send("lab/load/server/set", command)
                let repeated = try await bench.loadAnswer("server", id: id, from: again)
                #expect(repeated.verdict == results.first?.verdict && bed.words.count == count, "\(point)")
            }
            #expect(begun >= 15, "only \(begun) cycles had begun")
            await bed.rack.stop()
        }
    }

    @Test("off for a while comes back after the restart, also when one device is away then, and the result says it")
    func awayAtTheStart() async throws {
        try await Bench.run { bench in
            let bed = try await LoadBed(isImpatient: true)
            let agent = try await bench.start(bed.file)
            try await bench.observer.message(on: "lab/load/server/state") { $0 == "ON" }
            let mark = bench.observer.mark
            try await bench.observer.send("lab/load/server/set", #"{"action":"OFF","for":1,"id":"for"}"#)
            try await bench.observer.message(on: "lab/load/server/state", from: mark) { $0 == "OFF" }
            await agent.kill()
            bed.rack.setFaults(Faults(isDead: true))
            try await bench.launch(bed.file)
            try await bench.waitForState("strip/1", "ON", from: mark)
            #expect(bed.states == [.on, .off])
            #expect(bench.observer.texts(on: "lab/load/server/result", from: mark).isEmpty)
            bed.rack.setFaults(Faults())
            let answer = try await bench.loadAnswer("server", id: "for", from: mark)
            #expect(answer.status == "done" || answer.error?.code == "agent_died", "\(answer)")
            #expect(answer.state == "ON" && bed.states == [.on, .on])
            await bed.rack.stop()
        }
    }

    @Test("a stopped agent leaves a long cycle to its next start, which finishes it under the same id")
    func stopped() async throws {
        try await Bench.run { bench in
            let bed = try await LoadBed()
            let agent = try await bench.start(bed.file)
            try await bench.observer.message(on: "lab/load/server/state") { $0 == "ON" }
            let mark = bench.observer.mark
            try await bench.observer.send("lab/load/server/set", #"{"action":"CYCLE","off_time":8,"id":"long"}"#)
            try await bench.observer.message(on: "lab/load/server/state", from: mark) { $0 == "OFF" }
            #expect(await agent.stop() == .exited(0))
            #expect(agent.log.contains("load/server"), "what stays in the journal is told")
            #expect(bed.states == [.off, .off])
            #expect(bench.observer.texts(on: "lab/load/server/result", from: mark).isEmpty)
            try await bench.start(bed.file)
            let answer = try await bench.loadAnswer("server", id: "long", from: mark)
            #expect(answer.verdict == "done" && answer.state == "ON")
            #expect(bed.states == [.on, .on])
            await bed.rack.stop()
        }
    }

    private func wait(for event: Event, _ bench: Bench, _ bed: LoadBed, _ mark: Int, _ before: Int) async throws {
        switch event {
        case .sent: return
        case .oneOff: try await waitUntil { bed.words.count > before }
        case .bothOff: try await waitUntil { bed.words.count > before + 1 }
        case .stateOff:
            try await bench.observer.message(on: "lab/load/server/state", from: mark) { $0 == "OFF" }
        case .oneOn: try await waitUntil { bed.words.count > before + 2 }
        case .bothOn: try await waitUntil { bed.words.count > before + 3 }
        case .result: _ = try await bench.loadAnswer("server", from: mark)
        }
    }
}
