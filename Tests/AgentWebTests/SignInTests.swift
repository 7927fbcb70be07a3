import Credentials
import Dispatch
import Foundation
import NIOCore
import NIOHTTP1
import Power
import Testing

@testable import Agent
@testable import AgentWeb

@Suite("Signing in", .timeLimit(.minutes(10)))
struct SignInTests {
    /// Made once: each hash takes a tenth of a second.
    private static let anna = WebUser(
        name: "anna",
        rights: Rights(role: .operate),
        password: PasswordHash(of: "correct horse"),
        tokens: [TokenHash(of: "annas-token-0123456789")]
    )
    private static let boss = WebUser(
        name: "boss",
        rights: Rights(role: .admin),
        tokens: [TokenHash(of: "the-token-of-the-boss")]
    )
    private static let json = ("Content-Type", "application/json")
    private static let bearer = ("Authorization", "Bearer the-token-of-the-boss")

    private static func signIn(
        _ web: TestClient,
        _ body: String = #"{"name":"anna","password":"correct horse"}"#,
        headers: [(String, String)] = []
    ) async throws -> (answer: TestClient.Answer, cookie: (String, String)) {
        let answer = try await web.post("/api/v1/login", body, headers: [json] + headers)
        let cookie = answer.headers.first(name: "Set-Cookie").map { String($0.prefix { $0 != ";" }) } ?? ""
        return (answer, ("Cookie", "other=1; \(cookie)"))
    }

    private static func with(
        users: [WebUser] = [anna, boss],
        proxyLogin: ProxyLogin? = nil,
        proxies: [ClientNetwork] = [],
        guesses: GuessBook = GuessBook(),
        _ test: (TestFleet, TestClient, SignInDesk) async throws -> Void
    ) async throws {
        try await TestFleet.with { fleet in
            let desk = TestUsers.desk(users)
            var limits = ConnectionLimits()
            limits.proxies = proxies
            try await fleet.serve(signIn: desk, proxyLogin: proxyLogin, limits: limits, guesses: guesses) { web in
                try await test(fleet, web, desk)
            }
        }
    }

    @Test("a password begins a session, whose cookie no script and no other site gets, and signing out ends it")
    func session() async throws {
        try await Self.with { _, web, _ in
            let (answer, cookie) = try await Self.signIn(web)
            #expect(answer.status == 200)
            #expect(try answer.object()["name"] as? String == "anna")
            let text = try #require(answer.headers.first(name: "Set-Cookie"))
            #expect(text.hasSuffix("; Path=/; HttpOnly; SameSite=Strict"))
            let me = try await web.get("/api/v1/me", headers: [cookie]).object()
            #expect(me["name"] as? String == "anna")
            #expect(me["role"] as? String == "operate")
            #expect(me["session"] as? Bool == true)
            let rights = me["rights"] as? [String: Bool]
            #expect(rights == ["view": true, "operate": true, "force": false, "admin": false])
            let out = try await web.post("/api/v1/logout", "", headers: [cookie])
            #expect(out.headers.first(name: "Set-Cookie")?.contains("Max-Age=0") == true)
            #expect(try await web.get("/api/v1/me", headers: [cookie]).status == 401)
        }
    }

    @Test("a token begins a session too, and wrong ones do not; the refusal is written down without the secret")
    func tokens() async throws {
        try await Self.with { fleet, web, _ in
            #expect(try await Self.signIn(web, #"{"token":"annas-token-0123456789"}"#).answer.status == 200)
            #expect(try await Self.signIn(web, #"{"token":"annas-token-012345678"}"#).answer.status == 401)
            #expect(try await Self.signIn(web, #"{"name":"anna","password":"wrong horse"}"#).answer.status == 401)
            #expect(try await Self.signIn(web, #"{"name":"nobody","password":"correct horse"}"#).answer.status == 401)
            #expect(try await Self.signIn(web, "[]").answer.status == 400)
            let entries = try await fleet.access.audit?.entries(AuditFilter(), limit: 10).map(\.entry) ?? []
            let denied = entries.filter { $0.kind == .access }
            #expect(denied.count == 3)
            #expect(denied.allSatisfy { $0.code == "unauthorized" && $0.message?.contains("127.0.0.1") == true })
            #expect(
                !denied.contains { $0.message?.contains("horse") == true || $0.message?.contains("token-0") == true }
            )
        }
    }

    @Test("what changes something by a session's cookie comes from the agent's own page")
    func ownPage() async throws {
        try await Self.with { fleet, web, _ in
            let cookie = try await Self.signIn(web).cookie
            let path = "/api/v1/pdus/pdu1/outlets/1/command"
            let body = #"{"action":"ON"}"#
            let own = ("Origin", "http://127.0.0.1:\(web.port)")
            #expect(try await web.post(path, body, headers: [Self.json, cookie]).status == 403)
            for origin in ["http://127.0.0.1:1", "https://evil.example", "null"] {
                let answer = try await web.post(path, body, headers: [Self.json, cookie, ("Origin", origin)])
                #expect(answer.status == 403)
            }
            let sameSite = [Self.json, cookie, own, ("Sec-Fetch-Site", "same-site")]
            #expect(try await web.post(path, body, headers: sameSite).status == 403)
            #expect(!fleet.devices[0].isOn)
            let answer = try await web.post(path, body, headers: [Self.json, cookie, own])
            #expect(answer.status == 200)
            #expect(try answer.object()["user"] as? String == "anna")
        }
    }

    @Test("a session ends when its user is removed, when the password is changed, and when an admin ends it")
    func ended() async throws {
        try await Self.with { _, web, desk in
            func adopt(_ users: [WebUser]) { desk.adopt(users, idle: .seconds(60), limit: .seconds(60)) }
            func status(_ cookie: (String, String)) async throws -> Int {
                try await web.get("/api/v1/me", headers: [cookie]).status
            }
            let first = try await Self.signIn(web).cookie
            adopt([Self.anna, Self.boss])
            #expect(try await status(first) == 200)
            adopt([Self.boss])
            #expect(try await status(first) == 401)
            adopt([Self.anna, Self.boss])
            #expect(try await status(first) == 401)

            let second = try await Self.signIn(web).cookie
            var other = Self.anna
            other.password = nil
            adopt([other, Self.boss])
            #expect(try await status(second) == 401)
            adopt([Self.anna, Self.boss])

            let third = try await Self.signIn(web).cookie
            let list = try await web.get("/api/v1/sessions", headers: [Self.bearer]).object()
            #expect((list["sessions"] as? [[String: Any]])?.map { $0["user"] as? String } == ["anna"])
            let ended = try await web.post("/api/v1/sessions/anna/end", "", headers: [Self.bearer])
            #expect(try ended.object()["ended"] as? Int == 1)
            #expect(try await status(third) == 401)
        }
    }

    @Test("sessions end by themselves, unused or old, and there are so many at most")
    func table() {
        var table = SessionTable()
        table.idle = .seconds(60)
        table.limit = .seconds(100)
        let start = ContinuousClock.now
        func key(_ number: Int) -> TokenHash { TokenHash(of: "\(number)") }
        func begin(_ number: Int, _ user: String, at seconds: Int) {
            table.begin(key(number), user: user, proof: "", address: "", at: start + .seconds(seconds))
        }
        begin(1, "a", at: 0)
        #expect(table.use(key(1), at: start + .seconds(59)) != nil)
        #expect(table.use(key(1), at: start + .seconds(99)) != nil)
        #expect(table.use(key(1), at: start + .seconds(100)) == nil)
        begin(2, "a", at: 200)
        #expect(table.use(key(2), at: start + .seconds(260)) == nil)
        for number in 0..<SessionTable.capacityOfUser + 1 { begin(1000 + number, "a", at: 300 + number % 2) }
        #expect(table.all(at: start + .seconds(301)).count == SessionTable.capacityOfUser)
        for number in 0..<SessionTable.capacity + 5 { begin(5000 + number, "u\(number)", at: 302) }
        #expect(table.all(at: start + .seconds(303)).count == SessionTable.capacity)
        #expect(table.use(key(5000 + SessionTable.capacity + 4), at: start + .seconds(303)) != nil)
    }

    @Test("HTTP's basic authentication works for users with a password, and guessing makes the address pause")
    func basic() async throws {
        func header(_ text: String) -> (String, String) {
            ("Authorization", "Basic " + Data(text.utf8).base64EncodedString())
        }
        let guesses = GuessBook(firstPause: .seconds(600), longestPause: .seconds(600))
        try await Self.with(guesses: guesses) { fleet, web, _ in
            let me = try await web.get("/api/v1/me", headers: [header("anna:correct horse")])
            #expect(try me.object()["name"] as? String == "anna")
            #expect(try me.object()["session"] as? Bool == false)
            for _ in 0..<GuessBook.free {
                #expect(try await web.get("/api/v1/me", headers: [header("anna:wrong")]).status == 401)
            }
            #expect(try await Self.signIn(web, #"{"name":"anna","password":"wrong"}"#).answer.status == 401)
            let paused = try await Self.signIn(web).answer
            #expect(paused.status == 429)
            #expect(paused.headers.first(name: "Retry-After") != nil)
            #expect(try await web.get("/api/v1/me", headers: [header("anna:correct horse")]).status == 429)
            #expect(fleet.watch.wrongCredentials == GuessBook.free + 1)
        }
    }

    @Test("so many passwords wait to be checked at most, and of one address fewer, so that guessing takes no memory")
    func bounded() async throws {
        let desk = TestUsers.desk([Self.anna])
        let gate = DispatchSemaphoreGate()
        let peer = try PeerAddress(SocketAddress(ipAddress: "192.0.2.1", port: 1))
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<12 {
                group.addTask {
                    let verdict = await desk.check("anna", "guess \(number)", from: peer) {
                        gate.wait()
                        return nil
                    }
                    if case .busy = verdict { return true }
                    return false
                }
            }
            // Four wait; the others are told at once, and that lets the first ones go on.
            var busy = 0
            while busy < 8, let isBusy = try await group.next() { busy += isBusy ? 1 : 0 }
            #expect(busy == 8)
            gate.open()
            for try await isBusy in group { #expect(!isBusy) }
        }
    }

    @Test("a proxy that is known says who has logged in there, and nobody else can say it")
    func proxy() async throws {
        let login = ProxyLogin(header: "Remote-User", others: nil)
        let anna = ("Remote-User", "anna")
        try await Self.with(proxyLogin: login, proxies: ClientNetwork.loopback) { fleet, web, _ in
            let me = try await web.get("/api/v1/me", headers: [anna]).object()
            #expect(me["name"] as? String == "anna")
            #expect(me["role"] as? String == "operate")
            #expect(try await web.get("/api/v1/me", headers: [("Remote-User", "stranger")]).status == 401)
            #expect(try await web.get("/api/v1/me").status == 401)
            let path = "/api/v1/pdus/pdu1/outlets/1/command"
            let result = try await web.post(path, #"{"action":"ON"}"#, headers: [Self.json, anna]).object()
            #expect(result["user"] as? String == "anna")
        }
        try await Self.with(proxyLogin: login) { _, web, _ in
            let refused = try await web.get("/api/v1/me", headers: [anna])
            #expect(refused.status == 401)
        }
        let others = ProxyLogin(header: "Remote-User", others: Rights(role: .view))
        try await Self.with(proxyLogin: others, proxies: ClientNetwork.loopback) { _, web, _ in
            let me = try await web.get("/api/v1/me", headers: [("Remote-User", "stranger")]).object()
            #expect(me["name"] as? String == "stranger")
            #expect(me["role"] as? String == "view")
            #expect(try await web.get("/api/v1/me", headers: [("Remote-User", "str anger")]).status == 401)
        }
    }

    @Test(
        "a header that is there twice says nothing, as one may be the client's own; behind TLS the cookie is for TLS only"
    )
    func headers() async throws {
        let login = ProxyLogin(header: "Remote-User", others: Rights(role: .view))
        try await Self.with(proxyLogin: login, proxies: ClientNetwork.loopback) { _, web, _ in
            #expect(try await web.getTwice("/api/v1/me", "Remote-User", "anna", "boss") == 401)
            let answer = try await Self.signIn(web, headers: [("X-Forwarded-Proto", "https")]).answer
            #expect(answer.headers.first(name: "Set-Cookie")?.hasSuffix("; Secure") == true)
        }
        try await Self.with { _, web, _ in
            let answer = try await Self.signIn(web, headers: [("X-Forwarded-Proto", "https")]).answer
            #expect(answer.headers.first(name: "Set-Cookie")?.contains("Secure") == false)
        }
    }

    @Test("without users nothing is different: nobody signs in, and everybody on this host may do everything")
    func withoutUsers() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                let me = try await web.get("/api/v1/me").object()
                #expect(me["name"] == nil)
                #expect(me["role"] as? String == "admin")
                #expect(try await Self.signIn(web).answer.status == 404)
                let outlet = try await web.get("/api/v1/outlets").text
                #expect(!outlet.contains("may_switch"))
            }
        }
    }

    @Test("a refusal is written down once a minute, and so many at most")
    func denials() {
        var book = DenialBook()
        let start = ContinuousClock.now
        let first = [0, 59, 60].map { book.isNews("a", at: start + .seconds($0)) }
        #expect(first == [true, false, true])
        for number in 0..<DenialBook.capacity * 2 { _ = book.isNews("\(number)", at: start + .seconds(61)) }
        let full = [62, 130].map { book.isNews("new", at: start + .seconds($0)) }
        #expect(full == [false, true])
    }
}

/// Holds the queue of checks until it is opened.
private final class DispatchSemaphoreGate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func wait() {
        semaphore.wait()
        semaphore.signal()
    }

    func open() { semaphore.signal() }
}
