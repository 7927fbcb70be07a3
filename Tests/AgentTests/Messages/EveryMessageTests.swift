import Foundation
import Power
import TestSupport
import Testing

@testable import Agent

/// Random commands for outlets, PDUs and groups, with devices that fail, one of which is away.
@Suite("Every message", .timeLimit(.minutes(10)))
struct EveryMessageTests {
    private static let targets = [
        "pdu/a/outlet/1", "pdu/a/outlet/2", "pdu/b/outlet/1", "pdu/b/outlet/4", "pdu/dead/outlet/1", "pdu/a/outlet/9",
        "pdu/a/outlet/x", "pdu/a/outlet/all", "pdu/b/outlet/all", "pdu/dead/outlet/all", "group/together",
        "group/staggered", "group/stopping", "group/careful", "group/none", "load/server", "load/server", "load/board",
        "load/half", "load/guarded", "load/none",
    ]

    @Test("is answered once where its sender wants it, whatever fails, and across a stop", arguments: 1...6)
    func once(seed: UInt64) async throws {
        let directory = ScratchDirectory()
        let published = Recorder<Publication>()
        var random = RandomSource(seed: seed)
        let count = 150
        // In the middle of everything, or when everything has ended.
        let isStoppedEarly = seed.isMultiple(of: 2)
        let agent = await ModelAgent(
            directory: directory.path,
            published: published,
            trouble: 0.15,
            seed: seed
        )
        try await agent.run {
            for number in 0..<count {
                await agent.router.route(Self.delivery(number, using: &random))
                if random.unit() < 0.2 {
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0...8, using: &random)))
                }
                if number % 40 == 39 { await Self.renewOne(of: agent, seed) }
            }
            for driver in agent.drivers where !isStoppedEarly { driver.heal() }
            if !isStoppedEarly { try await Self.waitForAnswers(count, published) }
        }
        let next = await ModelAgent(
            directory: directory.path,
            published: published,
            trouble: 0,
            seed: seed
        )
        try await next.run {
            try await Self.waitForAnswers(count, published)
            // What has no sender of its own, as the outlets of a group, is finished too.
            try await waitUntil {
                next.journal.load().map { $0.entries.isEmpty && $0.groups.isEmpty && $0.loads.isEmpty } ?? false
            }
        }

        for driver in agent.drivers + next.drivers {
            #expect(driver.mostAtOnce <= 1, "one device was asked two things at once")
        }
        for number in 0..<count {
            let answers = published.elements.filter { $0.topic == "reply/\(number)" }
            #expect(answers.count == 1, "\(number): \(answers.map { String(decoding: $0.payload, as: UTF8.self) })")
            #expect(answers.allSatisfy { $0.correlationData == [UInt8(number)] })
        }
        let groups = published.elements.filter { $0.topic.hasPrefix("lab/group/") }
        #expect(groups.count > 20)
        for publication in groups { try Self.check(publication) }
        let loads = published.elements.filter { $0.topic.hasPrefix("lab/load/") && $0.topic.hasSuffix("/result") }
        #expect(loads.count > 20)
        for publication in loads { try Self.check(load: publication) }
    }

    @Test("whose answer the broker never took is answered by the next start, in the same words, and by no other")
    func unheard() async throws {
        let directory = ScratchDirectory()
        let lost = Recorder<Publication>()
        let count = 40
        let agent = await ModelAgent(directory: directory.path, published: lost, trouble: 0, seed: 1, isHeard: false)
        try await agent.run {
            for number in 0..<count { await agent.router.route(Self.named(number)) }
            try await Self.waitForAnswers(count, lost)
        }
        let told = Recorder<Publication>()
        let next = await ModelAgent(directory: directory.path, published: told, trouble: 0, seed: 1)
        try await next.run { try await Self.waitForAnswers(count, told) }
        let last = Recorder<Publication>()
        let third = await ModelAgent(directory: directory.path, published: last, trouble: 0, seed: 1)
        try await third.run {
            // What is answered after everything that a start tells shows that it told nothing else.
            await third.router.route(Self.named(count))
            try await last.first { $0.topic == "reply/\(count)" }
        }
        for number in 0..<count {
            let first = lost.elements.filter { $0.topic == "reply/\(number)" }
            #expect(first.count == 1)
            #expect(told.elements.filter { $0.topic == "reply/\(number)" } == first, "\(number)")
        }
        #expect(last.elements.filter { $0.topic.hasPrefix("reply/") }.map(\.topic) == ["reply/\(count)"])
        #expect(next.drivers.allSatisfy { $0.record.isEmpty }, "nothing is done twice")
        #expect(third.drivers.flatMap(\.record).allSatisfy { $0.outlet == ScheduleBench.number(1) })
    }

    /// A command with an id of its own, for an outlet, a group or a load, of each action.
    private static func named(_ number: Int) -> Delivery {
        let targets = ["pdu/a/outlet/1", "pdu/b/outlet/3", "group/together", "load/guarded", "pdu/b/outlet/all"]
        let actions = ["ON", "OFF", "CYCLE", "TOGGLE"]
        return Delivery(
            topic: "lab/\(targets[number % targets.count])/set",
            payload: Array(#"{"action":"\#(actions[number % actions.count])","id":"\#(number)","force":true}"#.utf8),
            responseTopic: "reply/\(number)",
            correlationData: [UInt8(number)]
        )
    }

    /// A load that is said to be done is what it says, and so is every feed.
    private static func check(load publication: Publication) throws {
        let result = try JSONDecoder().decode(LoadResult.self, from: Data(publication.payload))
        guard result.status == .done, !result.feeds.isEmpty else { return }
        #expect(result.feeds.allSatisfy { $0.status == .done && $0.error == nil })
        let wanted: LoadState? =
            switch result.action {
            case .on, .cycle: .on
            case .off: .off
            case .toggle, nil: result.state
            }
        // One with a way back is what it came back to, which the result does not say.
        #expect(result.state != .mixed && (result.action != .cycle || result.state == wanted), "\(result)")
    }

    /// A group's answer has one result for each of its outlets, in order, and is as bad as the worst.
    private static func check(_ publication: Publication) throws {
        let whole = try #require(JSONSerialization.jsonObject(with: Data(publication.payload)) as? [String: Any])
        let name = try #require(whole["group"] as? String)
        let outlets = try #require(whole["outlets"] as? [[String: Any]])
        guard whole["error"] == nil else {
            #expect(outlets.isEmpty)
            return
        }
        let wanted = try #require(ModelAgent.groups[name]).outlets.map(\.description)
        let order = whole["action"] as? String == "OFF" ? wanted.reversed() : wanted
        #expect(outlets.map { "\($0["pdu"] ?? "")/\($0["outlet"] ?? "")" } == order)
        let statuses = outlets.compactMap { ($0["status"] as? String).flatMap(Outcome.Status.init(rawValue:)) }
        #expect(statuses.count == wanted.count)
        #expect(whole["status"] as? String == GroupResult.worst(of: statuses).rawValue)
    }

    private static func waitForAnswers(_ count: Int, _ published: Recorder<Publication>) async throws {
        for number in 0..<count { try await published.first { $0.topic == "reply/\(number)" } }
    }

    private static func renewOne(of agent: ModelAgent, _ seed: UInt64) async {
        let place = Int(seed % 2)
        let driver = agent.drivers[place]
        let blueprint = LaneBlueprint(rules: ModelAgent.rules(ModelAgent.pdus[place], driver.traits)) { driver }
        await agent.lanes[place].renew(blueprint, until: agent.timekeeper.now + .milliseconds(10))
    }

    private static func delivery(_ number: Int, using random: inout RandomSource) -> Delivery {
        let actions = ["ON", "ON", "OFF", "OFF", "TOGGLE", "CYCLE", "CYCLE", "EXPLODE"]
        let action = actions.randomElement(using: &random) ?? "ON"
        var members = [#""action":"\#(action)""#]
        if random.unit() < 0.5 {
            // Some ids come again while the first command runs, some when it has ended.
            members.append(#""id":"\#(random.unit() < 0.3 ? "same-\(number % 5)" : "id-\(number)")""#)
        }
        if random.unit() < 0.15 { members.append(#""delay":0.0\#(Int.random(in: 1...9, using: &random))"#) }
        if random.unit() < 0.1, action == "ON" || action == "OFF" { members.append(#""for":0.1"#) }
        if random.unit() < 0.5 { members.append(#""force":true"#) }
        if random.unit() < 0.05 { members.append(#""dry_run":true"#) }
        if random.unit() < 0.15 {
            let deadline = Date().addingTimeInterval(Double.random(in: -0.01...0.05, using: &random))
            members.append(#""deadline":"\#(RFC3339.text(deadline))""#)
        }
        return Delivery(
            topic: "lab/\(targets.randomElement(using: &random) ?? "")/set",
            payload: Array("{\(members.joined(separator: ","))}".utf8),
            isRetained: random.unit() < 0.03,
            responseTopic: "reply/\(number)",
            correlationData: [UInt8(number)]
        )
    }
}
