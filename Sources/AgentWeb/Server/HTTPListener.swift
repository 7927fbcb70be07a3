import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle

/// Serves requests at an address until the graceful shutdown; tries again while the address cannot be had.
struct HTTPListener {
    /// How long a connection may say nothing, between requests or in the middle of one.
    private static let idleTime = TimeAmount.seconds(60)
    /// How many connections are served at the same time.
    private static let maximumConnections = 512

    /// The section of the configuration.
    let section: String
    let host: String
    let port: Int
    let tls: WebCertificate?
    let logger: Logger
    /// How long to wait before trying again.
    var retryInterval = Duration.seconds(10)
    /// Told the port when it listens.
    let onListening: @Sendable (Int) -> Void

    func run(_ router: Router<WebRequestContext>) async {
        var lastProblem: String?
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                try await application(router).run()
                return
            } catch is CancellationError {
                return
            } catch {
                let problem = "\(error)"
                if problem != lastProblem { report(error) }
                lastProblem = problem
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: retryInterval) }
        }
    }

    private func application(_ router: Router<WebRequestContext>) throws -> some ApplicationProtocol {
        let plain = HTTPServerBuilder.http1(
            configuration: HTTP1Channel.Configuration(
                idleTimeout: Self.idleTime,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16 * 1024,
                    maxHeaderListSize: 32 * 1024,
                    maxHeaderFieldCount: 100
                )
            )
        )
        // The framework logs every connection that breaks; here only its errors matter.
        var quiet = logger
        quiet.logLevel = max(quiet.logLevel, .error)
        return Application(
            router: router,
            server: try tls.map { try .tls(plain, tlsConfiguration: $0.configuration()) } ?? plain,
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConnections)
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? self.port
                self.logger.notice("listening", metadata: ["for": "\(self.section)", "at": "\(self.host):\(port)"])
                self.onListening(port)
            },
            logger: quiet
        )
    }

    private func report(_ error: any Error) {
        logger.error(
            "\(advice(for: (error as? IOError)?.errnoCode)); switching goes on without it, and it is tried again every \(retryInterval)",
            metadata: ["for": "\(section)", "error": "\(error)"]
        )
    }

    /// What happened and what to do about it.
    func advice(for code: CInt?) -> String {
        switch code {
        case EADDRINUSE:
            "another program listens at \(host):\(port); end it, or set \(section).listen to a free port"
        case EACCES:
            "\(host):\(port) is not allowed: ports below 1024 are root's; set \(section).listen to a higher port"
        case EADDRNOTAVAIL:
            "\(host) is no address of this machine; set \(section).listen to one, or to 0.0.0.0 for all"
        default: "cannot listen at \(host):\(port)"
        }
    }
}
