import Foundation
import Power
import Testing

@testable import Agent

@Suite("The JSON Schemas of the payloads")
struct PayloadSchemaTests {
    private func schema(_ name: String) throws -> [String: Any] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: root.appendingPathComponent("docs/\(name).schema.json"))
        return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private func properties(_ schema: [String: Any]) throws -> [String: Any] {
        try #require(schema["properties"] as? [String: Any])
    }

    @Test("a command's has the keys that the agent takes")
    func command() throws {
        let keys = Set(try properties(try schema("command")).keys)
        #expect(keys == Set(CommandJSON.Key.allCases.map(\.rawValue)))
    }

    @Test("a result's has every key, status and state that the agent writes")
    func result() throws {
        let schema = try schema("result")
        let properties = try properties(schema)
        let bench = ScheduleBench()
        var outcome = Outcome.rejected(.lockedOut, "not yet", until: Date())
        outcome.state = .on
        outcome.plan = CommandPlan(steps: [], waiting: 0, obstacles: [], duration: 0)
        var command = Command(.on, id: "a", by: "b")
        (command.user, command.door) = ("c", .mqtt)
        let ticket = bench.ticket(1, command, 1)
        let result = CommandResult(
            ticket,
            outcome,
            startedAt: bench.moment,
            deviceTime: .zero,
            now: bench.now
        )
        let written = try JSONSerialization.jsonObject(with: JSONEncoder().encode(result)) as? [String: Any]
        #expect(Set(try #require(written).keys) == Set(properties.keys))
        let statuses = (properties["status"] as? [String: Any])?["enum"] as? [String]
        #expect(Set(try #require(statuses)) == Set(Outcome.Status.allCases.map(\.rawValue)))
        let states = (properties["state"] as? [String: Any])?["enum"] as? [String]
        #expect(Set(try #require(states)) == Set(PowerState.allCases.map(\.rawValue)))
        let required = try #require(schema["required"] as? [String])
        #expect(Set(required).isSubset(of: Set(properties.keys)))
    }

    @Test("a load's result's has every key, status and state that the agent writes, of each feed too")
    func loadResult() throws {
        let schema = try schema("load-result")
        let properties = try properties(schema)
        let problem = CommandResult.Problem(code: "a", message: "b", until: "c")
        let result = LoadResult(
            load: "server1",
            id: "a",
            action: .cycle,
            status: .done,
            state: .on,
            error: problem,
            by: "b",
            user: "c",
            door: .mqtt,
            receivedAt: Date(),
            finishedAt: Date(),
            queuedMilliseconds: 1,
            deviceMilliseconds: 1,
            feeds: [LoadResult.Feed(pdu: "left", outlet: 1, status: .done, state: .on, error: problem)],
            plan: CommandPlan(steps: [], waiting: 0, obstacles: [], duration: 0)
        )
        let written = try JSONSerialization.jsonObject(with: JSONEncoder().encode(result)) as? [String: Any]
        #expect(Set(try #require(written).keys) == Set(properties.keys))
        let states = (properties["state"] as? [String: Any])?["enum"] as? [String]
        #expect(Set(try #require(states)) == Set(LoadState.allCases.map(\.rawValue)))
        let feed = (written?["feeds"] as? [[String: Any]])?.first
        let items = (properties["feeds"] as? [String: Any])?["items"] as? [String: Any]
        #expect(Set(try #require(feed).keys) == Set(try self.properties(try #require(items)).keys))
    }

    @Test(
        "a group's result's has every key that the agent writes, for a group and for a PDU",
        arguments: ["group", "pdu"]
    )
    func groupResult(_ target: String) throws {
        var properties = Set(try properties(try schema("group-result")).keys)
        let outcome = Outcome.unknown(.stopping, "d")
        let load = LoadResult(outcome, load: "l", id: nil, command: nil, receivedAt: Date(), finishedAt: Date())
        let result = GroupResult(
            target: target == "pdu" ? .pdu("a") : .group("a"),
            id: "a",
            action: .on,
            status: .rejected,
            error: CommandResult.Problem(code: "a", message: "b"),
            by: "b",
            user: "c",
            door: .http,
            receivedAt: Date(),
            finishedAt: Date(),
            outlets: [],
            loads: [load]
        )
        let written = try JSONSerialization.jsonObject(with: JSONEncoder().encode(result)) as? [String: Any]
        properties.remove(target == "pdu" ? "group" : "pdu")
        #expect(Set(try #require(written).keys) == properties)
    }

    /// Values of every kind that a result may have, at random.
    private struct Values {
        private static let texts = [
            "a", "\"q\" \\ /", "tab\tnew\nline\u{0}\u{1F}\u{7F}", "Steckdose ä €", "",
            String(repeating: "x", count: 300),
        ]

        var random: RandomSource

        mutating func some<Value>(_ value: Value) -> Value? { Bool.random(using: &random) ? value : nil }
        mutating func text() -> String { Self.texts.randomElement(using: &random) ?? "" }
        mutating func someText() -> String? { Bool.random(using: &random) ? text() : nil }
        mutating func status() -> Outcome.Status { Outcome.Status.allCases.randomElement(using: &random) ?? .done }
        mutating func number() throws -> OutletNumber {
            try #require(OutletNumber(Int.random(in: 1...9999, using: &random)))
        }
        mutating func milliseconds() -> Double? {
            let values = [0, 0.00004, 12, 1e9, Double.random(in: 0...5_000, using: &random)]
            let value = values.randomElement(using: &random) ?? 0
            return some(value)
        }
        mutating func problem() -> CommandResult.Problem? {
            let problem = CommandResult.Problem(code: text(), message: text(), until: someText())
            return some(problem)
        }
    }

    private func expectSame(_ quick: [UInt8]?, as result: some Encodable) throws {
        let one = try JSONSerialization.jsonObject(with: Data(try #require(quick))) as? NSDictionary
        let other = try JSONSerialization.jsonObject(with: JSONEncoder().encode(result)) as? NSDictionary
        #expect(try #require(one) == (try #require(other)))
    }

    @Test("a result is published with what its general encoding has, for every field and any text", arguments: 0..<64)
    func quickResult(_ seed: Int) throws {
        var values = Values(random: RandomSource(seed: UInt64(seed)))
        let level: OutletLevel = Bool.random(using: &values.random) ? .all : .other(values.text())
        let number = OutletLevel.number(try values.number())
        let result = CommandResult(
            id: values.someText(),
            pdu: values.text(),
            outlet: values.some(level) ?? number,
            action: values.some(.cycle),
            status: values.status(),
            state: values.some(.on),
            error: values.problem(),
            by: values.someText(),
            user: values.someText(),
            door: values.some(.mqtt),
            receivedAt: Date(timeIntervalSince1970: 1_790_000_000.125),
            finishedAt: Date(timeIntervalSince1970: 1_790_000_000.75),
            queuedMilliseconds: values.milliseconds(),
            deviceMilliseconds: values.milliseconds()
        )
        try expectSame(result.json, as: result)
    }

    @Test("a load's result too", arguments: 0..<64)
    func quickLoadResult(_ seed: Int) throws {
        var values = Values(random: RandomSource(seed: UInt64(seed)))
        var feeds: [LoadResult.Feed] = []
        for _ in 0..<Int.random(in: 0...4, using: &values.random) {
            let outlet = try values.number().rawValue
            let (status, state) = (values.status(), values.some(PowerState.off))
            feeds.append(
                LoadResult.Feed(
                    pdu: values.text(),
                    outlet: outlet,
                    status: values.some(status),
                    state: state,
                    error: values.problem()
                )
            )
        }
        let result = LoadResult(
            load: values.text(),
            id: values.someText(),
            action: values.some(.toggle),
            status: values.status(),
            state: values.some(.mixed),
            error: values.problem(),
            by: values.someText(),
            user: values.someText(),
            door: values.some(.http),
            receivedAt: Date(timeIntervalSince1970: 1_790_000_000.125),
            finishedAt: Date(timeIntervalSince1970: 1_790_000_000.75),
            queuedMilliseconds: values.milliseconds(),
            deviceMilliseconds: values.milliseconds(),
            feeds: feeds
        )
        try expectSame(result.json, as: result)
        // Whoever reads results of other agents reads this one.
        let read = try JSONDecoder().decode(LoadResult.self, from: Data(try #require(result.json)))
        #expect(read.feeds == result.feeds)
    }
}
