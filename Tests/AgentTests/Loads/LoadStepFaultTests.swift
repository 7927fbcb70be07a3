import Foundation
import Power
import TestSupport
import Testing

@testable import Agent

/// Each kind of a load's or a group's work is done once without a fault, which counts the requests to each device. Then each
/// of those requests goes wrong once, in each way, in a run of its own. The devices' own records are the judge.
@Suite("Every request of a command for several outlets that goes wrong", .timeLimit(.minutes(10)))
struct LoadStepFaultTests {
    struct Work: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var target: String
        var payload: String
        var before: PowerState
        /// What its outlets are in the end when it is done.
        var after: PowerState
        /// Whether they end so whatever goes wrong, because the command has a way back.
        var isUndone: Bool

        init(
            _ name: String,
            _ target: String,
            _ payload: String,
            from before: PowerState,
            to after: PowerState,
            undone: Bool = false
        ) {
            testDescription = name
            self.target = target
            self.payload = payload
            self.before = before
            self.after = after
            isUndone = undone
        }
    }

    private static let works: [Work] = [
        Work("a load's ON", "load/server", #""action":"ON""#, from: .off, to: .on),
        Work("a load's OFF with an id", "load/server", #""action":"OFF","id":"one""#, from: .on, to: .off),
        Work("a load's TOGGLE", "load/server", #""action":"TOGGLE","id":"one""#, from: .on, to: .off),
        Work("a load's ON after a delay", "load/server", #""action":"ON","delay":0.005"#, from: .off, to: .on),
        Work("a load's OFF for a while", "load/server", #""action":"OFF","for":0.1"#, from: .on, to: .on, undone: true),
        Work("a load's CYCLE", "load/server", #""action":"CYCLE","id":"one""#, from: .on, to: .on, undone: true),
        Work("a load's CYCLE from off", "load/server", #""action":"CYCLE""#, from: .off, to: .on, undone: true),
        Work("a group's OFF", "group/together", #""action":"OFF","id":"one""#, from: .on, to: .off),
        Work("a group's CYCLE", "group/together", #""action":"CYCLE","id":"one""#, from: .on, to: .on, undone: true),
    ]

    @Test("ends once and truly, with nothing half done and nothing afterwards", arguments: works)
    func once(work: Work) async throws {
        let clean = try await run(work, nil)
        #expect(clean.status == .done && clean.isAfter, "\(clean)")
        for place in 0..<2 {
            #expect(clean.requests[place] >= 2, "a switch and its read-back at least")
            for request in 1...max(1, clean.requests[place]) {
                for kind in ModelDriver.Fault.Kind.allCases {
                    let fault = ModelDriver.Fault(kind: kind, request: request)
                    let outcome = try await run(work, (place, fault))
                    judge(outcome, work, fault, "\(fault) to device \(ModelAgent.pdus[place])")
                }
            }
        }
    }

    private struct Outcome {
        var status: Agent.Outcome.Status
        var requests: [Int]
        var answers: Int
        /// Whether every outlet is as it is to be when the work is done.
        var isAfter: Bool
        /// What was switched, by device and outlet, in the order of time.
        var changes: [(outlet: OutletID, state: PowerState, at: Moment)]
        var switchesAfterAnswer: Int
    }

    private func outlets(of work: Work) -> [OutletID] {
        let name = String(work.target.split(separator: "/")[1])
        return ModelAgent.loads[name]?.feeds ?? ModelAgent.groups[name]?.outlets ?? []
    }

    private func run(_ work: Work, _ fault: (place: Int, fault: ModelDriver.Fault)?) async throws -> Outcome {
        let directory = ScratchDirectory()
        let published = Recorder<Publication>()
        let outlets = outlets(of: work)
        let agent = await ModelAgent(directory: directory.path, published: published, trouble: 0, seed: 1) { rules in
            // Only the command's own requests are counted, and a slow machine is no fault.
            rules.pollInterval = .seconds(3600)
            rules.limit = .seconds(60)
        }
        for outlet in outlets { driver(of: outlet, agent).put([outlet.outlet: work.before]) }
        var status: Agent.Outcome.Status?
        var atAnswer = 0
        try await agent.run {
            for outlet in outlets {
                try await published.first { $0.topic == "lab/pdu/\(outlet.pdu)/outlet/\(outlet.outlet)/state" }
            }
            for (place, driver) in agent.drivers.enumerated() {
                driver.count(with: fault.flatMap { $0.place == place ? $0.fault : nil })
            }
            await agent.router.route(
                Delivery(
                    topic: "lab/\(work.target)/set",
                    payload: Array("{\(work.payload)}".utf8),
                    isRetained: false,
                    responseTopic: "reply",
                    correlationData: nil
                )
            )
            let answer = try await published.first { $0.topic == "reply" }.element
            atAnswer = agent.drivers.reduce(0) { $0 + $1.record.count }
            let json = try JSONSerialization.jsonObject(with: Data(answer.payload)) as? [String: Any]
            status = (json?["status"] as? String).flatMap(Agent.Outcome.Status.init(rawValue:))
        }
        let changes = agent.drivers.enumerated().flatMap { place, driver in
            driver.record.filter(\.wasExecuted).map { entry in
                (
                    outlet: OutletID(pdu: agent.lanes[place].pdu, outlet: entry.outlet),
                    state: entry.state,
                    at: entry.at
                )
            }
        }
        return Outcome(
            status: try #require(status),
            requests: agent.drivers.map(\.requests),
            answers: published.elements.count { $0.topic == "reply" },
            isAfter: outlets.allSatisfy { driver(of: $0, agent).states[$0.outlet] == work.after },
            changes: changes.sorted { $0.at < $1.at },
            switchesAfterAnswer: agent.drivers.reduce(0) { $0 + $1.record.count } - atAnswer
        )
    }

    private func driver(of outlet: OutletID, _ agent: ModelAgent) -> ModelDriver {
        agent.drivers[ModelAgent.pdus.firstIndex(of: outlet.pdu.rawValue) ?? 0]
    }

    private func judge(_ outcome: Outcome, _ work: Work, _ fault: ModelDriver.Fault, _ place: Comment) {
        #expect(outcome.answers == 1 && outcome.switchesAfterAnswer == 0, place)
        #expect(Set(outcome.changes.map(\.outlet)).isSubset(of: outlets(of: work)), place)
        if outcome.status == .done || work.isUndone { #expect(outcome.isAfter, "\(place): \(outcome)") }
        switch fault.kind {
        // A lost request is sent again, and a slow answer is waited for.
        case .isLost, .losesAnswer, .isSlow: #expect(outcome.status == .done, "\(place): \(outcome)")
        case .isRefused, .sticks: break
        }
        guard outcome.status == .done, work.target.hasPrefix("load/"), work.isUndone else { return }
        // The load had no power on any feed before one came back, and for as long as it was to be.
        let off = outcome.changes.filter { $0.state == .off }.map(\.at)
        let on = outcome.changes.filter { $0.state == .on }.map(\.at)
        if work.before == .on {
            guard let lastOff = off.max(), let firstOn = on.min() else {
                Issue.record("\(place): done, and not switched: \(outcome)")
                return
            }
            #expect(firstOn - lastOff >= .milliseconds(5), "\(place): \(outcome)")
        }
    }
}
