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

    @Test("a result is published with what its general encoding has, for every field and any text", arguments: 0..<64)
    func quickResult(_ seed: Int) throws {
        var random = RandomSource(seed: UInt64(seed))
        let texts = [
            "a", "\"q\" \\ /", "tab\tnew\nline\u{0}\u{1F}\u{7F}", "Steckdose ä €", "",
            String(repeating: "x", count: 300),
        ]
        func some<Value>(_ value: Value) -> Value? { Bool.random(using: &random) ? value : nil }
        func text() -> String { texts.randomElement(using: &random) ?? "" }
        let level: OutletLevel = Bool.random(using: &random) ? .all : .other(text())
        let number = try #require(OutletNumber(Int.random(in: 1...9999, using: &random)))
        let result = CommandResult(
            id: some(text()),
            pdu: text(),
            outlet: some(level) ?? .number(number),
            action: some(.cycle),
            status: Outcome.Status.allCases.randomElement(using: &random) ?? .done,
            state: some(.on),
            error: some(CommandResult.Problem(code: text(), message: text(), until: some(text()))),
            by: some(text()),
            user: some(text()),
            door: some(.mqtt),
            receivedAt: Date(timeIntervalSince1970: 1_790_000_000.125),
            finishedAt: Date(timeIntervalSince1970: 1_790_000_000.75),
            queuedMilliseconds: some(Double.random(in: 0...5_000, using: &random)),
            deviceMilliseconds: some([0, 0.00004, 12, 1e9].randomElement(using: &random) ?? 0)
        )
        let quick = try #require(result.json)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let one = try JSONSerialization.jsonObject(with: Data(quick)) as? NSDictionary
        let other = try JSONSerialization.jsonObject(with: encoder.encode(result)) as? NSDictionary
        #expect(try #require(one) == (try #require(other)))
    }
}
