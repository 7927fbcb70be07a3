import Agent
import NIOHTTP1
import Power
import Testing

@testable import AgentWeb

@Suite("Commands over HTTP", .timeLimit(.minutes(10)))
struct CommandTests {
    @Test("a command is answered with its result once the device was read back")
    func switches() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                let answer = try await web.post("/api/v1/pdus/pdu1/outlets/1/command", #"{"action":"on","id":"a"}"#)
                #expect(answer.status == 200)
                let result = try answer.object()
                #expect(result["status"] as? String == "done")
                #expect(result["state"] as? String == "ON")
                #expect(result["id"] as? String == "a")
                #expect(result["by"] as? String == "web")

                let pdu = try await web.get("/api/v1/pdus/pdu1").object()
                let outlet = try #require((pdu["outlets"] as? [[String: Any]])?.first)
                #expect(outlet["state"] as? String == "ON")
                let changed = try #require(outlet["changed"] as? [String: Any])
                #expect(changed["own"] as? Bool == true)
                #expect(changed["by"] as? String == "web")
            }
        }
    }

    @Test(
        "a client that does not want to wait is answered with 202 and an id, and its result comes as an event",
        arguments: [
            "pdus/pdu1/outlets/1", "pdus/pdu1/outlets/all", "groups/both",
        ]
    )
    func accepted(place: String) async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                try await web.follow { events in
                    _ = await events.next("hello")
                    let answer = try await web.post(
                        "/api/v1/\(place)/command",
                        #"{"action":"CYCLE","off_time":0.5,"force":true}"#,
                        headers: [("Content-Type", "application/json"), ("Prefer", "wait=5, respond-async; foo")]
                    )
                    #expect(answer.status == 202)
                    #expect(answer.headers.first(name: "Preference-Applied") == "respond-async")
                    let pending = try answer.object()
                    #expect(pending["pending"] as? Bool == true)
                    let id = try #require(pending["id"] as? String)
                    let isWhole = { (result: [String: Any]) in
                        place.hasSuffix("/1") || result["outlets"] != nil
                    }
                    var result: [String: Any]?
                    while result == nil, let one = await events.next("result") {
                        if one.data["id"] as? String == id, isWhole(one.data) { result = one.data }
                    }
                    #expect(result?["status"] as? String == "done")
                }
            }
        }
    }

    @Test("what is refused at once is answered so, also to a client that does not want to wait")
    func refusedAtOnce() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                let headers = [("Content-Type", "application/json"), ("Prefer", "respond-async")]
                for (place, status) in [
                    ("pdus/pdu1/outlets/4", 403), ("pdus/pdu1/outlets/x", 404), ("pdus/none/outlets/1", 404),
                    ("groups/none", 404), ("loads/none", 404),
                ] {
                    func ask() async throws -> TestClient.Answer {
                        try await web.post("/api/v1/\(place)/command", #"{"action":"ON"}"#, headers: headers)
                    }
                    var answer = try await ask()
                    // A busy machine may take longer than such a client waits.
                    while answer.status == 202 { answer = try await ask() }
                    #expect(answer.status == status, "\(place): \(answer.text)")
                }
            }
        }
    }

    @Test("a group's command switches its outlets and is answered outlet by outlet")
    func groups() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                let answer = try await web.post("/api/v1/groups/both/command", #"{"action":"ON"}"#)
                #expect(answer.status == 200)
                let outlets = try #require(try answer.object()["outlets"] as? [[String: Any]])
                #expect(outlets.map { $0["state"] as? String } == ["ON", "ON"])
            }
        }
    }

    @Test("a group's protected outlet is switched with force, and otherwise it alone is refused")
    func guardedGroup() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                let path = "/api/v1/groups/guarded/command"
                let refused = try await web.post(path, #"{"action":"ON"}"#)
                #expect(refused.status == 409 || refused.status == 403)
                let outlets = try #require(try refused.object()["outlets"] as? [[String: Any]])
                #expect(outlets.map { $0["status"] as? String } == ["done", "rejected"])
                let forced = try await web.post(path, #"{"action":"ON","force":true}"#)
                #expect(forced.status == 200)
                let all = try #require(try forced.object()["outlets"] as? [[String: Any]])
                #expect(all.map { $0["state"] as? String } == ["ON", "ON"])
            }
        }
    }

    @Test("a command for all outlets says which of them it could not switch")
    func all() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                let answer = try await web.post("/api/v1/pdus/pdu2/outlets/all/command", #"{"action":"ON"}"#)
                #expect(answer.status == 409)
                let outlets = try #require(try answer.object()["outlets"] as? [[String: Any]])
                #expect(outlets.map { $0["status"] as? String } == ["done", "done", "done", "rejected"])
            }
        }
    }

    @Test(
        "what is wrong with a command is said in the status and in the result",
        arguments: [
            ("pdu1/outlets/1", #"{"action":"jump"}"#, 400, "bad_payload"),
            ("pdu1/outlets/1", #"{"action":"ON","colour":1}"#, 400, "bad_payload"),
            ("pdu1/outlets/1", #"{"action":"OFF","action":"ON"}"#, 400, "bad_payload"),
            ("pdu1/outlets/1", "", 400, "bad_payload"),
            ("pdu1/outlets/1", "[1]", 400, "bad_payload"),
            ("pdu1/outlets/9", #"{"action":"ON"}"#, 404, "unknown_outlet"),
            ("pdu1/outlets/01", #"{"action":"ON"}"#, 404, "unknown_outlet"),
            ("nobody/outlets/1", #"{"action":"ON"}"#, 404, "unknown_pdu"),
            ("pdu1/outlets/4", #"{"action":"OFF"}"#, 403, "protected"),
        ]
    )
    func refusals(path: String, body: String, status: Int, code: String) async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                let answer = try await web.post("/api/v1/pdus/\(path)/command", body)
                #expect(answer.status == status)
                let error = try #require(try answer.object()["error"] as? [String: Any])
                #expect(error["code"] as? String == code)
            }
        }
    }

    @Test("a command for a group that is not there is answered so")
    func unknownGroup() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                let unknown = try await web.post("/api/v1/groups/none/command", #"{"action":"ON"}"#)
                #expect(unknown.status == 404)
                let bad = try await web.post("/api/v1/groups/both/command", "?")
                #expect(bad.status == 400)
            }
        }
    }

    @Test("a load is shown with its state, switched as one, and followed by events and metrics")
    func loads() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                try await web.follow { events in
                    _ = await events.next("hello")
                    let answer = try await web.post("/api/v1/loads/server/command", #"{"action":"ON","id":"x"}"#)
                    #expect(answer.status == 200, "\(answer.text)")
                    let result = try answer.object()
                    #expect(result["load"] as? String == "server" && result["state"] as? String == "ON")
                    #expect((result["feeds"] as? [[String: Any]])?.map { $0["status"] as? String } == ["done", "done"])
                    var states: [String] = []
                    while states.last != "ON", let event = await events.next("load") {
                        if let state = event.data["state"] as? String { states.append(state) }
                    }
                    #expect(states == ["MIXED", "ON"])
                    #expect(await events.next("load_result")?.data["id"] as? String == "x")
                }
                let list = try #require(try await web.get("/api/v1/loads").object()["loads"] as? [[String: Any]])
                #expect(list.map { $0["state"] as? String } == ["ON"] && list[0]["label"] as? String == "Server")
                let metrics = try await web.get("/metrics").text
                #expect(metrics.contains(#"busbar_load_state{load="server",state="ON"} 1"#))
                #expect(metrics.contains(#"busbar_load_state{load="server",state="MIXED"} 0"#))
                #expect(try await web.post("/api/v1/loads/none/command", #"{"action":"ON"}"#).status == 404)
                let wrong = #"{"action":"OFF","with_dependents":true}"#
                #expect(try await web.post("/api/v1/pdus/pdu1/outlets/1/command", wrong).status == 400)
                #expect(try await web.post("/api/v1/loads/server/command", wrong).status == 200)
            }
        }
    }

    @Test("a device that refuses, or does not do what it accepted, makes the command fail")
    func failures() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                fleet.devices[0].isStuck = true
                let stuck = try await web.post("/api/v1/pdus/pdu1/outlets/1/command", #"{"action":"ON"}"#)
                #expect(stuck.status == 502)
                #expect(try stuck.object()["status"] as? String == "failed")

                fleet.devices[1].failure = DriverError(.refused, "the device says no")
                let refused = try await web.post("/api/v1/pdus/pdu2/outlets/1/command", #"{"action":"ON"}"#)
                #expect(refused.status == 502)
                #expect(refused.text.contains("the device says no"))
            }
        }
    }

    @Test("a body that is too large is refused unread")
    func largeBody() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                let body = #"{"action":"ON","reason":""# + String(repeating: "x", count: 17_000) + "\"}"
                let answer = try await web.post("/api/v1/pdus/pdu1/outlets/1/command", body)
                #expect(answer.status == 400)
                #expect(answer.text.contains("16384"))
            }
        }
    }

    @Test("a command that takes longer than a request may is answered as pending and goes on")
    func pending() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve(outcomeTime: .milliseconds(1)) { web in
                try await web.follow { events in
                    _ = await events.next("hello")
                    let gate = WakeSignal()
                    fleet.devices[0].holdSwitches(until: gate)
                    let answer = try await web.post("/api/v1/pdus/pdu1/outlets/1/command", #"{"action":"ON","id":"x"}"#)
                    #expect(answer.status == 202)
                    #expect(try answer.object()["pending"] as? Bool == true)
                    gate.signal()
                    let result = await events.next("result")
                    #expect(result?.data["id"] as? String == "x")
                    #expect(result?.data["status"] as? String == "done")
                }
            }
        }
    }
}
