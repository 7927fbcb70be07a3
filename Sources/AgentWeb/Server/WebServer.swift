public import Logging
public import ServiceLifecycle

/// Serves the page, the interface for programs, health and metrics.
public struct WebServer: Service, CustomStringConvertible {
    /// What a server shows and switches.
    public enum Subject: Sendable {
        /// The agent of this process.
        case agent(FleetAccess, AgentWatch)
        /// Every agent at a broker.
        case agents(BrokerSource)
        /// The agent of this process, and the others at its broker.
        case all(FleetAccess, AgentWatch, BrokerSource)

        fileprivate var source: any PageSource {
            switch self {
            case .agent(let fleet, let watch): AgentSource(fleet: fleet, watch: watch)
            case .agents(let source): source
            case .all(let fleet, let watch, let others):
                AllAgentsSource(agent: AgentSource(fleet: fleet, watch: watch), others: others)
            }
        }
    }

    /// Short, and without the credentials: whoever runs services keeps what they say of themselves.
    public let description = "web server"

    /// How often clients of the event stream see that it stands.
    private static let heartbeatInterval = Duration.seconds(15)

    private let api: WebAPI
    private let credentials: WebCredentials
    private let listener: HTTPListener
    /// The same at a Unix socket, with the user as whom everybody asks there.
    private let socket: (listener: HTTPListener, user: String?)?
    private let proxyLogin: ProxyLogin?

    /// A server that listens when it is run.
    ///
    /// - Parameters:
    ///   - host: a host's name or an IP address without brackets.
    ///   - port: the TCP port; 0 for any free one.
    ///   - credentials: what clients have to show. Without any, and without users, `host` must be the loopback.
    ///   - tls: the certificate; nothing for plain HTTP.
    ///   - socket: a Unix socket at which the same is served besides, without TLS.
    ///   - proxies: reverse proxies, which say in `X-Forwarded-For` for whom they ask.
    ///   - signIn: knows the users of the configuration.
    ///   - proxyLogin: how the proxies say who has logged in there, where they do.
    ///   - subject: what it shows and switches.
    ///   - page: what the site says of its page.
    ///   - setup: changes the configuration; nothing where the page may not.
    ///   - outcomeTime: how long a request waits for the outcome of its command.
    ///   - onListening: told the port, each time the server begins to listen.
    public init(
        host: String,
        port: Int,
        credentials: WebCredentials,
        tls: WebCertificate? = nil,
        socket: SocketFile? = nil,
        proxies: [ClientNetwork] = [],
        signIn: SignInDesk = SignInDesk(),
        proxyLogin: ProxyLogin? = nil,
        showing subject: Subject,
        page: PageSettings = PageSettings(),
        setup: (any SetupDesk)? = nil,
        outcomeTime: Duration = .seconds(120),
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        var limits = ConnectionLimits()
        limits.proxies = proxies
        self.init(
            host: host,
            port: port,
            credentials: credentials,
            tls: tls,
            socket: socket,
            signIn: signIn,
            proxyLogin: proxyLogin,
            source: subject.source,
            page: page,
            setup: setup,
            outcomeTime: outcomeTime,
            limits: limits,
            guesses: GuessDesk(),
            logger: logger,
            onListening: onListening
        )
    }

    init(
        host: String,
        port: Int,
        credentials: WebCredentials,
        tls: WebCertificate?,
        socket: SocketFile? = nil,
        signIn: SignInDesk = SignInDesk(),
        proxyLogin: ProxyLogin? = nil,
        source: any PageSource,
        page: PageSettings = PageSettings(),
        setup: (any SetupDesk)? = nil,
        outcomeTime: Duration,
        limits: ConnectionLimits,
        guesses: GuessDesk,
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void
    ) {
        var limits = limits
        // Who may open the file of a socket is believed for whom it asks, as a proxy is.
        if socket != nil { limits.proxies.append(.socket) }
        let places = ConnectionPlaces(limits)
        api = WebAPI(
            source: source,
            setup: setup,
            page: page,
            outcomeTime: outcomeTime,
            places: places,
            guesses: guesses,
            signIn: signIn,
            logger: logger,
            cookie: "busbar_\(port)"
        )
        self.credentials = credentials
        self.proxyLogin = proxyLogin
        listener = HTTPListener(
            section: "web",
            place: .port(host: host, port),
            tls: tls,
            logger: logger,
            places: places,
            onListening: onListening
        )
        self.socket = socket.map { file in
            (
                HTTPListener(section: "web", place: .socket(file), logger: logger, places: places) { _ in },
                file.user
            )
        }
    }

    /// Serves until the graceful shutdown. A port that cannot be had is reported and tried again.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: Self.heartbeatInterval)
                    api.source.watch.events.beat()
                }
            }
            if let socket {
                let responder = api.responder(
                    credentials: credentials,
                    proxyLogin: proxyLogin,
                    socketUser: socket.user,
                    logger: socket.listener.logger
                )
                group.addTask { await socket.listener.run(responder) }
            }
            let responder = api.responder(
                credentials: credentials,
                proxyLogin: proxyLogin,
                isSecure: listener.tls != nil,
                logger: listener.logger
            )
            await listener.run(responder)
            group.cancelAll()
        }
    }
}
