public import Logging
public import ServiceLifecycle

/// Serves the page, the interface for programs, health and metrics.
public struct WebServer: Service, CustomStringConvertible {
    /// Short, and without the credentials: whoever runs services keeps what they say of themselves.
    public let description = "web server"

    /// How often clients of the event stream see that it stands.
    private static let heartbeatInterval = Duration.seconds(15)

    private let api: WebAPI
    private let credentials: WebCredentials
    private let listener: HTTPListener

    /// A server that listens when it is run.
    ///
    /// - Parameters:
    ///   - host: a host's name or an IP address without brackets.
    ///   - port: the TCP port; 0 for any free one.
    ///   - credentials: what clients have to show. Without any, `host` must be the loopback.
    ///   - tls: the certificate; nothing for plain HTTP.
    ///   - proxies: reverse proxies, which say in `X-Forwarded-For` for whom they ask.
    ///   - page: what the site says of its page.
    ///   - outcomeTime: how long a request waits for the outcome of its command.
    ///   - onListening: told the port, each time the server begins to listen.
    public init(
        host: String,
        port: Int,
        credentials: WebCredentials,
        tls: WebCertificate? = nil,
        proxies: [ClientNetwork] = [],
        fleet: FleetAccess,
        watch: AgentWatch,
        page: PageSettings = PageSettings(),
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
            fleet: fleet,
            watch: watch,
            page: page,
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
        fleet: FleetAccess,
        watch: AgentWatch,
        page: PageSettings = PageSettings(),
        outcomeTime: Duration,
        limits: ConnectionLimits,
        guesses: GuessDesk,
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void
    ) {
        let places = ConnectionPlaces(limits)
        api = WebAPI(
            fleet: fleet,
            watch: watch,
            page: page,
            outcomeTime: outcomeTime,
            places: places,
            guesses: guesses
        )
        self.credentials = credentials
        listener = HTTPListener(
            section: "web",
            host: host,
            port: port,
            tls: tls,
            logger: logger,
            places: places,
            onListening: onListening
        )
    }

    /// Serves until the graceful shutdown. A port that cannot be had is reported and tried again.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: Self.heartbeatInterval)
                    api.watch.events.beat()
                }
            }
            await listener.run(api.responder(credentials: credentials, logger: listener.logger))
            group.cancelAll()
        }
    }
}
