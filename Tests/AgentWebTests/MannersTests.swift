import Hummingbird
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import AgentWeb

@Suite("Clients without manners", .timeLimit(.minutes(10)))
struct MannersTests {
    /// No time of which is ever over in a test.
    private static let patient: ConnectionLimits = {
        var limits = ConnectionLimits()
        (limits.header, limits.body, limits.idle, limits.stall) = (.hours(1), .hours(1), .hours(1), .hours(1))
        return limits
    }()

    @Test("700 silent connections from one address keep nobody else from health, page and metrics")
    func silence() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve(limits: Self.patient) { web in
                var silent: [RawClient] = []
                for _ in 0..<700 { silent.append(try await RawClient.connect(to: web.port, from: "127.0.0.2")) }
                for path in ["/healthz", "/", "/metrics"] {
                    do {
                        let status = try await web.get(path).status
                        #expect(status == 200)
                    }
                }
                // All but one address's share have lost their places, without any time being over.
                let closed = Recorder<Void>()
                for client in silent { client.channel.closeFuture.whenComplete { _ in closed.append(()) } }
                try await closed.first(from: 700 - Self.patient.placesOfAddress - 1) { true }
                for client in silent { try? await client.channel.close() }
            }
        }
    }

    @Test("nor do those from many addresses, when there are no places left in all")
    func crowd() async throws {
        var limits = Self.patient
        (limits.places, limits.placesOfAddress) = (32, 16)
        try await TestFleet.with { fleet in
            try await fleet.serve(limits: limits) { web in
                var silent: [RawClient] = []
                for number in 0..<96 {
                    silent.append(try await RawClient.connect(to: web.port, from: "127.0.0.\(2 + number % 12)"))
                }
                do {
                    let status = try await web.get("/healthz").status
                    #expect(status == 200)
                }
                for client in silent { try? await client.channel.close() }
            }
        }
    }

    @Test("a connection between two requests loses its place before one that has not asked yet")
    func idle() async throws {
        var limits = Self.patient
        limits.placesOfAddress = 2
        try await TestFleet.with { fleet in
            try await fleet.serve(limits: limits) { web in
                let idle = try await RawClient.connect(to: web.port, from: "127.0.0.2")
                try await idle.send("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                try await idle.heard("alive")
                let silent = try await RawClient.connect(to: web.port, from: "127.0.0.2")
                let new = try await RawClient.connect(to: web.port, from: "127.0.0.2")
                try await idle.channel.closeFuture.get()
                for client in [silent, new] {
                    try await client.send("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                    try await client.heard("alive")
                }
            }
        }
    }

    @Test("a connection that says nothing is closed, and one whose header drips")
    func drip() async throws {
        var limits = Self.patient
        limits.header = .milliseconds(200)
        try await TestFleet.with { fleet in
            try await fleet.serve(limits: limits) { web in
                let silent = try await RawClient.connect(to: web.port)
                let dripping = try await RawClient.connect(to: web.port)
                try? await dripping.send("GET /healthz HTTP/1.1\r\nX-Drip: ")
                dripping.drip()
                for client in [silent, dripping] { try await client.channel.closeFuture.get() }
            }
        }
    }

    @Test("every header has a time of its own, a second one too, which dripping does not lengthen")
    func headers() {
        let limits = ConnectionLimits()
        let start = NIODeadline.now()
        var life = ConnectionLife(limits, now: start)
        #expect(life.stage == .silent && life.deadline == start + limits.header)
        life.bytesCame(at: start + .seconds(3))
        life.bytesCame(at: start + .seconds(9))
        #expect(life.stage == .header && life.deadline == start + .seconds(3) + limits.header)
        life.headCame(at: start + .seconds(9))
        life.endCame()
        #expect(life.stage == .answering && life.deadline == nil)
        let answered = start + .seconds(500)
        life.answerEnded(isLast: false, at: answered)
        #expect(life.stage == .idle && life.deadline == answered + limits.idle)
        life.bytesCame(at: answered + .seconds(50))
        life.bytesCame(at: answered + .seconds(59))
        #expect(life.stage == .header && life.deadline == answered + .seconds(50) + limits.header)
    }

    @Test("a body may be slow as long as enough of it comes, and its time is over when it does not")
    func pieces() {
        let limits = ConnectionLimits()
        let start = NIODeadline.now()
        var life = ConnectionLife(limits, now: start)
        life.bytesCame(at: start)
        life.headCame(at: start)
        #expect(life.stage == .body && life.deadline == start + limits.body)
        life.bodyCame(limits.bodyPiece - 1, at: start + .seconds(5))
        #expect(life.deadline == start + limits.body)
        life.bodyCame(1, at: start + .seconds(6))
        #expect(life.deadline == start + .seconds(6) + limits.body)
        #expect(life.isLastAnswer)
        life.answerEnded(isLast: true, at: start + .seconds(7))
        life.endCame()
        #expect(life.stage == .leaving && life.deadline == start + .seconds(7) + limits.farewell)
    }

    @Test(
        "a refused body is not waited for: the answer says so, and the connection is closed",
        arguments: [
            ("POST /healthz", "application/json", "405 "), ("POST /nowhere", "application/json", "404 "),
            ("POST /api/v1/groups/both/command", "text/plain", "415 "), ("GET /healthz", "text/plain", "200 "),
        ]
    )
    func refusedBody(request: String, type: String, status: String) async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve(limits: Self.patient) { web in
                let client = try await RawClient.connect(to: web.port)
                try await client.send(
                    "\(request) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: \(type)\r\nContent-Length: 100000\r\n\r\n"
                )
                client.drip()
                try await client.heard("HTTP/1.1 " + status)
                try await client.heard("Connection: close")
                try await client.channel.closeFuture.get()
            }
        }
    }

    @Test("a body that is waited for and does not come ends the connection")
    func acceptedBody() async throws {
        var limits = Self.patient
        limits.body = .milliseconds(200)
        try await TestFleet.with { fleet in
            try await fleet.serve(limits: limits) { web in
                let client = try await RawClient.connect(to: web.port)
                try await client.send(
                    "POST /api/v1/groups/both/command HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                        + "Content-Type: application/json\r\nContent-Length: 10000\r\n\r\n"
                )
                client.drip()
                try await client.channel.closeFuture.get()
            }
        }
    }

    @Test("requests that wait for a delay are bounded for one address, and others are served on")
    func held() async throws {
        var limits = Self.patient
        limits.heldOfAddress = 2
        try await TestFleet.with { fleet in
            try await fleet.servePDUDaemon(limits: limits) { web in
                var clients: [RawClient] = []
                let answers = Recorder<String>()
                for outlet in 1...3 {
                    let client = try await RawClient.connect(to: web.port, from: "127.0.0.2", hearing: answers)
                    try await client.send(
                        "GET /power/control/on?hostname=pdu2&port=\(outlet)&delay=3600 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
                    )
                    clients.append(client)
                }
                let first = try await answers.first { _ in true }.element
                #expect(first.contains("503 "))
                do {
                    let status = try await web.get("/power/control/on?hostname=pdu1&port=1").status
                    #expect(status == 200)
                }
                #expect(answers.elements.allSatisfy { !$0.contains("200 ") })
            }
        }
    }

    @Test("an answer that the client does not take ends the connection")
    func stall() async throws {
        var limits = Self.patient
        limits.stall = .milliseconds(200)
        let accepted = Recorder<any Channel>()
        let ports = Recorder<Int>()
        var listener = HTTPListener(
            section: "web",
            place: .port(host: "127.0.0.1", 0),
            tls: nil,
            logger: TestFleet.silence,
            places: ConnectionPlaces(limits),
            onListening: { ports.append($0) }
        )
        listener.admission = { channel in
            accepted.append(channel)
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        let server = Task { [listener] in
            await listener.run(
                CallbackResponder { _, _ in .bytes([UInt8](repeating: 0, count: 64 << 20), type: "text/plain") }
            )
        }
        let client = try await RawClient.connect(to: try await ports.first { _ in true }.element, reads: false)
        try await client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        try await accepted.first { _ in true }.element.closeFuture.get()
        server.cancel()
        await server.value
    }

    @Test("a proxy has as many connections as there are, and its clients' waiting requests count client by client")
    func proxy() throws {
        var limits = ConnectionLimits()
        (limits.places, limits.placesOfAddress, limits.heldOfAddress) = (4, 2, 1)
        limits.proxies = [ClientNetwork(bytes: [192, 0, 2, 1], prefix: 32)]
        let proxy = PeerAddress(try SocketAddress(ipAddress: "192.0.2.1", port: 1))
        let clients = try ["198.51.100.1", "198.51.100.2"].map { try #require(PeerAddress($0[...])) }
        var book = PlaceBook<Int>(limits)
        let entries = (1...4).map { book.enter($0, from: proxy) }
        #expect(entries == Array(repeating: .entered(closing: nil), count: 4))
        let held = [book.hold(1, for: clients[0]), book.hold(2, for: clients[0]), book.hold(3, for: clients[1])]
        #expect(held == [true, false, true])
        book.leave(1)
        let again = book.hold(2, for: clients[0])
        #expect(again)
    }

    @Test(
        "a proxy that is known says who asks, and nobody else is believed",
        arguments: [
            ("192.0.2.1", nil, "192.0.2.1"), ("192.0.2.1", "198.51.100.7", "198.51.100.7"),
            ("192.0.2.1", "10.0.0.1, 198.51.100.7", "198.51.100.7"),
            ("192.0.2.1", "198.51.100.7, 192.0.2.1", "198.51.100.7"),
            ("192.0.2.1", "198.51.100.7:4711", "198.51.100.7"),
            ("192.0.2.1", "[2001:db8::7]:4711", "2001:db8::7"), ("192.0.2.1", "2001:db8::7", "2001:db8::7"),
            ("192.0.2.1", "unknown", "192.0.2.1"), ("192.0.2.1", "", "192.0.2.1"),
            ("203.0.113.9", "198.51.100.7", "203.0.113.9"),
        ]
    )
    func forwarded(peer: String, header: String?, client: String) throws {
        let proxies = [ClientNetwork(bytes: [192, 0, 2, 1], prefix: 32)]
        let found = try #require(PeerAddress(peer[...])).client(behind: proxies, forwardedFor: header)
        #expect(found.description == client)
    }

    @Test("places go first to who is closest to being served, and address by address")
    func book() throws {
        var limits = ConnectionLimits()
        (limits.places, limits.placesOfAddress, limits.held, limits.heldOfAddress) = (4, 3, 3, 2)
        var book = PlaceBook<Int>(limits)
        let here = PeerAddress(try SocketAddress(ipAddress: "192.0.2.1", port: 1))
        let there = PeerAddress(try SocketAddress(ipAddress: "::ffff:192.0.2.2", port: 1))
        let same = PeerAddress(try SocketAddress(ipAddress: "192.0.2.2", port: 9))
        var entries = (1...3).map { book.enter($0, from: here) }
        #expect(entries == Array(repeating: .entered(closing: nil), count: 3))
        book.set(.answering, of: 1)
        book.set(.reading, of: 2)
        entries = [book.enter(4, from: here)]
        book.set(.answering, of: 4)
        entries.append(book.enter(5, from: here))
        #expect(entries == [.entered(closing: 3), .entered(closing: 2)])
        book.set(.answering, of: 5)
        entries = [book.enter(6, from: here), book.enter(7, from: there), book.enter(8, from: same)]
        #expect(entries == [.refused, .entered(closing: nil), .entered(closing: 7)])
        var held = [1, 4, 5, 8].map { book.hold($0, for: $0 == 8 ? same : here) }
        #expect(held == [true, true, false, true])
        book.leave(1)
        held = [book.hold(5, for: here)]
        book.release(5)
        held.append(book.hold(99, for: here))
        #expect(held == [true, false])
    }
}

/// A connection on which anything can be said.
struct RawClient {
    let channel: any Channel
    private let answers: Recorder<String>

    static func connect(
        to port: Int,
        from address: String = "127.0.0.1",
        reads: Bool = true,
        hearing answers: Recorder<String> = Recorder()
    ) async throws -> RawClient {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Ear(answers: answers))
                }
            }
            .bind(to: SocketAddress(ipAddress: address, port: 0))
            .connect(host: "127.0.0.1", port: port).get()
        return RawClient(channel: channel, answers: answers)
    }

    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

    /// Everything heard so far.
    var text: String { answers.elements.last ?? "" }

    /// Waits until the server has said this.
    func heard(_ text: String) async throws { try await answers.first { $0.contains(text) } }

    /// Says a letter again and again, until the connection is closed.
    func drip() {
        let task = channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(10)) { _ in
            self.channel.writeAndFlush(ByteBuffer(string: "x"), promise: nil)
        }
        channel.closeFuture.whenComplete { _ in task.cancel() }
    }

    /// Tells of everything heard so far, each time it grows.
    private final class Ear: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let answers: Recorder<String>
        private var text = ""

        init(answers: Recorder<String>) { self.answers = answers }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            answers.append(text)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
