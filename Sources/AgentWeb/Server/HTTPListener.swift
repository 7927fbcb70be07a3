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
    /// How long requests may go on being answered after the task was cancelled.
    private static let longestFarewell = Duration.seconds(1)

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

    /// Cancelling the task is a graceful shutdown too, after which requests still in work are soon cut off.
    func run(_ router: Router<WebRequestContext>) async {
        let serving = Serving(listener: self, responder: router.buildResponder())
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: serving, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: quietLogger
            )
        )
        // In a task that is not cancelled with ours: NIO traps when a server is cancelled that has accepted a connection and
        // not begun to serve it. After the graceful shutdown it accepts none.
        let task = Task { try? await group.run() }
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            // A free task, because nobody can wait in a handler; it ends by itself.
            Task {
                await group.triggerGracefulShutdown()
                try? await Task.sleep(for: Self.longestFarewell)
                task.cancel()
            }
        }
    }

    private struct Serving: Service, CustomStringConvertible {
        /// Short, because the group keeps it.
        var description: String { listener.section }
        let listener: HTTPListener
        let responder: RouterResponder<WebRequestContext>

        func run() async { await listener.serve(responder) }
    }

    private func serve(_ responder: RouterResponder<WebRequestContext>) async {
        var lastProblem: String?
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                try await application(responder).run()
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

    private func application(_ responder: RouterResponder<WebRequestContext>) throws -> some ApplicationProtocol {
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
        return Application(
            responder: responder,
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
            logger: quietLogger
        )
    }

    /// The framework logs every connection that breaks; here only its errors matter.
    private var quietLogger: Logger {
        var quiet = logger
        quiet.logLevel = max(quiet.logLevel, .error)
        return quiet
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
