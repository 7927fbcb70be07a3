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
    /// The section of the configuration.
    let section: String
    let host: String
    let port: Int
    let tls: WebCertificate?
    let logger: Logger
    /// How long to wait before trying again.
    var retryInterval = Duration.seconds(10)
    /// How long requests may go on being answered after the task was cancelled.
    var longestFarewell = Duration.seconds(1)
    /// Who is served at the same time, and for how long.
    var places = ConnectionPlaces()
    /// Asked about each connection that was accepted, before anything of it is read; it is set up when the future succeeds, and
    /// closed when it fails.
    var admission: @Sendable (any Channel) -> EventLoopFuture<Void> = { $0.eventLoop.makeSucceededVoidFuture() }
    /// Told the port when it listens; connections are accepted from then on, and served when this has returned.
    let onListening: @Sendable (Int) async -> Void

    /// Cancelling the task is a graceful shutdown too, after which requests still in work are soon cut off.
    func run(_ responder: some HTTPResponder<WebRequestContext>) async {
        let serving = Serving(listener: self, responder: responder)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: serving, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: quietLogger
            )
        )
        // In a task that is not cancelled with ours, so that requests in work have their farewell.
        let task = Task { try? await group.run() }
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            // A free task, because nobody can wait in a handler; it ends by itself.
            Task {
                await group.triggerGracefulShutdown()
                try? await Task.sleep(for: longestFarewell)
                task.cancel()
            }
        }
    }

    private struct Serving<Responder: HTTPResponder<WebRequestContext>>: Service, CustomStringConvertible {
        /// Short, because the group keeps it.
        var description: String { listener.section }
        let listener: HTTPListener
        let responder: Responder

        func run() async { await listener.serve(responder) }
    }

    private func serve(_ responder: some HTTPResponder<WebRequestContext>) async {
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

    private func application(_ responder: some HTTPResponder<WebRequestContext>) throws -> some ApplicationProtocol {
        let configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [AnswerManners()],
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 * 1024,
                maxHeaderListSize: 32 * 1024,
                maxHeaderFieldCount: 100
            )
        )
        let tls = try tls?.configuration()
        return Application(
            responder: responder,
            server: HTTPServerBuilder { [admission, places] responder in
                let plain = HTTP1Channel(responder: responder, configuration: configuration)
                guard let tls else { return AcceptedChannel(base: plain, places: places, admission: admission) }
                let secured = try TLSChannel(plain, tlsConfiguration: tls)
                return AcceptedChannel(base: secured, places: places, admission: admission)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port)
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? self.port
                self.logger.notice("listening", metadata: ["for": "\(self.section)", "at": "\(self.host):\(port)"])
                await self.onListening(port)
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
