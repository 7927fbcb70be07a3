import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization

/// Serves requests at an address until the graceful shutdown; tries again while the address cannot be had.
struct HTTPListener {
    /// The section of the configuration.
    let section: String
    let place: Place
    let tls: WebCertificate?
    let logger: Logger
    /// How long to wait before trying again.
    var retryInterval: Duration
    /// How long requests may go on being answered after the task was cancelled.
    var longestFarewell = Duration.seconds(1)
    /// Who is served at the same time, and for how long.
    var places: ConnectionPlaces
    /// Asked about each connection that was accepted, before anything of it is read; it is set up when the future succeeds, and
    /// closed when it fails.
    var admission: @Sendable (any Channel) -> EventLoopFuture<Void> = { $0.eventLoop.makeSucceededVoidFuture() }
    /// Told the port when it listens, 0 at a socket; connections are accepted from then on, and served when this has returned.
    let onListening: @Sendable (Int) async -> Void

    /// Where to listen.
    enum Place {
        /// A host's name or address, and a TCP port; 0 for any free one.
        case port(host: String, Int)
        case socket(SocketFile)
    }

    init(
        section: String,
        place: Place,
        tls: WebCertificate? = nil,
        logger: Logger,
        retryInterval: Duration = .seconds(10),
        places: ConnectionPlaces = ConnectionPlaces(),
        onListening: @escaping @Sendable (Int) async -> Void
    ) {
        self.section = section
        self.place = place
        self.tls = tls
        self.logger = logger
        self.retryInterval = retryInterval
        self.places = places
        self.onListening = onListening
    }

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
                try await listen(responder)
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

    private func listen(_ responder: some HTTPResponder<WebRequestContext>) async throws {
        switch place {
        case .port(let host, let port):
            try await application(responder, .hostname(host, port: port)) { channel in
                let port = channel.localAddress?.port ?? port
                logger.notice("listening", metadata: ["for": "\(section)", "at": "\(host):\(port)"])
                await onListening(port)
            }.run()
        case .socket(let file):
            let draft = try SocketDraft(file)
            defer { draft.remove() }
            let problem = Mutex<(any Error)?>(nil)
            let server = try application(responder, .unixDomainSocket(path: draft.path)) { channel in
                do {
                    try draft.publish()
                    logger.notice("listening", metadata: ["for": "\(section)", "at": "\(file.path)"])
                    await onListening(0)
                } catch {
                    problem.withLock { $0 = error }
                    channel.close(promise: nil)
                }
            }
            do {
                try await server.run()
            } catch {
                // A server that is closed is an error of the framework's too, which does not know why it was closed.
                throw problem.withLock({ $0 }) ?? error
            }
            if let problem = problem.withLock({ $0 }) { throw problem }
        }
    }

    private func application(
        _ responder: some HTTPResponder<WebRequestContext>,
        _ address: BindAddress,
        onRunning: @escaping @Sendable (any Channel) async -> Void
    ) throws -> some ApplicationProtocol {
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
            configuration: ApplicationConfiguration(address: address),
            onServerRunning: onRunning,
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
        guard case .port(let host, let port) = place else { return "cannot listen at the socket" }
        return switch code {
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
