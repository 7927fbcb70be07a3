import Agent
import AgentConfiguration
import AgentWeb
import Foundation
import Logging
import MQTTClient
import Remote
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
        /// The broker of the other agents, where the page shows them too.
        var broker: MQTTSettings?
        /// How to reach them there.
        var others: RemoteSettings?

        static func == (left: Self, right: Self) -> Bool {
            left.settings == right.settings && left.certificateDates == right.certificateDates
                && left.broker == right.broker
        }

        init(_ settings: WebSettings, _ configuration: AgentConfiguration) {
            self.settings = settings
            if settings.showsAllAgents {
                let topics = TopicMap(base: configuration.mqtt.baseTopic)
                broker = configuration.mqtt
                others = (try? MQTTConfiguration(configuration, topics: topics)).map {
                    RemoteSettings(connection: $0, topics: topics)
                }
            }
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
        nextPage.yield(configuration.web.map { Page($0, configuration) })
        nextDaemon.yield(configuration.pdudaemon)
    }

    func run() async {
        async let page: Void = serve(pages) { page in
            let web = page.settings
            let others = self.others(of: page)
            let server = WebServer(
                host: web.listen.host,
                port: web.listen.port,
                credentials: WebCredentials(web),
                tls: web.tls.map(WebCertificate.init),
                socket: web.socket.map { SocketFile(path: $0.path, group: $0.group, user: $0.user) },
                proxies: web.trustedProxies.map(ClientNetwork.init),
                signIn: signIn,
                proxyLogin: web.proxyLogin.map(ProxyLogin.init),
                showing: others.map { .all(fleet, watch, $0) } ?? .agent(fleet, watch),
                page: PageSettings(web),
                setup: setup,
                logger: logger
            )
            await withDiscardingTaskGroup { group in
                if let others { group.addTask { await others.run() } }
                await server.run()
                group.cancelAll()
            }
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

    /// The other agents at the broker, where the page shows them too.
    private func others(of page: Page) -> BrokerSource? {
        guard let settings = page.others else { return nil }
        // Not to be taken for what is said of the agent's own connection.
        var logger = logger
        logger[metadataKey: "connection"] = "other agents"
        do throws(RemoteError) {
            return try BrokerSource(settings, beside: fleet, watch, version: Version.current, logger: logger)
        } catch {
            logger.error("the page shows this agent alone", metadata: ["error": "\(error.message)"])
            return nil
        }
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
    /// What the configuration says of the page.
    init(_ settings: WebSettings) {
        self.init()
        frameAncestors = settings.frameAncestors
        energyPrice = settings.energyPrice
        currency = settings.currency
    }
}
