import Hummingbird
import LocalServices
import NIOCore
import NIOPosix
import ServiceLifecycle
import TestSupport
import Testing

@testable import AgentWeb

/// A listener is ended while connections are held in every place between the kernel's queue and the answer.
@Suite("Ending a listener", .timeLimit(.minutes(10)))
struct ListenerEndTests {
    /// Where a connection is held.
    enum Place: CaseIterable {
        /// Accepted, and not set up yet.
        case admission
        /// Set up, and not begun to be served: the server does not look at its queue yet.
        case queue
        /// Served, and nothing was asked.
        case idle
        /// A request is being answered.
        case request
    }

    /// How the listener is ended.
    enum End: CaseIterable {
        /// As by a reload: the task is cancelled, and the connection let go when the farewell is over.
        case cancel
        /// As by a reload: the task is cancelled, and the connection let go at once.
        case cancelAndLetGo
        /// The connection is let go, and the task cancelled in the same moment.
        case letGoAndCancel
        /// As at the agent's end.
        case shutdown
        /// As at the agent's end, when it takes too long.
        case shutdownAndCancel
        /// The client goes first.
        case hangUpAndCancel
    }

    @Test(
        "nothing traps and no connection is left, wherever one is when its listener ends",
        arguments: Place.allCases,
        End.allCases
    )
    func ends(place: Place, end: End) async throws { try await hold(place, end, certificate: nil) }

    @Test("nor over TLS", arguments: [Place.admission, .queue, .idle], [End.cancel, .shutdown, .shutdownAndCancel])
    func endsWithTLS(place: Place, end: End) async throws {
        let certificates = try await Certificates()
        let certificate = WebCertificate(
            certificateFile: certificates.certificate("broker"),
            keyFile: certificates.key("broker")
        )
        try await hold(place, end, certificate: certificate)
    }

    @Test("nor while connections pour in, whichever of them it has begun to serve")
    func endsInTheRush() async throws {
        let ports = Recorder<Int>()
        let listener = HTTPListener(
            section: "web",
            place: .port(host: "127.0.0.1", 0),
            tls: nil,
            logger: TestFleet.silence,
            onListening: { ports.append($0) }
        )
        let server = Task { await listener.run(Router(context: WebRequestContext.self).buildResponder()) }
        let clients = try await connect(64, to: try await ports.first { _ in true }.element)
        server.cancel()
        await server.value
        for client in clients { try await client.closeFuture.get() }
    }

    private func hold(_ place: Place, _ end: End, certificate: WebCertificate?) async throws {
        let gate = Gate()
        let accepted = Recorder<any Channel>()
        let ports = Recorder<Int>()
        let requests = Recorder<Void>()
        var listener = HTTPListener(
            section: "web",
            place: .port(host: "127.0.0.1", 0),
            tls: certificate,
            logger: TestFleet.silence,
            onListening: { port in
                ports.append(port)
                if place == .queue { await gate.pass() }
            }
        )
        listener.longestFarewell = .zero
        listener.admission = { channel in
            accepted.append(channel)
            guard place == .admission else { return channel.eventLoop.makeSucceededVoidFuture() }
            return channel.eventLoop.makeFutureWithTask { await gate.pass() }
        }
        let listening = Listening(listener: listener) {
            requests.append(())
            try await gate.passUnlessCancelled()
        }
        let group = ServiceGroup(services: [listening], logger: TestFleet.silence)
        let server = Task { try? await group.run() }
        // Some share the event loop of the listener, and some do not.
        let clients = try await connect(4, to: try await ports.first { _ in true }.element)
        try await accepted.first(from: clients.count - 1) { _ in true }
        if place == .request {
            for client in clients {
                try await client.writeAndFlush(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"))
            }
            try await requests.first(from: clients.count - 1) { _ in true }
        }
        try await everyLoopHasTurned()

        switch end {
        case .cancel:
            server.cancel()
            if place == .queue { try await gate.told.first { $0 == .cancel } } else { await server.value }
            gate.open()
        case .cancelAndLetGo:
            server.cancel()
            gate.open()
        case .letGoAndCancel:
            gate.open()
            server.cancel()
        case .shutdown:
            await group.triggerGracefulShutdown()
            if place == .queue { try await gate.told.first { $0 == .shutdown } }
            gate.open()
        case .shutdownAndCancel:
            await group.triggerGracefulShutdown()
            server.cancel()
            if place == .queue { try await gate.told.first { $0 == .cancel } } else { await server.value }
            gate.open()
        case .hangUpAndCancel:
            for client in clients { try? await client.close() }
            try await everyLoopHasTurned()
            server.cancel()
            gate.open()
        }
        await server.value
        for client in clients { try await client.closeFuture.get() }
        for connection in accepted.elements { try await connection.closeFuture.get() }
    }

    private func connect(_ count: Int, to port: Int) async throws -> [any Channel] {
        var clients: [any Channel] = []
        for _ in 0..<count {
            clients.append(
                try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connect(host: "127.0.0.1", port: port).get()
            )
        }
        return clients
    }

    /// What was under way between event loops has arrived.
    private func everyLoopHasTurned() async throws {
        // Twice, because what arrives at one loop may be handed on to another.
        for _ in 0..<2 {
            for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() { try await loop.submit {}.get() }
        }
    }
}

/// Where a test holds something, and hears what it is told meanwhile.
private final class Gate: Sendable {
    enum Word { case shutdown, cancel }

    let told = Recorder<Word>()
    private let opened = Recorder<Void>()

    func open() { opened.append(()) }

    func passUnlessCancelled() async throws { try await opened.first { true } }

    /// Waits until the gate is open, cancelled or not.
    func pass() async {
        // Free, so that a cancellation does not reach it; it is awaited.
        let opening = Task { [opened] in _ = try? await opened.first { true } }
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await opening.value
            } onGracefulShutdown: {
                self.told.append(.shutdown)
            }
        } onCancel: {
            told.append(.cancel)
        }
    }
}

/// A listener as the agent runs it.
private struct Listening: Service {
    let listener: HTTPListener
    /// Runs in the middle of each request.
    let work: @Sendable () async throws -> Void

    func run() async {
        let router = Router(context: WebRequestContext.self)
        router.get("/") { [work] _, _ in
            try await work()
            return "late"
        }
        await listener.run(router.buildResponder())
    }
}
