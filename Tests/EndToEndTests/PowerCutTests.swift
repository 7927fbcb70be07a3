import Foundation
import LocalServices
import PDUSimulator
import Power
import TestSupport
import Testing

/// The power is cut at each flush of the disk, and between each two: the state directory is put back as a disk would have
/// it, the outlets are as they were, and the agent is started again.
@Suite("After a power cut", .timeLimit(.minutes(10)))
struct PowerCutTests {
    /// A command of the run, for one outlet.
    private struct Step: Sendable {
        let outlet: Int
        let id: String?
        let payload: String
        let action: Action
        /// The state that it leaves when it is carried out to its end; nothing for a toggle.
        let final: PowerState?
        /// Whether a start goes on with it.
        let isWork: Bool
        /// Whether it was given to a group.
        var isOfGroup = false
        var sentAt: Int64 = 0
        var answeredAt = Int64.max
        var answer: Answer?
    }

    @Test("no ended command acts, no id is answered in two ways, and every outlet is where its last command says")
    func everyFlush() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
            let (steps, cuts, contents) = try await record(bench, strip)
            let record = strip.record.entries
            #expect(cuts.count > 20, "the run was flushed \(cuts.count) times only")
            await withTaskGroup(of: Void.self) { group in
                var left = cuts[...]
                for _ in 0..<3 { next() }
                while await group.next() != nil { next() }
                func next() {
                    guard let cut = left.popFirst() else { return }
                    group.addTask {
                        do {
                            try await check(cut, steps, record, contents, bench)
                        } catch {
                            Issue.record("cut \(cut.number): \(error)")
                        }
                    }
                }
            }
        }
    }

    // MARK: - The run

    private func record(
        _ bench: Bench,
        _ strip: SimulatedEnerGenie
    ) async throws -> (steps: [Step], cuts: [PowerCut], contents: String) {
        var file = AgentFile()
        file.pdus = [AgentFile.strip(device: strip)]
        file.groups = ["pair: { outlets: [strip/3, strip/4], stagger: 50ms }"]
        let contents = bench.directory.path(of: "cuts")
        try FileManager.default.createDirectory(atPath: contents, withIntermediateDirectories: true)
        let disk = try DiskTrouble(bench, stateOf: file.id, cuts: contents)
        let agent = try await bench.start(file, environment: disk.environment)
        let steps = try await withThrowingTaskGroup(of: [Step].self) { group in
            group.addTask { try await carryOut([cycle(1, "a"), off(1, "b"), on(1, nil)], bench) }
            group.addTask { try await carryOut([onForAWhile(2, "d"), on(2, "e"), off(2, nil)], bench) }
            group.addTask { try await carryOut([delayedOff(3, "f"), toggle(3, "g")], bench) }
            group.addTask { try await carryOut([off(4, "i"), on(4, nil)], bench) }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        // A plain command and a cycle at once, and a group at the same time.
        var together = [on(1, "k"), cycle(1, "c"), groupCycle(3, "h"), groupCycle(4, "h"), cycle(2, "m"), off(2, "n")]
        for index in together.indices where !(together[index].isOfGroup && together[index].outlet == 4) {
            together[index].sentAt = MonotonicTime.nanoseconds
            let step = together[index]
            let topic = step.isOfGroup ? "lab/group/pair/set" : "lab/pdu/strip/outlet/\(step.outlet)/set"
            try await bench.observer.send(topic, step.payload)
            if step.isOfGroup { together[index + 1].sentAt = together[index].sentAt }
        }
        for index in together.indices { try await awaitAnswer(&together[index], bench, from: 0) }
        await agent.kill()
        return (steps + together, try PowerCut.read(contents), contents)
    }

    private func carryOut(_ steps: [Step], _ bench: Bench) async throws -> [Step] {
        var steps = steps
        for index in steps.indices {
            let mark = bench.observer.mark
            steps[index].sentAt = MonotonicTime.nanoseconds
            try await bench.observer.send("lab/pdu/strip/outlet/\(steps[index].outlet)/set", steps[index].payload)
            try await awaitAnswer(&steps[index], bench, from: mark)
        }
        return steps
    }

    private func awaitAnswer(_ step: inout Step, _ bench: Bench, from mark: Int) async throws {
        let topic = "lab/pdu/strip/outlet/\(step.outlet)/result"
        let id = step.id
        let found = try await bench.observer.message(on: topic, from: mark) { (try? Answer.read($0))?.id == id }
        step.answeredAt = bench.observer.arrivals.elements[found.index]
        step.answer = try Answer.read(found.text)
    }

    private func cycle(_ outlet: Int, _ id: String) -> Step {
        Step(
            outlet: outlet,
            id: id,
            payload: #"{"action":"CYCLE","off_time":0.3,"id":"\#(id)"}"#,
            action: .cycle,
            final: .on,
            isWork: true
        )
    }

    private func groupCycle(_ outlet: Int, _ id: String) -> Step {
        var step = cycle(outlet, id)
        step.isOfGroup = true
        return step
    }

    private func on(_ outlet: Int, _ id: String?) -> Step { plain(outlet, .on, id) }

    private func off(_ outlet: Int, _ id: String?) -> Step { plain(outlet, .off, id) }

    private func plain(_ outlet: Int, _ state: PowerState, _ id: String?) -> Step {
        let payload = id.map { #"{"action":"\#(state)","id":"\#($0)"}"# } ?? "\(state)"
        let action: Action = state == .on ? .on : .off
        return Step(outlet: outlet, id: id, payload: payload, action: action, final: state, isWork: false)
    }

    private func toggle(_ outlet: Int, _ id: String) -> Step {
        let payload = #"{"action":"TOGGLE","id":"\#(id)"}"#
        return Step(outlet: outlet, id: id, payload: payload, action: .toggle, final: nil, isWork: false)
    }

    private func onForAWhile(_ outlet: Int, _ id: String) -> Step {
        let payload = #"{"action":"ON","for":0.4,"id":"\#(id)"}"#
        return Step(outlet: outlet, id: id, payload: payload, action: .on, final: .off, isWork: true)
    }

    private func delayedOff(_ outlet: Int, _ id: String) -> Step {
        let payload = #"{"action":"OFF","delay":0.4,"id":"\#(id)"}"#
        return Step(outlet: outlet, id: id, payload: payload, action: .off, final: .off, isWork: true)
    }

    // MARK: - After the cut

    private func check(
        _ cut: PowerCut,
        _ steps: [Step],
        _ record: [DeviceRecord.Entry],
        _ contents: String,
        _ bench: Bench
    ) async throws {
        let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
        let before = (1...4).map { outlet in
            record.last { $0.outlet == outlet && $0.nanoseconds <= cut.time && $0.outcome == "done" }?.value == "0"
                ? PowerState.off : .on
        }
        for (place, state) in before.enumerated() where state == .off { _ = strip.press(place + 1) }

        let base = "site/cut-\(cut.number)"
        var file = AgentFile()
        file.id = "cut-\(cut.number)"
        file.mqtt = ["base_topic: \(base)"]
        file.pdus = [AgentFile.strip(device: strip)]
        let state = bench.directory.path(of: "state-\(file.id)")
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        try cut.restore(from: contents, to: state)
        let agent = try await bench.launch(file)
        try await bench.observer.message(on: "\(base)/agent/\(file.id)/availability") { $0 == "online" }

        // What comes behind everything that the start goes on with shows that it has ended.
        for outlet in 1...4 {
            try await bench.observer.send("\(base)/pdu/strip/outlet/\(outlet)/set", #"{"action":"ON","id":"barrier"}"#)
        }
        for outlet in 1...4 {
            try await bench.observer.message(on: "\(base)/pdu/strip/outlet/\(outlet)/result") {
                (try? Answer.read($0))?.id == "barrier"
            }
        }
        var told: [Int: [String]] = [:]
        for entry in strip.record.entries {
            if let outlet = entry.outlet { told[outlet, default: []].append(entry.value) }
        }
        for outlet in 1...4 {
            // The last one is the barrier's.
            let switches = Array((told[outlet] ?? []).dropLast())
            judge(cut, outlet, steps.filter { $0.outlet == outlet }, before[outlet - 1], switches, record)
        }
        try await checkAnswers(cut, steps, base, bench)
        let count = told.values.joined().count
        #expect(strip.record.switches.count == count, "cut \(cut.number): an answered command acted when it came again")
        await agent.kill()
        await strip.stop()
    }

    /// Holds what the outlet was told after the start against the commands that had been answered, and had not.
    private func judge(
        _ cut: PowerCut,
        _ outlet: Int,
        _ steps: [Step],
        _ before: PowerState,
        _ switches: [String],
        _ record: [DeviceRecord.Entry]
    ) {
        let open = steps.filter { $0.sentAt <= cut.time && $0.answeredAt > cut.time }
        let ended = steps.filter { $0.answeredAt <= cut.time }
        let words =
            "cut \(cut.number), outlet \(outlet): \(switches), open \(open.map { $0.id ?? "-" }), "
            + "answered \(ended.map { $0.id ?? "-" })"
        guard open.contains(where: \.isWork) else {
            #expect(switches.isEmpty, "an answered command acted: \(words)")
            return
        }
        let final = switches.last.map { $0 == "1" ? PowerState.on : .off } ?? before
        // What has a way back and has taken its first step is finished.
        let begun = open.first { step in
            guard step.isWork, let last = step.final, step.action != .off else { return false }
            let first = last == .on ? "0" : "1"
            return record.contains {
                $0.outlet == outlet && $0.nanoseconds > step.sentAt && $0.nanoseconds <= cut.time && $0.value == first
                    && before == last.opposite
            }
        }
        if let begun, open.count == 1 { #expect(final == begun.final, "\(words)") }
        if open.contains(where: { $0.action == .cycle }), before == .on {
            #expect(final == .on || open.contains { $0.final == .off }, "left dark: \(words)")
        }
    }

    /// Every id that was answered is answered again in the same way.
    private func checkAnswers(_ cut: PowerCut, _ steps: [Step], _ base: String, _ bench: Bench) async throws {
        for step in steps where step.answeredAt <= cut.time {
            guard let id = step.id, let answer = step.answer else { continue }
            let topic = "\(base)/pdu/strip/outlet/\(step.outlet)"
            let mark = bench.observer.mark
            try await bench.observer.send("\(topic)/set", step.payload)
            try await bench.observer.message(on: "\(topic)/result", from: mark) { (try? Answer.read($0))?.id == id }
            let all = try bench.observer.texts(on: "\(topic)/result").map(Answer.read).filter { $0.id == id }
            for other in all {
                #expect(
                    other.verdict == answer.verdict && other.state == answer.state,
                    "cut \(cut.number): '\(id)' was answered \(answer.verdict) and then \(other)"
                )
            }
        }
    }
}
