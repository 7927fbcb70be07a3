import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Carries TCP connections to a server on 127.0.0.1 through foul weather.
public final class TCPRelay: Sendable {
    /// What the relay does with connections.
    public struct Weather: Sendable, Equatable {
        /// How long everything takes, each way.
        public var delay: Duration
        /// Whether everything stops on the way and goes on later.
        public var isStalled: Bool
        /// Whether no end is told that the other one has closed the connection.
        public var hidesEnds: Bool
        /// Whether nothing gets through; a connection that was used meanwhile is reset afterwards.
        public var isDead: Bool

        /// Weather; by default the sun shines.
        public init(
            delay: Duration = .zero,
            isStalled: Bool = false,
            hidesEnds: Bool = false,
            isDead: Bool = false
        ) {
            self.delay = delay
            self.isStalled = isStalled
            self.hidesEnds = hidesEnds
            self.isDead = isDead
        }
    }

    /// What the relay and its connections share.
    fileprivate final class Shared: Sendable {
        let weather: Mutex<Weather>
        let pairs = Mutex<[ObjectIdentifier: Pair]>([:])
        let answered = Mutex(0)

        init(_ weather: Weather) { self.weather = Mutex(weather) }
    }

    /// The port that clients use.
    public let port: Int
    private let listener: any Channel
    private let shared: Shared
    private let alternation = Mutex<RepeatedTask?>(nil)
    private let counted = Mutex(0)

    /// Starts a relay to a server's port.
    public init(to server: Int, _ weather: Weather = Weather()) async throws {
        let shared = Shared(weather)
        self.shared = shared
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton.next())
            .serverChannelOption(.backlog, value: 128)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { front in
                // Both ends are on one loop, so that each may use the other's channel.
                ClientBootstrap(group: front.eventLoop)
                    .channelOption(.socketOption(.tcp_nodelay), value: 1)
                    .connect(host: "127.0.0.1", port: server)
                    .flatMapThrowing { back in
                        let pair = Pair(front: front, back: back)
                        for (channel, other) in [(back, front), (front, back)] {
                            let carrier = Carrier(shared, pair, to: other, isAnswer: channel === back)
                            try channel.pipeline.syncOperations.addHandler(carrier)
                            let bound = NIOLoopBound(carrier, eventLoop: front.eventLoop)
                            pair.carriers.withLock { $0.append(bound) }
                        }
                        shared.pairs.withLock { $0[ObjectIdentifier(front)] = pair }
                        // What the client sent before it closed may still be on the way.
                        front.closeFuture.and(back.closeFuture).whenComplete { _ in
                            shared.pairs.withLock { $0[ObjectIdentifier(front)] = nil }
                            pair.carriers.withLock { $0 = [] }
                        }
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = listener.localAddress?.port ?? 0
    }

    deinit {
        alternation.withLock { $0?.cancel() }
        listener.close(promise: nil)
    }

    /// The weather; a change counts from the next bytes on.
    public var weather: Weather {
        get { shared.weather.withLock { $0 } }
        set {
            shared.weather.withLock { $0 = newValue }
            let pairs = shared.pairs.withLock { Array($0.values) }
            for pair in pairs { pair.wake() }
        }
    }

    /// How many bytes the server has sent, also to clients that are gone.
    public var answered: Int { shared.answered.withLock(\.self) }

    /// Whether nothing gets through.
    public var isDead: Bool {
        get { weather.isDead }
        set { weather.isDead = newValue }
    }

    /// Resets every connection.
    public func reset() {
        let pairs = shared.pairs.withLock { Array($0.values) }
        for pair in pairs { pair.reset() }
    }

    /// Comes and goes from now on: every time as long away as there.
    public func alternate(every time: Duration) {
        let task = listener.eventLoop.scheduleRepeatedTask(
            initialDelay: .nanoseconds(Int64(time / .nanoseconds(1))),
            delay: .nanoseconds(Int64(time / .nanoseconds(1)))
        ) { [weak self] _ in
            guard let self else { return }
            isDead.toggle()
            if isDead { counted.withLock { $0 += 1 } }
        }
        alternation.withLock { before in
            before?.cancel()
            before = task
        }
    }

    /// How often it has died by `alternate`.
    public var outages: Int { counted.withLock(\.self) }

    /// Stays as it is.
    public func stay() { alternation.withLock { $0?.cancel() } }

    /// Closes the port and every connection.
    public func stop() async throws {
        stay()
        try await listener.close()
        reset()
    }
}

/// The two ends of a connection.
private final class Pair: Sendable {
    private let front: any Channel
    private let back: any Channel
    /// Whether bytes of it were lost.
    let isBroken = Mutex(false)
    /// They carry on what they have after the end that it came from is closed.
    let carriers = Mutex<[NIOLoopBound<Carrier>]>([])

    init(front: any Channel, back: any Channel) {
        self.front = front
        self.back = back
    }

    func reset() {
        for channel in [front, back] {
            // Closed with something unsent and no time to send it, a connection ends in a reset.
            guard let options = channel as? any SocketOptionProvider else { continue }
            options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
        }
    }

    /// Has what was stalled go on.
    func wake() {
        front.eventLoop.execute { [self] in
            for carrier in carriers.withLock({ $0 }) { carrier.value.weatherChanged() }
        }
    }
}

/// Carries what comes from one end to the other.
private final class Carrier: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private enum Piece {
        case bytes(ByteBuffer)
        case end
    }

    private let shared: TCPRelay.Shared
    private let pair: Pair
    private let other: any Channel
    private let isAnswer: Bool
    private var stalled: [Piece] = []

    init(_ shared: TCPRelay.Shared, _ pair: Pair, to other: any Channel, isAnswer: Bool) {
        self.isAnswer = isAnswer
        self.shared = shared
        self.pair = pair
        self.other = other
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        if isAnswer { shared.answered.withLock { $0 += bytes.readableBytes } }
        take(.bytes(bytes))
    }

    func channelInactive(context: ChannelHandlerContext) {
        take(.end)
    }

    func weatherChanged() {
        let weather = shared.weather.withLock { $0 }
        if !weather.isDead, pair.isBroken.withLock({ $0 }) { return pair.reset() }
        guard !weather.isStalled else { return }
        let pieces = stalled
        stalled = []
        for piece in pieces { take(piece) }
    }

    /// A reset by either end ends both.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func take(_ piece: Piece) {
        let weather = shared.weather.withLock { $0 }
        guard !weather.isDead else { return pair.isBroken.withLock { $0 = true } }
        guard !weather.isStalled else { return stalled.append(piece) }
        let delay = TimeAmount.nanoseconds(Int64(weather.delay / .nanoseconds(1)))
        guard delay > .zero else { return deliver(piece) }
        let bound = NIOLoopBound(self, eventLoop: other.eventLoop)
        other.eventLoop.scheduleTask(in: delay) { bound.value.deliver(piece) }
    }

    private func deliver(_ piece: Piece) {
        guard !shared.weather.withLock({ $0.isDead }) else { return pair.isBroken.withLock { $0 = true } }
        switch piece {
        case .bytes(let bytes): other.writeAndFlush(bytes, promise: nil)
        case .end: if !shared.weather.withLock({ $0.hidesEnds }) { other.close(promise: nil) }
        }
    }
}
