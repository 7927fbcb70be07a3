import Agent
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

    @Test("what is said of very many things is kept within its room, and what goes makes room again")
    func bounded() throws {
        var fleet = Fleet(room: 40_000)
        func state(_ pdu: Int, _ text: String) {
            fleet.take(["pdu", "p\(pdu)", "outlet", "1", "state"], Array(text.utf8))
        }
        for number in 0..<1000 { state(number, "ON") }
        #expect((50..<100).contains(fleet.pdus.count) && fleet.isFull)
        let count = fleet.pdus.count
        let label = String(repeating: "x", count: 50_000)
        fleet.take(["pdu", "p0", "info"], Array(#"{"driver":"snmp","label":"\#(label)"}"#.utf8))
        fleet.take(["agent", "a", "info"], Array(#"{"version":"\#(label)"}"#.utf8))
        for number in 0..<1000 { fleet.take(["load", "l\(number)", "state"], Array("ON".utf8)) }
        #expect(fleet.pdus[try #require(PDUName("p0"))]?.label == nil && fleet.news.isEmpty && fleet.loads.count < 2)
        // What is known goes on being told.
        state(0, "OFF")
        #expect(fleet.pdus[try #require(PDUName("p0"))]?.outlets.values.first?.state == .off)
        for number in 0..<1000 {
            state(number, "")
            fleet.take(["pdu", "p\(number)", "info"], [])
            fleet.take(["load", "l\(number)", "state"], [])
        }
        #expect(fleet.pdus.isEmpty && fleet.loads.isEmpty)
        for number in 0..<1000 { state(number, "ON") }
        #expect(fleet.pdus.count == count)
        // A name that is none is nobody's.
        fleet.take(["load", Substring(label), "state"], Array("ON".utf8))
        fleet.take(["agent", Substring(label), "availability"], Array("online".utf8))
        #expect(fleet.loads.isEmpty && fleet.agents.isEmpty)
    }

    @Test("a message says what it has changed, and one that says the same again changes nothing")
    func changes() throws {
        var fleet = Fleet()
        let pdu = try #require(PDUName("a"))
        let outlet = OutletID(pdu: pdu, outlet: try #require(OutletNumber(1)))
        let info = Array(#"{"driver":"snmp","agent":"x","outlets":{"1":{"label":"A"}}}"#.utf8)
        #expect(fleet.take(["pdu", "a", "info"], info) == .described(pdu))
        #expect(fleet.take(["pdu", "a", "info"], info) == nil)
        let state: [Substring] = ["pdu", "a", "outlet", "1", "state"]
        #expect(fleet.take(state, Array("ON".utf8)) == .state(outlet, .on, previous: nil))
        #expect(fleet.take(state, Array("ON".utf8)) == nil)
        #expect(fleet.take(state, Array("OFF".utf8)) == .state(outlet, .off, previous: .on))
        let telemetry: [Substring] = ["pdu", "a", "outlet", "1", "telemetry"]
        #expect(fleet.take(telemetry, Array(#"{"power":7}"#.utf8)) == .measured(pdu))
        #expect(fleet.outlet(outlet)?.measurements[.power] == 7)
        let whole = Array(#"{"power":9,"outlets":{"1":{"power":8}}}"#.utf8)
        #expect(fleet.take(["pdu", "a", "telemetry"], whole) == .measured(pdu))
        #expect(fleet.pdus[pdu]?.measurements == [.power: 9] && fleet.outlet(outlet)?.measurements == [.power: 8])
        fleet.take(["pdu", "a", "telemetry"], Array(#"{"power":9,"outlets":{}}"#.utf8))
        #expect(fleet.outlet(outlet)?.measurements == [:])
        #expect(fleet.take(["pdu", "a", "availability"], Array("online".utf8)) == .availability(pdu, isOnline: true))
        #expect(fleet.take(["pdu", "a", "availability"], Array("online".utf8)) == nil)
        let isThere = Array("online".utf8)
        #expect(fleet.take(["agent", "x", "availability"], isThere) == .agent("x", isOnline: true))
        let parts = Array(#"{"version":"1","loads":{"s":{"feeds":["a/1"]}}}"#.utf8)
        #expect(fleet.take(["agent", "x", "info"], parts) == .news(agent: "x"))
        #expect(fleet.take(["agent", "x", "info"], parts) == nil)
        #expect(fleet.loadParts["s"]?.feeds == ["a/1"])
    }

    @Test("what an agent that is offline said is of then, and its PDUs are offline; another agent's are not")
    func agentAway() throws {
        var fleet = Fleet()
        for name in ["a", "b"] {
            fleet.take(["pdu", Substring(name), "info"], Array(#"{"agent":"of-\#(name)","outlets":{}}"#.utf8))
            fleet.take(["pdu", Substring(name), "availability"], Array("online".utf8))
            fleet.take(["agent", "of-\(name)", "availability"], Array((name == "a" ? "offline" : "online").utf8))
        }
        let away = try #require(PDUName("a").flatMap { fleet.pdus[$0] })
        let here = try #require(PDUName("b").flatMap { fleet.pdus[$0] })
        #expect(fleet.isOnline(away) == false && fleet.problem(of: away) == "its agent of-a is offline")
        #expect(fleet.isOnline(here) == true)
        #expect(fleet.reasonForSilence(.outlet(pdu: "a", .all)) == "the agent of-a, which has a, is offline")
        #expect(fleet.reasonForSilence(.outlet(pdu: "b", .all)) == nil)
        fleet.take(["agent", "of-b", "availability"], Array("offline".utf8))
        #expect(fleet.reasonForSilence(.group("g")) == "no agent is online at the broker")
    }

    @Test("an outlet is gone when its PDU does not name it any more and its state is cleared, in either order")
    func outletGone() throws {
        let pdu = try #require(PDUName("a"))
        let both = Array(#"{"outlets":{"1":{},"2":{}}}"#.utf8)
        let one = Array(#"{"outlets":{"1":{}}}"#.utf8)
        let state: [Substring] = ["pdu", "a", "outlet", "2", "state"]
        for clearsFirst in [true, false] {
            var fleet = Fleet()
            fleet.take(["pdu", "a", "info"], both)
            fleet.take(state, Array("ON".utf8))
            if clearsFirst { #expect(fleet.take(state, []) == .described(pdu)) }
            #expect(fleet.take(["pdu", "a", "info"], one) == .described(pdu))
            if !clearsFirst { #expect(fleet.take(state, []) == .described(pdu)) }
            #expect(fleet.pdus[pdu]?.outlets.keys.map(\.rawValue) == [1])
        }
    }

    @Test("what is cleared after its PDU does not bring the PDU back")
    func clearedLater() {
        var fleet = Fleet()
        fleet.take(["pdu", "a", "info"], Array(#"{"outlets":{"1":{}}}"#.utf8))
        for topic in ["availability", "info", "telemetry", "outlet/1/state", "outlet/1/telemetry"] {
            fleet.take("pdu/a/\(topic)".split(separator: "/"), [])
        }
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
