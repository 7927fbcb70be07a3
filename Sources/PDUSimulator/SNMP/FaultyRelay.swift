import NIOCore
import NIOPosix
import Synchronization

/// Carries datagrams between clients and a server on 127.0.0.1, and spoils them on purpose on the way.
public final class FaultyRelay: Sendable {
    /// What goes wrong on the way.
    public struct Faults: Sendable, Equatable {
        /// How long every answer waits.
        public var latency: Duration
        /// How much longer an answer may wait, each its own time from zero to this; answers may overtake each other.
        public var jitter: Duration
        /// The share of datagrams that get lost, each way, from 0 to 1.
        public var loss: Double
        /// The share of answers that come twice, from 0 to 1.
        public var duplication: Double
        /// Whether nothing gets through at all.
        public var isDead: Bool

        /// Faults on the way; by default none.
        public init(
            latency: Duration = .zero,
            jitter: Duration = .zero,
            loss: Double = 0,
            duplication: Double = 0,
            isDead: Bool = false
        ) {
            self.latency = latency
            self.jitter = jitter
            self.loss = loss
            self.duplication = duplication
            self.isDead = isDead
        }
    }

    /// What has passed so far.
    public struct Counts: Sendable, Equatable {
        /// Requests handed to the server.
        public var requests = 0
        /// Answers handed to clients.
        public var answers = 0
        /// Datagrams lost either way.
        public var lost = 0
    }

    final class Shared: Sendable {
        let faults: Mutex<Faults>
        let counts = Mutex(Counts())

        init(_ faults: Faults) { self.faults = Mutex(faults) }

        func count(_ change: (inout Counts) -> Void) { counts.withLock { change(&$0) } }
    }

    /// The port that clients use.
    public let port: Int
    private let channel: any Channel
    private let shared: Shared

    private init(port: Int, channel: any Channel, shared: Shared) {
        self.port = port
        self.channel = channel
        self.shared = shared
    }

    deinit { channel.close(promise: nil) }

    /// Starts a relay.
    ///
    /// - Parameters:
    ///   - port: the port that clients use.
    ///   - server: the port of the server.
    /// - Throws: `cannotStart` when the port is taken.
    public static func start(
        port: Int,
        server: Int,
        faults: Faults = Faults()
    ) async throws(PDUSimulatorError) -> FaultyRelay {
        let shared = Shared(faults)
        do {
            let server = try SocketAddress(ipAddress: "127.0.0.1", port: server)
            let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton.next())
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(FaultyRelayFront(server: server, shared: shared))
                    }
                }
                .bind(host: "127.0.0.1", port: port)
                .get()
            return FaultyRelay(port: port, channel: channel, shared: shared)
        } catch {
            throw PDUSimulatorError(.cannotStart, "cannot use UDP port \(port) of 127.0.0.1: \(error)")
        }
    }

    /// What goes wrong on the way; a change counts from the next datagram on.
    public var faults: Faults {
        get { shared.faults.withLock { $0 } }
        set { shared.faults.withLock { $0 = newValue } }
    }

    /// Changes some of what goes wrong, as one step.
    public func update(_ change: (inout Faults) -> Void) { shared.faults.withLock { change(&$0) } }

    /// What has passed so far.
    public var counts: Counts { shared.counts.withLock { $0 } }

    /// Closes the port; what is under way is lost.
    public func stop() async {
        // It can only be closed already.
        try? await channel.close()
    }
}
