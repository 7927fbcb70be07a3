import Agent
import Logging
import ServiceLifecycle

@testable import AgentWeb

extension TestFleet {
    /// Runs a test with the page's server.
    func serve(
        credentials: WebCredentials = WebCredentials(),
        tls: WebCertificate? = nil,
        socket: SocketFile? = nil,
        signIn: SignInDesk = SignInDesk(),
        proxyLogin: ProxyLogin? = nil,
        page: PageSettings = PageSettings(),
        setup: (any SetupDesk)? = nil,
        outcomeTime: Duration = .seconds(30),
        limits: ConnectionLimits = ConnectionLimits(),
        guesses: GuessBook = GuessBook(),
        logger: Logger = Self.silence,
        _ test: (TestClient) async throws -> Void
    ) async throws {
        try await run(test) { ports in
            WebServer(
                host: "127.0.0.1",
                port: 0,
                credentials: credentials,
                tls: tls,
                socket: socket,
                signIn: signIn,
                proxyLogin: proxyLogin,
                source: AgentSource(fleet: access, watch: watch),
                page: page,
                setup: setup,
                outcomeTime: outcomeTime,
                limits: limits,
                guesses: GuessDesk(guesses),
                logger: logger
            ) { ports.yield($0) }
        }
    }

    /// Runs a test with the server for pdudaemon's clients.
    func servePDUDaemon(
        scope: Scope = .everything,
        limits: ConnectionLimits = ConnectionLimits(),
        _ test: (TestClient) async throws -> Void
    ) async throws {
        try await run(test) { ports in
            PDUDaemonServer(
                host: "127.0.0.1",
                port: 0,
                scope: scope,
                fleet: access,
                outcomeTime: .seconds(30),
                limits: limits,
                logger: Self.silence
            ) { ports.yield($0) }
        }
    }

    static let silence = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func run(
        _ test: (TestClient) async throws -> Void,
        _ makeServer: (AsyncStream<Int>.Continuation) -> any Service
    ) async throws {
        let (ports, input) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        let server = makeServer(input)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            for await port in ports {
                try await test(TestClient(port: port))
                break
            }
            group.cancelAll()
        }
    }
}

/// Answers what the page asks of the configuration, and keeps what was asked. The desk that changes files is the program's own,
/// and is tried with it.
actor NotedDesk: SetupDesk {
    private(set) var asked: [String] = []
    private var problem: SetupProblem?

    /// Refuses changes from now on.
    func refuse(with problem: SetupProblem) { self.problem = problem }

    func state() async -> SetupState {
        asked.append("state")
        var state = SetupState(mode: .running, file: "/busbar.yaml", pageFile: "/conf.d/page.yaml")
        state.users = [
            .init(
                SetupChange.User(name: "anna", role: "view", scope: nil, force: nil),
                proofs: [.token],
                own: true,
                place: .init(file: "/conf.d/page.yaml", line: 3)
            )
        ]
        return state
    }

    func tryBroker(_ broker: SetupBroker) async -> SetupTrial { SetupTrial(address: broker.address, problem: nil) }

    func probe(_ order: SetupProbe) async throws(SetupProblem) -> SetupFinding {
        asked.append("probe \(order.host)")
        return SetupFinding(host: order.host)
    }

    func scan(_ order: SetupScan) async throws(SetupProblem) { asked.append("scan \(order.network)") }

    func scanState() async -> SetupScanState {
        asked.append("found")
        return SetupScanState()
    }

    func preview(_ change: SetupChange) async throws(SetupProblem) -> SetupPreview {
        asked.append("preview \(change.users?.map(\.name) ?? [])")
        if let problem { throw problem }
        return SetupPreview(files: [], secrets: [], seen: "this")
    }

    func save(_ change: SetupChange, seen: String) async throws(SetupProblem) -> SetupSaved {
        asked.append("save \(seen)")
        if let problem { throw problem }
        var saved = SetupSaved(message: "added the user anna (view)", files: ["/conf.d/page.yaml"])
        saved.made = [.init(user: "anna", kind: .token, secret: "made-for-anna")]
        return saved
    }
}
