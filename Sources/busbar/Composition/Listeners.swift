import Agent
import AgentConfiguration
import AgentWeb
import Foundation
import Logging
import ServiceLifecycle

/// Serves the page and pdudaemon's clients, where the configuration of the moment wants them.
struct Listeners: Service, CustomStringConvertible {
    /// Short, because the group of services keeps it: by default it would be the configuration as text.
    let description = "listeners"
    private let fleet: FleetAccess
    private let watch: AgentWatch
    private let setup: any SetupDesk
    private let logger: Logger
    /// Outlives a listener that is served anew, so that nobody has to sign in again.
    private let signIn = SignInDesk()
    private let pages: AsyncStream<Page?>
    private let nextPage: AsyncStream<Page?>.Continuation
    private let daemons: AsyncStream<PDUDaemonSettings?>
    private let nextDaemon: AsyncStream<PDUDaemonSettings?>.Continuation

    /// What the page is served by; when any of it changes, it is served anew.
    private struct Page: Equatable {
        var settings: WebSettings
        /// When the certificate and its key were written: a renewed certificate bears the old one's name.
        var certificateDates: [Date?]

        init(_ settings: WebSettings) {
            self.settings = settings
            let files = [settings.tls?.certificateFile, settings.tls?.keyFile, settings.tls?.clientCAFile]
            certificateDates = files.compactMap { $0 }.map { path in
                try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
            }
        }
    }

    init(
        _ configuration: AgentConfiguration,
        fleet: FleetAccess,
        watch: AgentWatch,
        setup: any SetupDesk,
        logger: Logger
    ) {
        self.fleet = fleet
        self.setup = setup
        self.watch = watch
        self.logger = logger
        (pages, nextPage) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (daemons, nextDaemon) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        adopt(configuration)
    }

    /// Has everything served as a new configuration says. What has not changed is served on; a request to a listener that
    /// has changed is cut off, its command goes on.
    func adopt(_ configuration: AgentConfiguration) {
        watch.adopt(configuration.web.map { HistoryLimits(span: $0.history, memory: $0.historyMemory) })
        signIn.adopt(
            configuration.users?.map { WebUser($0, $1) },
            idle: configuration.web?.sessionIdle ?? .zero,
            limit: configuration.web?.sessionLimit ?? .zero
        )
        nextPage.yield(configuration.web.map(Page.init))
        nextDaemon.yield(configuration.pdudaemon)
    }

    func run() async {
        async let page: Void = serve(pages) { page in
            let web = page.settings
            await WebServer(
                host: web.listen.host,
                port: web.listen.port,
                credentials: WebCredentials(web),
                tls: web.tls.map(WebCertificate.init),
                socket: web.socket.map { SocketFile(path: $0.path, group: $0.group, user: $0.user) },
                proxies: web.trustedProxies.map(ClientNetwork.init),
                signIn: signIn,
                proxyLogin: web.proxyLogin.map(ProxyLogin.init),
                fleet: fleet,
                watch: watch,
                page: PageSettings(web),
                setup: setup,
                logger: logger
            ).run()
        }
        async let daemon: Void = serve(daemons) { settings in
            await PDUDaemonServer(
                host: settings.listen.host,
                port: settings.listen.port,
                allow: settings.allow.map(ClientNetwork.init),
                scope: Scope(settings.scope),
                fleet: fleet,
                logger: logger
            ).run()
        }
        _ = await (page, daemon)
    }

    /// Serves by the newest settings until the graceful shutdown, and by nothing where there are none.
    private func serve<Settings: Equatable & Sendable>(
        _ wanted: AsyncStream<Settings?>,
        by run: @escaping @Sendable (Settings) async -> Void
    ) async {
        var served: Settings?
        var server: Task<Void, Never>?
        for await settings in wanted.cancelOnGracefulShutdown() where settings != served {
            server?.cancel()
            await server?.value
            served = settings
            // Free, because a child of a task group cannot be ended by itself; it is awaited before the next, and below.
            server = settings.map { settings in Task { await run(settings) } }
        }
        let last = server
        await withTaskCancellationHandler {
            await last?.value
        } onCancel: {
            last?.cancel()
        }
    }
}

extension PageSettings {
    fileprivate init(_ settings: WebSettings) {
        self.init()
        frameAncestors = settings.frameAncestors
        energyPrice = settings.energyPrice
        currency = settings.currency
    }
}
