import Foundation
import LocalServices
import TestSupport
import Testing

@testable import Agent
@testable import AgentWeb

@Suite("A Unix socket as a listener", .timeLimit(.minutes(10)))
struct SocketFileTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.path(of: "web.sock") }

    init() throws { directory = try TemporaryDirectory(prefix: "socket") }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// Runs a test with the page at a port and at the socket.
    private func serve(
        _ file: SocketFile,
        users: [WebUser]? = nil,
        _ test: (_ port: TestClient, _ socket: TestClient) async throws -> Void
    ) async throws {
        let desk = users.map(TestUsers.desk) ?? SignInDesk()
        try await TestFleet.with { fleet in
            try await fleet.serve(socket: file, signIn: desk) { web in
                try await waitUntil { isThere(path) }
                try await test(web, TestClient(port: 0, socket: path))
            }
        }
    }

    @Test("serves what the port serves, to the agent's own user, and is gone with the server")
    func serves() async throws {
        try await serve(SocketFile(path: path)) { port, socket in
            #expect(try mode(path) == 0o600)
            #expect(!isThere(path + ".new"))
            for path in ["/healthz", "/api/v1/pdus", "/metrics", "/"] {
                #expect(try await socket.get(path).status == 200)
            }
            let answer = try await socket.post("/api/v1/pdus/pdu1/outlets/1/command", #"{"action":"ON"}"#)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try await port.get("/healthz").status == 200)
        }
        #expect(!isThere(path) && !isThere(path + ".new"))
    }

    @Test("asks as its user whoever shows nothing else, with that user's rights and no more")
    func user() async throws {
        try await serve(SocketFile(path: path, user: "hand1"), users: TestUsers.all) { port, socket in
            #expect(try await port.get("/api/v1/me").status == 401)
            #expect(try await socket.get("/api/v1/me").object()["name"] as? String == "hand1")
            let body = #"{"action":"ON"}"#
            #expect(try await socket.post("/api/v1/pdus/pdu1/outlets/1/command", body).status == 200)
            #expect(try await socket.post("/api/v1/pdus/pdu2/outlets/1/command", body).status == 403)
            // Who shows something is who that is.
            let boss = try await socket.get("/api/v1/me", headers: TestUsers.headers("boss"))
            #expect(try boss.object()["name"] as? String == "boss")
            let wrong = try await socket.get("/api/v1/me", headers: [("Authorization", "Bearer wrong")])
            #expect(wrong.status == 401)
            // A page of another site that a browser beside a proxy sends here has nobody's rights.
            let foreign = try await socket.post(
                "/api/v1/pdus/pdu1/outlets/1/command",
                body,
                headers: [("Content-Type", "application/json"), ("Origin", "https://elsewhere.example")]
            )
            #expect(foreign.status == 403)
        }
    }

    @Test("lets nobody in as a user who is none")
    func unknownUser() async throws {
        try await serve(SocketFile(path: path, user: "gone"), users: TestUsers.all) { _, socket in
            let answer = try await socket.get("/api/v1/pdus")
            #expect(answer.status == 401 && answer.text.contains("gone"), "\(answer.text)")
        }
    }

    @Test("believes a proxy on it, and counts wrong credentials for each of the proxy's clients")
    func proxy() async throws {
        try await serve(SocketFile(path: path), users: TestUsers.all) { _, socket in
            var answers: [Int] = []
            // Until one is put off: it may try again after a while, which a busy machine may let pass.
            for _ in 0..<12 where answers.last != 429 {
                let headers = [("Authorization", "Bearer wrong"), ("X-Forwarded-For", "192.0.2.7")]
                answers.append(try await socket.get("/api/v1/me", headers: headers).status)
            }
            #expect(answers.last == 429, "\(answers)")
            let other = TestUsers.headers("eye") + [("X-Forwarded-For", "192.0.2.8")]
            #expect(try await socket.get("/api/v1/me", headers: other).status == 200)
        }
    }

    @Test("is opened to a group where one is given")
    func group() async throws {
        let entry = try #require(getgrgid(getegid()))
        let name = String(cString: entry.pointee.gr_name)
        try await serve(SocketFile(path: path, group: name)) { _, socket in
            let mode = try mode(path)
            #expect(mode == 0o660)
            let status = try await socket.get("/healthz").status
            #expect(status == 200)
        }
    }

    @Test("takes the place of one that an earlier process left, and of nothing else")
    func replaces() async throws {
        close(try PrivateSocket.bind(path))
        let stale = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
        try FileManager.default.createDirectory(atPath: path + ".new", withIntermediateDirectories: false)
        try await TestFleet.with { fleet in
            try await fleet.serve(socket: SocketFile(path: path)) { _ in
                try await waitUntil {
                    try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int != stale
                }
                #expect(try await TestClient(port: 0, socket: path).get("/healthz").status == 200)
            }
        }
        try Data("somebody's".utf8).write(to: URL(fileURLWithPath: path))
        #expect { try SocketDraft(SocketFile(path: path)) } throws: { "\($0)".contains("something else than a socket") }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "somebody's")
        #expect { try SocketDraft(SocketFile(path: path + "2", group: "no-such-group")) } throws: {
            "\($0)".contains("no group 'no-such-group'")
        }
        #expect { try SocketDraft(SocketFile(path: "/nowhere/web.sock")) } throws: {
            "\($0)".contains("cannot make /nowhere/web.sock.new")
        }
    }
}
