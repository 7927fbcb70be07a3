import Credentials
import Foundation
import HTTPTypes
import MQTTClient
import NIOHTTP1
import Power
import TestSupport
import Testing

@testable import Agent
@testable import AgentWeb

/// Users of every role and of scopes that matter for the fleet of the tests, each with a token.
enum TestUsers {
    static let rights: [String: Rights] = [
        "met": Rights(role: .metrics),
        "eye": Rights(role: .view),
        "eye1": Rights(role: .view, scope: scope("pdu1/*")),
        "hand": Rights(role: .operate, mayForce: true),
        "hand1": Rights(role: .operate, scope: scope("pdu1/*")),
        "out1": Rights(role: .operate, scope: scope("pdu1/1")),
        "grp": Rights(role: .operate, scope: scope("group:both")),
        "lod": Rights(role: .operate, scope: scope("load:server")),
        "boss": Rights(role: .admin),
    ]
    /// In the order of the tables; nobody shows nothing.
    static let order = ["nobody", "met", "eye", "eye1", "hand", "hand1", "out1", "grp", "lod", "boss"]

    static func scope(_ parts: String...) -> Scope { Scope(parts.compactMap(Scope.Part.init)) }

    static func token(_ name: String) -> String { "token-of-\(name)-0123456789" }

    static let all = rights.map { WebUser(name: $0, rights: $1, tokens: [TokenHash(of: token($0))]) }

    static func desk(_ users: [WebUser] = all) -> SignInDesk {
        let desk = SignInDesk()
        desk.adopt(users, idle: .seconds(3600), limit: .seconds(7200))
        return desk
    }

    static func headers(_ name: String) -> [(String, String)] {
        (name == "nobody" ? [] : [("Authorization", "Bearer \(token(name))")]) + [("Content-Type", "application/json")]
    }
}

@Suite("Who may do what over HTTP", .timeLimit(.minutes(10)))
struct UsersTests {
    /// What each user of `TestUsers.order` is answered, for the first outlet of the first PDU, for the group and the load.
    private static let table: [Endpoint: [Int]] = [
        .health: all(200), .readiness: all(200), .page: all(200), .pageFile: all(200), .signInPage: all(200),
        .signInScript: all(200),
        .signIn: all(400), .signOut: all(200),
        .metrics: [401, 200, 200, 200, 200, 200, 200, 200, 200, 200],
        .me: [401, 200, 200, 200, 200, 200, 200, 200, 200, 200],
        .agent: viewing, .pdus: viewing, .pdu: viewing, .pduLog: viewing, .outlets: viewing, .groups: viewing,
        .loads: viewing, .events: viewing, .description: viewing,
        // What happens anywhere is for those who may see everything.
        .log: [401, 403, 200, 403, 200, 403, 403, 403, 403, 200],
        .refresh: [401, 403, 202, 202, 202, 202, 202, 202, 202, 202],
        .pduHistory: [401, 403, 200, 200, 200, 200, 403, 403, 403, 200],
        .outletLog: [401, 403, 200, 200, 200, 200, 200, 200, 404, 200],
        .outletHistory: [401, 403, 200, 200, 200, 200, 200, 200, 404, 200],
        .command: [401, 403, 403, 403, 200, 200, 200, 403, 403, 200],
        .groupCommand: [401, 403, 403, 403, 200, 403, 403, 200, 403, 200],
        .loadCommand: [401, 403, 403, 403, 200, 403, 403, 403, 200, 200],
        .sessions: [401, 403, 403, 403, 403, 403, 403, 403, 403, 200],
        .endSessions: [401, 403, 403, 403, 403, 403, 403, 403, 403, 200],
        .setupPage: all(200), .setup: setup(200), .setupProbe: setup(200), .setupScan: setup(202),
        .setupScanState: setup(200), .setupPreview: setup(200), .setupSave: setup(200),
    ]
    private static func setup(_ status: Int) -> [Int] { [401] + Array(repeating: 403, count: 8) + [status] }
    private static let viewing = [401, 403, 200, 200, 200, 200, 200, 200, 200, 200]
    private static func all(_ status: Int) -> [Int] { Array(repeating: status, count: TestUsers.order.count) }

    private static func path(_ endpoint: Endpoint, pdu: String, outlet: String) -> String {
        endpoint.path.replacing("{pdu}", with: pdu).replacing("{outlet}", with: outlet)
            .replacing("{group}", with: "both").replacing("{load}", with: "server").replacing("{user}", with: "nobody")
            .replacing("{file}", with: "app.js")
    }

    private static func body(_ endpoint: Endpoint) -> String? {
        switch endpoint {
        case .signIn: "{}"
        case .setupProbe: #"{"host":"192.0.2.1"}"#
        case .setupScan: #"{"network":"192.0.2.0/24"}"#
        case .setupPreview: #"{"change":{"users":[{"name":"anna","role":"view"}]}}"#
        case .setupSave: #"{"change":{"users":[{"name":"anna","role":"view"}]},"seen":"this"}"#
        default: endpoint.method == .post ? #"{"action":"ON","dry_run":true}"# : nil
        }
    }

    private static func ask(_ web: TestClient, _ endpoint: Endpoint, _ path: String, as user: String) async throws
        -> Int
    {
        // The stream of events has no end; its head is judged like it.
        let method: HTTPMethod = endpoint.method == .post ? .POST : endpoint == .events ? .HEAD : .GET
        return try await web.send(path, method: method, headers: TestUsers.headers(user), body: body(endpoint)).status
    }

    @Test(
        "every endpoint has a rule in the table, and every role and scope is answered by it; what is refused is written down"
    )
    func everyEndpoint() async throws {
        for endpoint in Endpoint.allCases { #expect(Self.table[endpoint] != nil, "\(endpoint.path) has no rule") }
        let setup = NotedDesk()
        try await TestFleet.with { fleet in
            try await fleet.serve(signIn: TestUsers.desk(), setup: setup) { web in
                var refused: [(user: String, endpoint: Endpoint, path: String)] = []
                for endpoint in Endpoint.allCases {
                    let path = Self.path(endpoint, pdu: "pdu1", outlet: "1")
                    for (user, expected) in zip(TestUsers.order, Self.table[endpoint] ?? []) {
                        let status = try await Self.ask(web, endpoint, path, as: user)
                        #expect(status == expected, "\(user) at \(endpoint.method.rawValue) \(path)")
                        if status == 403 || status == 404 { refused.append((user, endpoint, path)) }
                    }
                }
                try await Self.expect(refused, in: fleet)
            }
        }
        // What is refused does not reach who changes the configuration: one admin has asked each once.
        let asked = await setup.asked
        #expect(
            asked == [
                "state", "probe 192.0.2.1", "scan 192.0.2.0/24", "found", "found", #"preview ["anna"]"#, "save this",
            ]
        )
    }

    @Test(
        "a change of the configuration is written down with who made it and without its secrets, and a refused one with why; answers are as described"
    )
    func changes() async throws {
        let description = try OpenAPI(#require(PageFiles.texts["openapi.yaml"]))
        let setup = NotedDesk()
        let (preview, save) = ("/api/v1/setup/preview", "/api/v1/setup/save")
        let change = #"{"change":{"users":[{"name":"anna","role":"view","make":["token"]}]},"seen":"this"}"#
        try await TestFleet.with { fleet in
            try await fleet.serve(signIn: TestUsers.desk(), setup: setup) { web in
                let headers = TestUsers.headers("boss")
                let state = try await web.get("/api/v1/setup", headers: headers)
                #expect(
                    state.text.contains(#"{"name":"anna","own":true,"place":{"file":"/conf.d/page.yaml","line":3},"#)
                )
                let saved = try await web.post(save, change, headers: headers)
                try description.check(saved, of: "post \(save)")
                #expect(saved.text.contains(#""made":[{"kind":"token","secret":"made-for-anna","user":"anna"}]"#))
                for (path, body) in [
                    (preview, #"{"change":{"grups":[]}}"#), (preview, #"{"change":{"users":[{"name":"anna"}]}}"#),
                    (preview, #"{"change":{"users":[{"name":"anna","role":"view","make":["key"]}]}}"#),
                    (preview, #"{"change":{"groups":[{"name":"g","outlets":[1]}]}}"#), (save, #"{"change":{}}"#),
                    (preview, "?"),
                ] {
                    let answer = try await web.post(path, body, headers: headers)
                    #expect(answer.status == 400, "\(body): \(answer.text)")
                    try description.check(answer, of: "post \(path)")
                }
                let part = SetupProblem.Part("expected view", section: "users", name: "anna", key: "role")
                for (kind, status) in [(SetupProblem.Kind.refused, 409), (.busy, 409), (.unwritable, 403), (.bad, 400)]
                {
                    await setup.refuse(with: SetupProblem(kind, part))
                    for path in [preview, save] {
                        let answer = try await web.post(path, change, headers: headers)
                        #expect(answer.status == status)
                        let problems = try #require(try answer.object()["problems"] as? [[String: String]])
                        #expect(problems == [["text": "expected view", "of": "users", "name": "anna", "key": "role"]])
                        try description.check(answer, of: "post \(path)")
                    }
                }
                let ended = try await web.post("/api/v1/login", #"{"token":"\#(TestUsers.token("eye"))"}"#)
                #expect(ended.status == 200)
                for _ in 1...2 {
                    _ = try await web.post("/api/v1/sessions/eye/end", "", headers: TestUsers.headers("boss"))
                }
                let entries = try await fleet.access.audit?.entries(AuditFilter(), limit: 1000).map(\.entry) ?? []
                let changes = entries.filter { $0.kind == .configuration }
                #expect(changes.count == 2 && changes.allSatisfy { $0.user == "boss" && $0.door == .http })
                let words = changes.compactMap(\.message).sorted()
                #expect(words.first?.hasPrefix("added the user anna (view); from 127.0.0.1") == true, "\(words)")
                #expect(words.last?.hasPrefix("ended the session of eye; from 127.0.0.1") == true, "\(words)")
                #expect(entries.contains { $0.user == "boss" && $0.message?.hasPrefix("expected view; from") == true })
                #expect(!entries.contains { "\($0)".contains("made-for-anna") })
            }
        }
    }

    @Test("outside of its scope, a user sees nothing and switches nothing, and is refused as if nothing were there")
    func outside() async throws {
        let viewing = [401, 403, 200, 404, 200, 404, 404, 200, 200, 200]
        let rest: [Endpoint: [Int]] = [
            .pdu: viewing, .pduLog: viewing, .refresh: viewing.map { $0 == 200 ? 202 : $0 },
            .pduHistory: [401, 403, 200, 404, 200, 404, 404, 403, 403, 200],
            .outletLog: [401, 403, 200, 404, 200, 404, 404, 404, 404, 200],
            .outletHistory: [401, 403, 200, 404, 200, 404, 404, 404, 404, 200],
            .command: [401, 403, 403, 403, 200, 403, 403, 403, 403, 200],
        ]
        try await TestFleet.with { fleet in
            try await fleet.serve(signIn: TestUsers.desk()) { web in
                var refused: [(user: String, endpoint: Endpoint, path: String)] = []
                for (endpoint, statuses) in rest {
                    let path = Self.path(endpoint, pdu: "pdu2", outlet: "3")
                    for (user, expected) in zip(TestUsers.order, statuses) {
                        let status = try await Self.ask(web, endpoint, path, as: user)
                        #expect(status == expected, "\(user) at \(path)")
                        if status == 403 || status == 404 { refused.append((user, endpoint, path)) }
                    }
                }
                try await Self.expect(refused, in: fleet)
                for (path, user) in [
                    ("/api/v1/pdus/none/outlets/1/command", "out1"), ("/api/v1/groups/none/command", "grp"),
                    ("/api/v1/loads/none/command", "lod"), ("/api/v1/pdus/pdu1/outlets/all/command", "out1"),
                    ("/api/v1/pdus/pdu1/outlets/x/command", "out1"),
                ] {
                    let answer = try await web.post(path, #"{"action":"ON"}"#, headers: TestUsers.headers(user))
                    #expect(answer.status == 403, "\(path)")
                    let error = try answer.object()["error"] as? [String: Any]
                    #expect(error?["code"] as? String == "unauthorized")
                }
                #expect(fleet.devices.allSatisfy { !$0.isOn })
            }
        }
    }

    /// What somebody who is known was refused has an entry in the audit trail, with its name and the code.
    private static func expect(
        _ refused: [(user: String, endpoint: Endpoint, path: String)],
        in fleet: TestFleet
    ) async throws {
        let entries = try await fleet.access.audit?.entries(AuditFilter(), limit: 10_000).map(\.entry) ?? []
        let denied = entries.filter { $0.code == "unauthorized" && $0.status == "rejected" && $0.door == .http }
        for (user, endpoint, path) in refused {
            let isThere = denied.contains { entry in
                guard entry.user == user else { return false }
                if entry.kind == .access {
                    let requests = [endpoint.path, path].map { "\(endpoint.method.rawValue) \($0)" }
                    return requests.contains(entry.target ?? "")
                        || (endpoint == .events && entry.target == "HEAD \(path)")
                }
                switch endpoint {
                case .command: return path.contains("/\(entry.pdu ?? "-")/outlets/\(entry.outlet ?? "-")/")
                case .groupCommand: return entry.target == "group/both"
                case .loadCommand: return entry.target == "load/server"
                default: return false
                }
            }
            #expect(isThere, "\(user) at \(path) is not in the audit trail")
        }
    }

    @Test(
        "lists hold what is in the scope, say what may not be switched, and the whole PDU is told to who sees it whole"
    )
    func lists() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve(signIn: TestUsers.desk()) { web in
                func list(_ path: String, _ key: String, _ user: String) async throws -> [[String: Any]] {
                    let answer = try await web.get(path, headers: TestUsers.headers(user))
                    return try #require(try answer.object()[key] as? [[String: Any]])
                }
                func outlets(_ user: String) async throws -> [String] {
                    try await list("/api/v1/outlets", "outlets", user).map { one in
                        let mark = one["may_switch"] as? Bool == false ? "-" : ""
                        return "\(one["pdu"] as? String ?? "")/\(one["outlet"] as? Int ?? 0)\(mark)"
                    }
                }
                #expect(try await outlets("out1") == ["pdu1/1"])
                #expect(try await outlets("grp") == ["pdu1/1-", "pdu2/1-"])
                #expect(try await outlets("lod") == ["pdu1/2-", "pdu2/2-"])
                #expect(try await outlets("eye1") == ["pdu1/1-", "pdu1/2-", "pdu1/3-", "pdu1/4-"])
                #expect(try await outlets("boss").count == 8)
                #expect(try await list("/api/v1/pdus", "pdus", "hand1").map { $0["name"] as? String } == ["pdu1"])
                #expect(
                    try await list("/api/v1/groups", "groups", "hand1").map { $0["name"] as? String } == ["guarded"]
                )
                #expect(try await list("/api/v1/groups", "groups", "grp").map { $0["name"] as? String } == ["both"])
                #expect(try await list("/api/v1/groups", "groups", "lod").isEmpty)
                #expect(try await list("/api/v1/loads", "loads", "lod").map { $0["name"] as? String } == ["server"])
                #expect(try await list("/api/v1/loads", "loads", "hand1").isEmpty)
                let metrics = try await web.get("/metrics", headers: TestUsers.headers("out1")).text
                #expect(metrics.contains(#"busbar_outlet_state{pdu="pdu1",outlet="1"}"#))
                #expect(!metrics.contains(#"outlet="2"}"#))
                #expect(!metrics.contains("pdu2"))
                #expect(try await web.get("/metrics", headers: TestUsers.headers("met")).text.contains("pdu2"))
            }
        }
    }

    @Test("the log of a PDU holds what is in the scope, and who did it")
    func log() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve(signIn: TestUsers.desk()) { web in
                for outlet in 1...2 {
                    let path = "/api/v1/pdus/pdu1/outlets/\(outlet)/command"
                    let answer = try await web.post(
                        path,
                        #"{"action":"ON","by":"me"}"#,
                        headers: TestUsers.headers("hand")
                    )
                    let result = try answer.object()
                    #expect(result["user"] as? String == "hand")
                    #expect(result["door"] as? String == "http")
                    #expect(result["by"] as? String == "me")
                }
                func entries(_ user: String) async throws -> [[String: Any]] {
                    let answer = try await web.get("/api/v1/pdus/pdu1/log", headers: TestUsers.headers(user))
                    return try #require(try answer.object()["entries"] as? [[String: Any]])
                        .filter { $0["kind"] as? String == "command" }
                }
                #expect(try await entries("eye").map { $0["outlet"] as? Int } == [2, 1])
                #expect(try await entries("out1").map { $0["outlet"] as? Int } == [1])
                #expect(try await entries("out1").map { $0["user"] as? String } == ["hand"])
                let one = try await web.get("/api/v1/pdus/pdu1", headers: TestUsers.headers("out1")).object()
                let changed = (one["outlets"] as? [[String: Any]])?.first?["changed"] as? [String: Any]
                #expect(changed?["user"] as? String == "hand")
            }
        }
    }

    @Test("force is a right of its own")
    func force() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve(signIn: TestUsers.desk()) { web in
                let path = "/api/v1/pdus/pdu1/outlets/4/command"
                let body = #"{"action":"ON","force":true}"#
                let refused = try await web.post(path, body, headers: TestUsers.headers("hand1"))
                #expect(refused.status == 403)
                #expect(try (refused.object()["error"] as? [String: Any])?["code"] as? String == "unauthorized")
                #expect(!fleet.devices[0].isOn)
                #expect(try await web.post(path, body, headers: TestUsers.headers("hand")).status == 200)
            }
        }
    }

    @Test("a client hears of the events what is in its scope, and hears no more once its user is gone")
    func events() async throws {
        try await TestFleet.with { fleet in
            let desk = TestUsers.desk()
            try await fleet.serve(signIn: desk) { web in
                try await web.follow(headers: TestUsers.headers("out1")) { stream in
                    _ = await stream.next("hello")
                    for outlet in [2, 1] {
                        let path = "/api/v1/pdus/pdu1/outlets/\(outlet)/command"
                        _ = try await web.post(path, #"{"action":"ON"}"#, headers: TestUsers.headers("hand"))
                    }
                    #expect(await stream.next("result")?.data["outlet"] as? Int == 1)
                    // The user's scope becomes another while it listens.
                    desk.adopt(
                        TestUsers.all.map { user in
                            var user = user
                            if user.name == "out1" { user.rights.scope = TestUsers.scope("pdu1/2") }
                            return user
                        },
                        idle: .seconds(3600),
                        limit: .seconds(7200)
                    )
                    let path = "/api/v1/pdus/pdu1/outlets/1/command"
                    _ = try await web.post(path, #"{"action":"OFF"}"#, headers: TestUsers.headers("hand"))
                    fleet.watch.events.beat()
                    #expect(await stream.next("dropped") != nil)
                    desk.adopt([], idle: .seconds(3600), limit: .seconds(7200))
                    fleet.watch.events.beat()
                    while await stream.next() != nil {}
                }
            }
        }
    }

    @Test("pdudaemon's clients switch what is in the listener's scope, and what they may not is written down")
    func pdudaemon() async throws {
        try await TestFleet.with { fleet in
            try await fleet.servePDUDaemon(scope: TestUsers.scope("pdu1/1", "pdu1/4")) { web in
                #expect(try await web.get("/power/control/on?hostname=pdu1&port=1").status == 200)
                #expect(try await web.get("/power/control/on?hostname=pdu1&port=2").status == 403)
                #expect(try await web.get("/power/control/on?hostname=pdu2&port=1").status == 403)
                #expect(try await web.get("/power/control/on?hostname=none&port=1").status == 403)
                #expect(!fleet.devices[1].isOn)
                var filter = AuditFilter()
                filter.statuses = ["rejected"]
                let entries = try await fleet.access.audit?.entries(filter, limit: 10).map(\.entry) ?? []
                #expect(entries.map(\.code) == ["unauthorized", "unauthorized", "unauthorized"])
                #expect(entries.allSatisfy { $0.door == .pdudaemon })
            }
        }
    }
}

@Suite("Who may do what over MQTT", .timeLimit(.minutes(10)))
struct UserTopicTests {
    /// Topics behind the user's name, and who may switch there.
    private static let table: [(topic: String, users: Set<String>)] = [
        ("pdu/pdu1/outlet/1/set", ["hand", "hand1", "out1", "boss"]), ("pdu/pdu2/outlet/1/set", ["hand", "boss"]),
        ("pdu/pdu1/outlet/all/set", ["hand", "hand1", "boss"]), ("pdu/pdu1/outlet/x/set", ["hand", "hand1", "boss"]),
        ("group/both/set", ["hand", "grp", "boss"]), ("group/guarded/set", ["hand", "hand1", "boss"]),
        ("load/server/set", ["hand", "lod", "boss"]),
    ]

    private static func with(
        requiresUser: Bool = false,
        users: [String: Rights]? = TestUsers.rights,
        _ test: (TestFleet) async throws -> Void
    ) async throws {
        try await TestFleet.with { fleet in
            let router = fleet.access.router
            _ = router.adopt(
                CommandRouter.Rules(
                    agent: "test",
                    groups: router.groups,
                    loads: router.loads,
                    users: users,
                    requiresUser: requiresUser
                )
            )
            try await test(fleet)
        }
    }

    private static func send(_ fleet: TestFleet, _ topic: String, _ payload: String) async {
        await fleet.access.router.route(Delivery(topic: "lab/\(topic)", payload: Array(payload.utf8)))
    }

    private static func refusals(_ fleet: TestFleet) async throws -> [AuditEntry] {
        let entries = try await fleet.access.audit?.entries(AuditFilter(), limit: 10_000).map(\.entry) ?? []
        return entries.filter { $0.code == "unauthorized" }
    }

    @Test("every topic the agent listens to has a rule in the table")
    func complete() throws {
        let topics = TopicMap()
        let rules = Set(Self.table.map(\.topic))
        for filter in topics.userFilters {
            let pattern = filter.dropFirst("lab/user/+/".count).split(separator: "/")
            let isThere =
                pattern.last == "get"
                || rules.contains { topic in
                    let levels = topic.split(separator: "/")
                    return levels.count == pattern.count && zip(pattern, levels).allSatisfy { $0 == "+" || $0 == $1 }
                }
            #expect(isThere, "\(filter) has no rule")
        }
        #expect(topics.userFilters.count == topics.commandFilters.count)
    }

    @Test("every role and scope at every topic: nothing passes that should not, and every refusal is written down")
    func everyTopic() async throws {
        try await Self.with { fleet in
            var expected: [String] = []
            for (topic, users) in Self.table {
                for user in TestUsers.order.dropFirst() + ["stranger"] {
                    let mayPass = users.contains(user)
                    // What passes is only tried dry, so that a switched outlet is one that was let through.
                    let payload = mayPass ? #"{"action":"ON","dry_run":true}"# : #"{"action":"ON","id":"x"}"#
                    await Self.send(fleet, "user/\(user)/\(topic)", payload)
                    if !mayPass { expected.append("\(user) \(topic)") }
                }
            }
            let entries = try await Self.refusals(fleet)
            let found = entries.map { entry in
                let place =
                    if let load = entry.target, load.hasPrefix("load/") {
                        "\(load)/set"
                    } else if let target = entry.target,
                        target.hasPrefix("group/")
                    { "\(target)/set" } else { "pdu/\(entry.pdu ?? "")/outlet/\(entry.outlet ?? "")/set" }
                return "\(entry.user ?? "") \(place)"
            }
            #expect(found.sorted() == expected.sorted())
            #expect(entries.allSatisfy { $0.door == .mqtt && $0.status == "rejected" && $0.id == "x" })
            #expect(fleet.devices.allSatisfy { !$0.isOn })
        }
    }

    @Test("what passes is carried out, and the sender is who the topic says, whatever the payload says")
    func sender() async throws {
        try await Self.with { fleet in
            await Self.send(fleet, "user/out1/pdu/pdu1/outlet/1/set", #"{"action":"ON","by":"boss"}"#)
            try await Self.waitForCommand(fleet)
            let entry = try #require(
                try await fleet.access.audit?.entries(AuditFilter(), limit: 100).map(\.entry)
                    .first { $0.kind == .command }
            )
            #expect(entry.user == "out1")
            #expect(entry.by == "boss")
            #expect(entry.door == .mqtt)
            #expect(entry.status == "done")
        }
    }

    @Test("a payload cannot say who the user is")
    func forged() async throws {
        try await Self.with { fleet in
            for key in ["user", "door"] {
                await Self.send(fleet, "pdu/pdu1/outlet/1/set", #"{"action":"ON","\#(key)":"boss"}"#)
            }
            let entries = try await fleet.access.audit?.entries(AuditFilter(), limit: 10).map(\.entry) ?? []
            #expect(entries.filter { $0.kind == .command }.map(\.code) == ["bad_payload", "bad_payload"])
            #expect(!fleet.devices[0].isOn)
        }
    }

    @Test("without users, a user's own topic means the same as the plain one, and the name is noted")
    func withoutUsers() async throws {
        try await Self.with(users: nil) { fleet in
            await Self.send(fleet, "user/anyone/pdu/pdu1/outlet/1/set", "ON")
            try await Self.waitForCommand(fleet)
            let entry = try #require(
                try await fleet.access.audit?.entries(AuditFilter(), limit: 100).map(\.entry)
                    .first { $0.kind == .command }
            )
            #expect(entry.user == "anyone")
            #expect(entry.status == "done")
        }
    }

    @Test("plain topics stay as they are with users, unless a user is required: then they are refused")
    func plain() async throws {
        try await Self.with { fleet in
            await Self.send(fleet, "pdu/pdu1/outlet/1/set", "ON")
            try await Self.waitForCommand(fleet)
            #expect(fleet.devices[0].isOn)
        }
        try await Self.with(requiresUser: true) { fleet in
            for (topic, _) in Self.table { await Self.send(fleet, topic, "ON") }
            #expect(try await Self.refusals(fleet).count == Self.table.count)
            #expect(fleet.devices.allSatisfy { !$0.isOn })
            await Self.send(fleet, "user/hand/pdu/pdu1/outlet/1/set", "ON")
            try await Self.waitForCommand(fleet, status: "done")
            #expect(fleet.devices[0].isOn)
        }
    }

    @Test("what is no name of a user is refused", arguments: ["", "a b", "a#", String(repeating: "a", count: 65)])
    func names(name: String) async throws {
        try await Self.with(users: nil) { fleet in
            await Self.send(fleet, "user/\(name)/pdu/pdu1/outlet/1/set", "ON")
            let refusals = try await Self.refusals(fleet)
            #expect(refusals.count == 1)
            #expect(!fleet.devices[0].isOn)
        }
    }

    private static func waitForCommand(_ fleet: TestFleet, status: String = "done") async throws {
        try await waitUntil {
            var filter = AuditFilter()
            filter.statuses = [status]
            return try await fleet.access.audit?.entries(filter, limit: 100).contains { $0.entry.kind == .command }
                == true
        }
    }
}
