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
                fleet: access,
                watch: watch,
                page: page,
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
