import Foundation
import Power
import Testing

@testable import Agent

/// Each kind of work is done once without a fault, which counts its steps. Then each of those steps goes wrong once, in each
/// way, in a run of its own.
@Suite("Every step of a command that fails or happens twice")
struct StepFaultTests {
    struct Work: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var command: Command
        /// What the outlet is before, and what it is after a command that is done.
        var before: PowerState
        var after: PowerState
        /// Whether it ends so whatever goes wrong, once it has begun.
        var isUndone = false
    }

    private static let outlet = ScheduleBench.number(8)

    private static func work(_ name: String, _ action: Action, from before: PowerState, change: (inout Command) -> Void)
        -> Work
    {
        var command = Command(action)
        change(&command)
        let target = action == .cycle ? .on : action.plainState ?? before.opposite
        let isUndone = command.holdTime != nil || action == .cycle
        let after = command.holdTime == nil ? target : target.opposite
        return Work(testDescription: name, command: command, before: before, after: after, isUndone: isUndone)
    }

    private static let works: [Work] = [
        work("ON", .on, from: .off) { _ in },
        work("OFF with an id", .off, from: .on) { $0.id = "one" },
        work("TOGGLE", .toggle, from: .on) { $0.id = "one" },
        work("ON after a delay", .on, from: .off) { $0.delay = .seconds(2) },
        work("OFF for a while", .off, from: .on) { $0.holdTime = .seconds(3) },
        work("ON for a while, after a delay, with an id", .on, from: .off) {
            ($0.id, $0.delay, $0.holdTime) = ("one", .seconds(2), .seconds(3))
        },
        work("CYCLE", .cycle, from: .on) { $0.offTime = .seconds(2) },
        work("CYCLE with an id, after a delay", .cycle, from: .on) {
            ($0.id, $0.delay, $0.offTime) = ("one", .seconds(2), .seconds(2))
        },
        work("CYCLE of an outlet that is off", .cycle, from: .off) { $0.offTime = .seconds(2) },
    ]

    @Test("ends once and truly, switches nothing afterwards, and leaves nothing half done", arguments: works)
    func once(work: Work) throws {
        let clean = run(work, nil)
        let steps = clean.steps
        #expect(clean.fleet.answers.map(\.outcome.status) == [.done] && clean.state == work.after)
        #expect(steps >= 2, "a switch and its read-back at least")
        for step in 1...steps {
            for kind in ModelFleet.StepFault.Kind.allCases {
                let fault = ModelFleet.StepFault(kind: kind, step: step)
                judge(run(work, fault), work, "\(work.testDescription): \(fault) of \(steps)")
            }
        }
    }

    private func run(_ work: Work, _ fault: ModelFleet.StepFault?) -> (
        fleet: ModelFleet, steps: Int, state: PowerState?
    ) {
        var fleet = ModelFleet(pdus: 1, outlets: 8, seed: 1)
        fleet.lanes[0].device.trouble = 0
        fleet.diskTrouble = 0
        fleet.lanes[0].device.states[Self.outlet] = work.before
        fleet.run(until: fleet.moment + .seconds(4))
        fleet.set(fault)
        fleet.send(work.command, to: 0, Self.outlet)
        var steps = 0
        for _ in 0..<1200 {
            fleet.run(until: fleet.moment + .milliseconds(100))
            if steps == 0, !fleet.answers.isEmpty { steps = fleet.steps }
        }
        return (fleet, steps, fleet.lanes[0].device.states[Self.outlet])
    }

    private func judge(_ run: (fleet: ModelFleet, steps: Int, state: PowerState?), _ work: Work, _ place: Comment) {
        let record = run.fleet.lanes[0].device.record
        #expect(record.allSatisfy { $0.outlet == Self.outlet }, place)
        guard let answer = run.fleet.answers.first, run.fleet.answers.count == 1 else {
            Issue.record("\(place): \(run.fleet.answers.count) answers")
            return
        }
        #expect(record.allSatisfy { $0.at <= answer.at }, "\(place): it switched after its result")
        switch answer.outcome.status {
        case .done: #expect(run.state == work.after, place)
        case .rejected, .expired, .superseded:
            #expect(record.isEmpty, place)
            #expect(run.state == work.before, place)
        default:
            // What has begun is undone whatever its outcome is, and what has not begun leaves the outlet alone.
            if work.isUndone { #expect(run.state == work.after || record.isEmpty, place) }
        }
        // Nothing that the network or the power does to one step makes a cycle happen twice.
        var state = work.before
        var changes = 0
        for entry in record where entry.wasExecuted && entry.state != state {
            state = entry.state
            changes += 1
        }
        #expect(changes <= (work.isUndone ? 2 : 1), place)
        guard let kind = run.fleet.fault?.kind else { return }
        switch kind {
        case .happensTwice: #expect(answer.outcome.status == .done, "\(place): \(answer.outcome)")
        case .losesAnswer, .fails:
            // A lost datagram is sent again; only a journal that cannot be written refuses.
            let isFine = answer.outcome.status == .done || answer.outcome.code == .journalFailed
            #expect(isFine, "\(place): \(answer.outcome)")
        case .isRefused, .powerFailsBefore, .powerFailsAfter: break
        }
    }
}
