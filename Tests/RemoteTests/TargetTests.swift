import Power
import Testing

@testable import Remote

@Suite("Targets as people write them", .timeLimit(.minutes(10)))
struct TargetTests {
    /// bench (labels DUT A, lab/router; 4 outlets), rack1 to rack4 (8 outlets), and one that was never read.
    private static let fleet: Fleet = {
        var fleet = Fleet()
        func take(_ topic: String, _ text: String) {
            fleet.take(topic.split(separator: "/"), Array(text.utf8))
        }
        take(
            "pdu/bench/info",
            #"{"driver":"energenie","outlets":{"1":{"label":"DUT A"},"2":{"label":"lab/router","protected":true},"#
                + #""3":{"label":"DUT B"},"4":{}}}"#
        )
        for rack in 1...4 {
            let outlets = (1...8).map { #""\#($0)":{"label":"twin"}"# }.joined(separator: ",")
            take("pdu/rack\(rack)/info", "{\"outlets\":{\(outlets)}}")
        }
        take("pdu/dark/availability", "offline")
        return fleet
    }()

    private func resolve(_ targets: String...) throws -> [String] {
        try Self.fleet.resolve(targets.map { text throws(RemoteError) in try TargetExpression(text) })
            .map(\.description)
    }

    @Test(
        "a target names what people expect",
        arguments: [
            ("bench/1", ["bench/1"]), ("bench/1,3", ["bench/1", "bench/3"]), ("bench/2-3", ["bench/2", "bench/3"]),
            ("bench/[2-3]", ["bench/2", "bench/3"]), ("bench/*", ["bench/1", "bench/2", "bench/3", "bench/4"]),
            ("bench/all", ["bench/1", "bench/2", "bench/3", "bench/4"]),
            ("rack[1-2]/[1-2]", ["rack1/1", "rack1/2", "rack2/1", "rack2/2"]), ("rack[1,4]/8", ["rack1/8", "rack4/8"]),
            ("rack?/1", ["rack1/1", "rack2/1", "rack3/1", "rack4/1"]), ("*ck3/8", ["rack3/8"]),
            ("@rack-a", ["@rack-a"]), ("load:server1", ["load:server1"]), ("DUT A", ["bench/1"]),
            ("dut a", ["bench/1"]), ("lab/router", ["bench/2"]),
            ("DUT *", ["bench/1", "bench/3"]), ("dark/3", ["dark/3"]),
        ]
    )
    func resolves(_ text: String, _ expected: [String]) throws {
        #expect(try resolve(text) == expected)
    }

    @Test("the same outlet named twice is commanded once, in the order of the first")
    func once() throws {
        #expect(try resolve("bench/3", "DUT A", "bench/[1-3]") == ["bench/3", "bench/1", "bench/2"])
    }

    @Test(
        "a target that names nothing is an error that says what there is",
        arguments: ["nowhere/1", "bench/9", "rack9/*", "twin", "no such label", "dark/*", "z*/1", "DUT Z*"]
    )
    func nothing(_ text: String) throws {
        let error = #expect(throws: RemoteError.self) { try resolve(text) }
        #expect(error?.code == .noSuchTarget)
    }

    @Test(
        "what cannot be read, or would switch more than was said, is refused",
        arguments: [
            "", "@", "@a b", "rack[1-/1", "bench/1-", "bench/0", "bench/4-2", "bench/10000", "rack[9-1]/1", "bench",
        ]
    )
    func unreadable(_ text: String) throws {
        let error = #expect(throws: RemoteError.self) { try resolve(text) }
        #expect(error?.code == .badTarget)
    }

    @Test("zeros in front of a range are kept, as in rack[08-10]")
    func zeros() throws {
        #expect(try NamePattern("r[08-10]").names == ["r08", "r09", "r10"])
    }

    @Test("a pattern that spells out too much is looked up instead of spelled out")
    func bounded() throws {
        #expect(try NamePattern("a[1-5000]b[1-5000]").names == nil)
        #expect(throws: RemoteError.self) { try NamePattern("a[1-99999999]") }
    }

    @Test("a target with names in it asks the broker for these PDUs only")
    func interest() throws {
        #expect(RemoteInterest([try TargetExpression("rack[1-2]/1")], depth: .state).pdus?.count == 2)
        #expect(RemoteInterest([try TargetExpression("rack*/1")], depth: .state).pdus == nil)
        #expect(RemoteInterest([], depth: .state).pdus == nil)
        #expect(RemoteInterest([try TargetExpression("@g")], depth: .description).pdus?.isEmpty == true)
    }
}
