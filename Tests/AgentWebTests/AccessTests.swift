import HTTPTypes
import NIOHTTP1
import Testing

@testable import AgentWeb

@Suite("Who may ask")
struct AccessTests {
    private static let open = RequestGuard(credentials: WebCredentials())
    private static let closed = RequestGuard(
        credentials: WebCredentials(token: "0123456789abcdef", login: ("ada", "pass:word"))
    )

    private static func get(_ change: (inout RequestFacts) -> Void = { _ in }) -> RequestFacts {
        var facts = RequestFacts(method: .get, host: "127.0.0.1:8480")
        change(&facts)
        return facts
    }

    private static func post(_ change: (inout RequestFacts) -> Void = { _ in }) -> RequestFacts {
        get {
            $0.method = .post
            $0.contentType = "application/json; charset=utf-8"
            change(&$0)
        }
    }

    private func status(_ verdict: RequestGuard.Verdict) -> Int {
        switch verdict {
        case .serve: 200
        case .refuse(let status, _): status.code
        case .pause: 429
        }
    }

    @Test(
        "without credentials only names of this machine are answered, whatever DNS says",
        arguments: [
            ("127.0.0.1", 200), ("127.0.0.1:8480", 200), ("127.1.2.3:80", 200), ("localhost:8480", 200),
            ("LOCALHOST", 200), ("[::1]:8480", 200), ("evil.example:8480", 421), ("127.0.0.1.evil.example", 421),
            ("127.evil.example.org", 421), ("localhost.evil.example", 421), ("", 421),
        ]
    )
    func hosts(host: String, expected: Int) {
        #expect(status(Self.open.judge(Self.get { $0.host = host }, isOpen: false)) == expected)
        #expect(status(Self.open.judge(Self.get { $0.host = nil }, isOpen: false)) == 421)
    }

    @Test(
        "only the right token or login is let in",
        arguments: [
            ("Bearer 0123456789abcdef", 200), ("bearer 0123456789abcdef", 200), ("Basic YWRhOnBhc3M6d29yZA==", 200),
            ("Bearer 0123456789abcdeF", 401), ("Bearer 0123456789abcdef0123456789abcdef", 401), ("Bearer ", 401),
            ("Bearer", 401), ("Basic YWRhOnBhc3M=", 401), ("Basic ?", 401), ("Digest 0123456789abcdef", 401), ("", 401),
        ]
    )
    func credentials(authorization: String, expected: Int) {
        let facts = Self.get { $0.authorization = authorization }
        #expect(status(Self.closed.judge(facts, isOpen: false)) == expected)
        #expect(status(Self.closed.judge(Self.get(), isOpen: false)) == 401)
        #expect(status(Self.closed.judge(facts, isOpen: true)) == 200)
    }

    @Test("the name of a login is known, a token has none")
    func names() {
        let login = Self.closed.judge(Self.get { $0.authorization = "Basic YWRhOnBhc3M6d29yZA==" }, isOpen: false)
        #expect(login == .serve(Visitor(name: "ada", way: .credentials)))
        let token = Self.closed.judge(Self.get { $0.authorization = "Bearer 0123456789abcdef" }, isOpen: false)
        #expect(token == .serve(Visitor(name: nil, way: .credentials)))
    }

    @Test("a command that a foreign page could send in a visitor's name is refused")
    func foreignPages() {
        let judge = { (facts: RequestFacts) in status(Self.open.judge(facts, isOpen: false)) }
        #expect(judge(Self.post()) == 200)
        #expect(judge(Self.post { $0.contentType = nil }) == 415)
        #expect(judge(Self.post { $0.contentType = "text/plain" }) == 415)
        #expect(judge(Self.post { $0.contentType = "application/x-www-form-urlencoded" }) == 415)
        #expect(judge(Self.post { $0.origin = "http://127.0.0.1:8480" }) == 200)
        #expect(judge(Self.post { $0.origin = "http://127.0.0.1:9000" }) == 403)
        #expect(judge(Self.post { $0.origin = "https://evil.example" }) == 403)
        #expect(judge(Self.post { $0.origin = "null" }) == 403)
        #expect(judge(Self.post { $0.fetchSite = "same-origin" }) == 200)
        #expect(judge(Self.post { $0.fetchSite = "same-site" }) == 403)
        #expect(judge(Self.post { $0.fetchSite = "cross-site" }) == 403)
    }

    @Test("a link on a foreign page leads to the page, but its script gets nothing from the interface")
    func foreignLinks() {
        let facts = Self.get { $0.fetchSite = "cross-site" }
        #expect(status(Self.open.judge(facts, isOpen: true, isForPages: true)) == 200)
        #expect(status(Self.open.judge(facts, isOpen: false, isForPages: false)) == 403)
        #expect(Endpoint.page.isForPages)
        #expect(!Endpoint.events.isForPages)
        #expect(!Endpoint.metrics.isForPages)
    }

    @Test("pdudaemon's interface, where a GET switches, is for programs and not for browsers")
    func programs() {
        let judge = { (facts: RequestFacts) in status(Self.open.judgeProgram(facts, isLoopback: true)) }
        #expect(judge(Self.get { $0.userAgent = "python-requests/2.32" }) == 200)
        #expect(judge(Self.get { $0.userAgent = "Mozilla/5.0 (X11; Linux x86_64)" }) == 403)
        #expect(judge(Self.get { $0.referer = "http://evil.example/" }) == 403)
        #expect(judge(Self.get { $0.fetchSite = "cross-site" }) == 403)
        #expect(judge(Self.get { $0.origin = "http://127.0.0.1" }) == 403)
        #expect(judge(Self.get { $0.host = "evil.example" }) == 421)
        let remote = Self.open.judgeProgram(Self.get { $0.host = "lab.example" }, isLoopback: false)
        #expect(status(remote) == 200)
    }

    @Test("credentials are not printed")
    func printing() {
        let credentials = WebCredentials(token: "0123456789abcdef", login: ("ada", "password"))
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            #expect(!text.contains("0123456789abcdef"))
            #expect(!text.contains("password"))
            #expect(!text.contains("48"))
        }
    }

    @Test("over the wire: strict headers, a challenge, and no data without credentials", .timeLimit(.minutes(10)))
    func wire() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve(credentials: WebCredentials(token: "0123456789abcdef")) { web in
                let page = try await web.get("/")
                #expect(page.status == 200)
                #expect(page.headers.first(name: "Content-Security-Policy")?.hasPrefix("default-src 'none'") == true)
                #expect(page.headers.first(name: "X-Content-Type-Options") == "nosniff")
                let health = try await web.get("/healthz")
                #expect(health.status == 200)
                for path in ["/metrics", "/api/v1/pdus", "/api/v1/events", "/nowhere"] {
                    let refused = try await web.get(path)
                    #expect(refused.status == 401)
                    #expect(refused.headers.first(name: "WWW-Authenticate")?.hasPrefix("Bearer") == true)
                }
                let admitted = try await web.get(
                    "/api/v1/pdus",
                    headers: [("Authorization", "Bearer 0123456789abcdef")]
                )
                #expect(admitted.status == 200)
            }
        }
    }

    @Test("only the origins that are named may show the page in a frame")
    func frames() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                let policy = try await web.get("/").headers.first(name: "Content-Security-Policy")
                #expect(policy?.hasSuffix("frame-ancestors 'none'") == true)
            }
            var page = PageSettings()
            page.frameAncestors = ["https://home.example:8123"]
            try await fleet.serve(page: page) { web in
                let policy = try await web.get("/").headers.first(name: "Content-Security-Policy")
                #expect(policy?.hasSuffix("form-action 'none'; frame-ancestors https://home.example:8123") == true)
            }
        }
    }
}
