import Foundation
import Power
import TestSupport
import Testing

@testable import Agent

/// Random commands for loads, for the outlets that feed them and for their PDUs, with devices that lose, refuse and do
/// not do what they say. Every command leaves on what it was for, so nothing may be dark in the end. The devices' own
/// records are the judge.
@Suite("Loads and their outlets commanded at random", .timeLimit(.minutes(10)))
struct RandomLoadsTests {
    private static let targets = [
        "load/server", "load/server", "load/board", "load/half", "load/half", "pdu/a/outlet/4", "pdu/b/outlet/4",
        "pdu/a/outlet/1", "pdu/b/outlet/3", "pdu/dead/outlet/1", "group/together", "pdu/b/outlet/all",
    ]
    private static let loads = ["server", "board", "half"]

    @Test("a cycle that is done had every feed off at once for its off time, and nothing is dark in the end")
    func judged() async throws {
        var done = 0
        var seed: UInt64 = 0
        // How many a seed brings depends on the machine: commands come in real time, and those of a slow device are
        // overtaken.
        while seed < 6 || done <= 12 {
            seed += 1
            done += try await run(seed)
        }
    }

    /// - Returns: how many cycles of loads were done.
    private func run(_ seed: UInt64) async throws -> Int {
        let directory = ScratchDirectory()
        let published = Recorder<Publication>()
        var random = RandomSource(seed: seed)
        let count = 120
        let agent = await ModelAgent(directory: directory.path, published: published, trouble: 0.06, seed: seed)
        for driver in agent.drivers { driver.isDead = false }
        // The same moment on both clocks, to find a result's time in the devices' records.
        let begun = Now(agent.timekeeper)
        try await agent.run {
            for number in 0..<count {
                await agent.router.route(Self.delivery(number, using: &random))
                if random.unit() < 0.6 {
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0...25, using: &random)))
                }
                if random.unit() < (agent.drivers[2].isDead ? 0.4 : 0.05) { agent.drivers[2].isDead.toggle() }
            }
            for driver in agent.drivers { driver.heal() }
            for number in 0..<count { try await published.first { $0.topic == "reply/\(number)" } }
            try await waitUntil {
                agent.journal.load().map { $0.entries.isEmpty && $0.groups.isEmpty && $0.loads.isEmpty } ?? false
            }
        }

        var done = 0
        let results = published.elements.filter { $0.topic.hasPrefix("lab/load/") && $0.topic.hasSuffix("/result") }
        for publication in results {
            let result = try JSONDecoder().decode(LoadResult.self, from: Data(publication.payload))
            guard result.action == .cycle, result.status == .done else { continue }
            done += 1
            // What is published has milliseconds.
            let from = begun.moment(of: result.receivedAt.addingTimeInterval(-0.001))
            let until = begun.moment(of: result.finishedAt.addingTimeInterval(0.001))
            let feeds = try #require(ModelAgent.loads[result.load]).feeds
            #expect(
                Self.longestDarkness(of: feeds, agent, from, until) >= .milliseconds(5),
                "\(result.load) was never off on every feed: \(result)"
            )
        }
        for load in Self.loads {
            for feed in ModelAgent.loads[load]?.feeds ?? [] {
                let driver = Self.driver(of: feed, agent)
                let wasOn = driver.record.contains { $0.outlet == feed.outlet && $0.state == .on && $0.wasExecuted }
                #expect(!wasOn || driver.states[feed.outlet] == .on, "\(feed) is dark in the end")
            }
        }
        return done
    }

    private static func driver(of feed: OutletID, _ agent: ModelAgent) -> ModelDriver {
        agent.drivers[ModelAgent.pdus.firstIndex(of: feed.pdu.rawValue) ?? 0]
    }

    /// For how long at most every feed was off at once, as the devices had it.
    private static func longestDarkness(
        of feeds: [OutletID],
        _ agent: ModelAgent,
        _ from: Moment,
        _ until: Moment
    ) -> Duration {
        var isOn: [OutletID: Bool] = [:]
        var darkSince: Moment?
        var longest = Duration.zero
        let changes = feeds.flatMap { feed in
            driver(of: feed, agent).record.filter { $0.outlet == feed.outlet && $0.wasExecuted }
                .map { (at: $0.at, feed: feed, isOn: $0.state == .on) }
        }
        for feed in feeds { isOn[feed] = false }
        for change in changes.sorted(by: { $0.at < $1.at }) {
            isOn[change.feed] = change.isOn
            let isDark = !isOn.values.contains(true)
            if isDark {
                darkSince = darkSince ?? change.at
            } else if let since = darkSince {
                longest = max(longest, min(change.at, until) - max(since, from))
                darkSince = nil
            }
        }
        return longest
    }

    private static func delivery(_ number: Int, using random: inout RandomSource) -> Delivery {
        let action = random.unit() < 0.6 ? "CYCLE" : "ON"
        var members = [#""action":"\#(action)""#, #""force":true"#]
        if random.unit() < 0.4 { members.append(#""id":"id-\#(number)""#) }
        if random.unit() < 0.1 { members.append(#""delay":0.00\#(Int.random(in: 1...9, using: &random))"#) }
        return Delivery(
            topic: "lab/\(targets.randomElement(using: &random) ?? "")/set",
            payload: Array("{\(members.joined(separator: ","))}".utf8),
            isRetained: false,
            responseTopic: "reply/\(number)",
            correlationData: [UInt8(number)]
        )
    }
}
