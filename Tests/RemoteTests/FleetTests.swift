import Power
import Testing

@testable import Remote

@Suite("What the broker knows", .timeLimit(.minutes(10)))
struct FleetTests {
    @Test(
        "nonsense on the topics changes nothing and stops nobody",
        arguments: ["", "x", "pdu", "pdu//info", "pdu/a b/info", "pdu/a/outlet/0/state", "pdu/a/outlet/1", "agent/a"]
    )
    func nonsense(_ topic: String) {
        var fleet = Fleet()
        fleet.take(topic.split(separator: "/", omittingEmptySubsequences: false), [0xFF, 0x7B])
        #expect(fleet.pdus.isEmpty)
    }

    @Test("a PDU whose info is cleared is no more")
    func cleared() {
        var fleet = Fleet()
        fleet.take(["pdu", "a", "info"], Array(#"{"driver":"snmp","outlets":{"1":{}}}"#.utf8))
        #expect(fleet.pdus.count == 1)
        fleet.take(["pdu", "a", "info"], [])
        #expect(fleet.pdus.isEmpty)
    }

    @Test(
        "exit codes tell done from failed, rejected and unanswered",
        arguments: [
            ("done", 0), ("failed", 1), ("unknown", 1), ("expired", 1), ("superseded", 1), ("rejected", 2),
        ] as [(String, Int32)]
    )
    func codes(_ status: String, _ code: Int32) throws {
        let answer = try #require(RemoteAnswer(json: Array(#"{"status":"\#(status)","pdu":"a","outlet":"all"}"#.utf8)))
        let target = RemoteTarget.group("g")
        #expect(RemoteOutcome(target: target, ending: .answered(answer, text: "")).exitCode == code)
        #expect(RemoteOutcome(target: target, ending: .noAnswer).exitCode == 3)
    }
}
