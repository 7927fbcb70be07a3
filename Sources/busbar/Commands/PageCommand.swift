import Agent
import AgentConfiguration
import AgentWeb
import ArgumentParser
import Foundation
import Glibc
import Logging
import MQTTClient
import Remote
import ServiceLifecycle
import UnixSignals

/// `busbar page`: the page of every agent at a broker.
struct PageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "page",
        abstract: "Serve one page of every agent at a broker.",
        discussion: """
            Serves the same page as an agent does, with the PDUs, loads and groups of every agent at the broker. It switches \
            by publishing commands at the broker, as the user that --username or --as names, and shows what the agents \
            answer. It keeps nothing: the audit trail and the history stay with the agents.

            busbar page --broker mqtt://broker.lab

            By default only this machine can reach it, and whoever can may switch what the user at the broker may. For \
            other machines name a configuration with users, or with web.token or web.username, by --config: they sign in \
            as at an agent's page, and web.tls and web.trusted_proxies hold here too.

            Runs until SIGTERM or Ctrl-C. Exit codes: 0 stopped as asked, 64 wrong usage, 78 bad configuration or \
            password file.
            """
    )

    @OptionGroup var broker: BrokerOptions

    @Option(help: "Where the page is served, like 127.0.0.1:8480.")
    var listen = "127.0.0.1:8480"

    @OptionGroup var logging: LoggingOptions

    func validate() throws {
        guard ListenAddress(listen) != nil else {
            throw ValidationError("--listen must be an address and a port, such as 127.0.0.1:8480 or [::1]:8480")
        }
    }

    func run() async throws {
        Allocator.useFewArenas()
        guard let address = ListenAddress(listen) else { return }
        let configuration = try broker.configuration()
        let settings = try broker.settings(configuration)
        let web = configuration?.web
        let credentials = web.map(WebCredentials.init) ?? WebCredentials()
        if !address.isLoopback, credentials.isEmpty, configuration?.users == nil, web?.proxyLogin == nil {
            throw ValidationError(
                "\(listen) can be reached from other machines, so people have to sign in: name a configuration that has "
                    + "users, web.token or web.username by --config, or listen on 127.0.0.1"
            )
        }
        logging.bootstrap(configuration?.log)
        let logger = Logger(label: "busbar")
        if !address.isLoopback, web?.tls == nil {
            logger.warning(
                "credentials cross the network in the clear; give web.tls, or listen on 127.0.0.1 behind a proxy",
                metadata: ["listen": "\(listen)"]
            )
        }
        let signIn = SignInDesk()
        signIn.adopt(
            configuration?.users?.map { WebUser($0, $1) },
            idle: web?.sessionIdle ?? .seconds(12 * 3600),
            limit: web?.sessionLimit ?? .seconds(7 * 86_400)
        )
        let source: BrokerSource
        do throws(RemoteError) {
            source = try BrokerSource(
                settings,
                version: Version.current,
                history: HistoryLimits(
                    span: web?.history ?? .seconds(6 * 3600),
                    memory: web?.historyMemory ?? 8 << 20
                ),
                logger: logger
            )
        } catch {
            throw ValidationError(error.message)
        }
        let brokers = settings.connection.brokers.map(\.description).joined(separator: ", ")
        let scheme = web?.tls == nil ? "http" : "https"
        let server = WebServer(
            host: address.host,
            port: address.port,
            credentials: credentials,
            tls: web?.tls.map(WebCertificate.init),
            proxies: web?.trustedProxies.map(ClientNetwork.init) ?? [],
            signIn: signIn,
            proxyLogin: web?.proxyLogin.map(ProxyLogin.init),
            showing: .agents(source),
            page: web.map(PageSettings.init) ?? PageSettings(),
            logger: logger
        ) { _ in
            print("\(scheme)://\(address.text)/ shows what the agents at \(brokers) say. Ctrl-C ends it.")
            fflush(nil)
        }
        var group = ServiceGroupConfiguration(
            services: [.init(service: Allocator()), .init(service: source), .init(service: server)],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "busbar.services") { _ in SwiftLogNoOpLogHandler() }
        )
        group.maximumGracefulShutdownDuration = .seconds(5)
        try await ServiceGroup(configuration: group).run()
    }
}

extension ListenAddress {
    /// As it is written in a link.
    fileprivate var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
