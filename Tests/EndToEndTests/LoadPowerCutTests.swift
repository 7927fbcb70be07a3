import Foundation
import LocalServices
import PDUSimulator
import Power
import TestSupport
import Testing

/// The power is cut at each flush of the disk, and between each two, while a load is switched.
@Suite("A load after a power cut", .timeLimit(.minutes(5)))
struct LoadPowerCutTests {
    /// A command of the run.
    private struct Step: Sendable {
        let id: String?
        let payload: String
        /// Whether it comes back, so that a start goes on with it.
        let comesBack: Bool
        var sentAt: Int64 = 0
        var answeredAt = Int64.max
        var answer: Answer?
    }

    private static let steps = [
        Step(id: "a", payload: #"{"action":"CYCLE","off_time":0.3,"id":"a"}"#, comesBack: true),
        Step(id: "b", payload: #"{"action":"OFF","id":"b"}"#, comesBack: false),
        Step(id: nil, payload: "ON", comesBack: false),
        Step(id: "c", payload: #"{"action":"OFF","for":0.4,"id":"c"}"#, comesBack: true),
        Step(id: "d", payload: #"{"action":"CYCLE","off_time":0.2,"delay":0.2,"id":"d"}"#, comesBack: true),
        Step(id: nil, payload: #"{"action":"CYCLE","off_time":0.2}"#, comesBack: true),
    ]

    @Test("every feed is on again, no ended command acts, and no id is answered in two ways")
    func everyFlush() async throws {
        try await Bench.run { bench in
            let strips = [try await strip(), try await strip()]
            let contents = bench.directory.path(of: "cuts")
            try FileManager.default.createDirectory(atPath: contents, withIntermediateDirectories: true)
            let file = Self.file("bench-1", strips)
            let disk = try DiskTrouble(bench, stateOf: file.id, cuts: contents)
            let agent = try await bench.start(file, environment: disk.environment)
            var steps = Self.steps
            for index in steps.indices {
                let mark = bench.observer.mark
                steps[index].sentAt = MonotonicTime.nanoseconds
                try await bench.observer.send("lab/load/server/set", steps[index].payload)
                let found = try await bench.observer.message(on: "lab/load/server/result", from: mark)
                steps[index].answeredAt = bench.observer.arrivals.elements[found.index]
                steps[index].answer = try Answer.read(found.text)
                #expect(steps[index].answer?.status == "done", "\(found.text)")
            }
            await agent.kill()
            let records = strips.map(\.record.entries)
            let cuts = try PowerCut.read(contents)
            #expect(cuts.count > 12, "the run was flushed \(cuts.count) times only")
            for cut in cuts { try await check(cut, steps, records, contents, bench) }
        }
    }

    private func strip() async throws -> SimulatedEnerGenie {
        try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
    }

    private static func file(_ id: String, _ strips: [SimulatedEnerGenie]) -> AgentFile {
        var file = AgentFile()
        file.id = id
        file.pdus = [AgentFile.strip("one", device: strips[0]), AgentFile.strip("two", device: strips[1])]
        file.loads = ["server: { feeds: [one/1, two/1] }"]
        return file
    }

    private func check(
        _ cut: PowerCut,
        _ steps: [Step],
        _ records: [[DeviceRecord.Entry]],
        _ contents: String,
        _ bench: Bench
    ) async throws {
        let strips = [try await strip(), try await strip()]
        let before = records.map { record in
            record.last { $0.outlet == 1 && $0.nanoseconds <= cut.time && $0.outcome == "done" }?.value == "0"
                ? PowerState.off : .on
        }
        for (strip, state) in zip(strips, before) where state == .off { _ = strip.press(1) }
        let base = "site/cut-\(cut.number)"
        var file = Self.file("cut-\(cut.number)", strips)
        file.mqtt = ["base_topic: \(base)"]
        let state = bench.directory.path(of: "state-\(file.id)")
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        try cut.restore(from: contents, to: state)
        let agent = try await bench.launch(file)
        try await bench.observer.message(on: "\(base)/agent/\(file.id)/availability") { $0 == "online" }

        // What comes behind everything that the start goes on with shows that it has ended.
        let topic = "\(base)/load/server"
        try await bench.observer.send("\(topic)/set", #"{"action":"ON","id":"barrier"}"#)
        try await bench.observer.message(on: "\(topic)/result") { (try? Answer.read($0))?.id == "barrier" }
        let open = steps.filter { $0.sentAt <= cut.time && $0.answeredAt > cut.time }
        let ended = steps.filter { $0.answeredAt <= cut.time }
        for (place, strip) in strips.enumerated() {
            // The last one is the barrier's.
            let switches = strip.record.switches.filter { $0.hasPrefix("1=") }.dropLast()
            let words =
                "cut \(cut.number), feed \(place): was \(before), told \(switches), open \(open.map(\.payload)), "
                + "answered \(ended.map(\.payload))"
            guard open.contains(where: \.comesBack) else {
                #expect(switches.isEmpty, "an answered command acted: \(words)")
                continue
            }
            let final = switches.last.map { $0 == "1=1" ? PowerState.on : .off } ?? before[place]
            #expect(final == .on, "left dark: \(words)")
        }
        for step in ended {
            guard let id = step.id, let answer = step.answer else { continue }
            let count = strips.map(\.record.switches.count)
            let mark = bench.observer.mark
            try await bench.observer.send("\(topic)/set", step.payload)
            let found = try await bench.observer.message(on: "\(topic)/result", from: mark) {
                (try? Answer.read($0))?.id == id
            }
            let again = try Answer.read(found.text)
            #expect(again.verdict == answer.verdict && again.state == answer.state, "cut \(cut.number): \(again)")
            #expect(strips.map(\.record.switches.count) == count, "cut \(cut.number): '\(id)' acted when it came again")
        }
        await agent.kill()
        for strip in strips { await strip.stop() }
    }
}
