import Foundation
import Testing

@testable import AgentWeb

@Suite("The audit trail over HTTP", .timeLimit(.minutes(10)))
struct LogTests {
    private func entries(_ web: TestClient, _ path: String) async throws -> [[String: Any]] {
        let answer = try await web.get("/api/v1/pdus/\(path)")
        #expect(answer.status == 200, "\(answer.text)")
        return try #require(try answer.object()["entries"] as? [[String: Any]])
    }

    @Test("an outlet's newest entries come first, with who, what, why and how it ended, as soon as that is known")
    func tells() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                let path = "/api/v1/pdus/pdu1/outlets/1/command"
                _ = try await web.post(path, #"{"action":"ON","by":"Ada","reason":"flash it"}"#)
                _ = try await web.post("/api/v1/pdus/pdu1/outlets/2/command", #"{"action":"ON"}"#)
                _ = try await web.post(path, #"{"action":"OFF","by":"Bob"}"#)
                let log = try await entries(web, "pdu1/outlets/1/log?status=done")
                #expect(log.map { $0["by"] as? String } == ["Bob", "Ada"])
                #expect(log[0]["before"] as? String == "ON" && log[0]["after"] as? String == "OFF")
                #expect(log[1]["reason"] as? String == "flash it" && log[1]["outlet"] as? Int == 1)
                #expect(try await entries(web, "pdu1/log?status=done").count == 3)
                #expect(try await entries(web, "pdu2/log?status=done").isEmpty)
            }
        }
    }

    @Test("what happened anywhere is told in one list, which can be narrowed down to a sender")
    func site() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                _ = try await web.post("/api/v1/pdus/pdu1/outlets/1/command", #"{"action":"ON","by":"Ada"}"#)
                _ = try await web.post("/api/v1/pdus/pdu2/outlets/2/command", #"{"action":"ON","by":"Bob"}"#)
                let all = try #require(
                    try await web.get("/api/v1/log?status=done").object()["entries"] as? [[String: Any]]
                )
                #expect(all.map { $0["pdu"] as? String } == ["pdu2", "pdu1"])
                let his = try #require(try await web.get("/api/v1/log?by=Bob").object()["entries"] as? [[String: Any]])
                #expect(his.map { $0["by"] as? String } == ["Bob"])
            }
        }
    }

    @Test("it can be had in pieces, by outcome and by time")
    func filters() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                let path = "/api/v1/pdus/pdu1/outlets/4/command"
                _ = try await web.post(path, #"{"action":"ON"}"#)
                for _ in 0..<3 { _ = try await web.post(path, #"{"action":"ON","force":true}"#) }
                let place = "pdu1/outlets/4/log"
                let newest = try await entries(web, place + "?limit=2")
                #expect(newest.count == 2)
                let number = try #require(newest.last?["number"] as? Int)
                let older = try await entries(web, place + "?before=\(number)&status=done,rejected")
                #expect(older.map { $0["status"] as? String } == ["done", "rejected"])
                #expect(
                    try await entries(web, place + "?status=rejected").map { $0["code"] as? String } == ["protected"]
                )
                #expect(try await entries(web, place + "?since=2100-01-01T00:00:00Z").isEmpty)
                #expect(try await entries(web, place + "?until=2020-01-01T00:00:00Z").isEmpty)
            }
        }
    }

    @Test(
        "a parameter that cannot be understood is refused",
        arguments: [
            "limit=0", "limit=501", "limit=x", "since=today", "until=", "before=a", "status=maybe", "status=done,",
        ]
    )
    func refused(parameter: String) async throws {
        try await TestFleet.with(pdus: 1) { fleet in
            try await fleet.serve { web in
                let answer = try await web.get("/api/v1/pdus/pdu1/outlets/1/log?\(parameter)")
                #expect(answer.status == 400)
            }
        }
    }

    @Test("what is not there has no log", arguments: ["none/outlets/1", "pdu1/outlets/9", "pdu1/outlets/all", "none"])
    func unknown(place: String) async throws {
        try await TestFleet.with(pdus: 1) { fleet in
            try await fleet.serve { web in
                let answer = try await web.get("/api/v1/pdus/\(place)/log")
                #expect(answer.status == 404)
            }
        }
    }
}
