import Foundation
import Glibc
import Synchronization

/// Carries datagrams between clients and a server on 127.0.0.1 through foul weather. What it loses, doubles and holds
/// back follows from its seed.
public final class UDPRelay: Sendable {
    /// What happens on one way.
    public struct Way: Sendable, Equatable {
        /// The share of datagrams that get lost, from 0 to 1.
        public var loss: Double
        /// The share of datagrams that come twice, from 0 to 1.
        public var duplication: Double
        /// How long every datagram takes.
        public var delay: Duration
        /// How much longer a datagram may take, each its own time from zero to this: they overtake each other.
        public var jitter: Duration

        /// A way; by default nothing goes wrong.
        public init(
            loss: Double = 0,
            duplication: Double = 0,
            delay: Duration = .zero,
            jitter: Duration = .zero
        ) {
            self.loss = loss
            self.duplication = duplication
            self.delay = delay
            self.jitter = jitter
        }
    }

    /// What the relay does with datagrams.
    public struct Weather: Sendable, Equatable {
        /// The way of the requests. Both copies of a doubled request come together: a device that executes an old copy
        /// after a newer request is beyond what any sender can prevent.
        public var there: Way
        /// The way of the answers.
        public var back: Way
        /// Whether nothing gets through.
        public var isDead: Bool

        /// Weather; by default the sun shines.
        public init(there: Way = Way(), back: Way = Way(), isDead: Bool = false) {
            self.there = there
            self.back = back
            self.isDead = isDead
        }

        /// The same share of datagrams is lost each way.
        public static func loss(_ share: Double) -> Weather {
            Weather(there: Way(loss: share), back: Way(loss: share))
        }
    }

    /// What has passed so far.
    public struct Counts: Sendable, Equatable {
        /// Datagrams handed to the server, doubled ones twice.
        public var requests = 0
        /// Datagrams handed to clients, doubled ones twice.
        public var answers = 0
        /// Datagrams lost.
        public var lost = 0
    }

    private struct State {
        var weather: Weather
        var counts = Counts()
        var isOver = false
    }

    /// What the relay and its thread share.
    private final class Shared: Sendable {
        let state: Mutex<State>
        init(_ weather: Weather) { state = Mutex(State(weather: weather)) }
    }

    /// The port that clients use.
    public let port: Int
    private let shared: Shared

    /// Starts a relay to a server's port.
    public init(to server: Int, _ weather: Weather = Weather(), seed: UInt64 = 1) throws {
        let front = try DatagramSocket.bound(to: 0)
        var own = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &own) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(front, $0, &length) }
        }
        port = Int(UInt16(bigEndian: own.sin_port))
        let shared = Shared(weather)
        self.shared = shared
        let server = DatagramSocket.address(UInt16(clamping: server))
        Thread.detachNewThread { [seed] in
            var carrier = Carrier(front: front, server: server, random: SeededRandom(seed: seed))
            while true {
                guard !shared.state.withLock(\.isOver) else { break }
                // Asked for after the wait: what comes after a change must not pass in the weather of before.
                let counts = carrier.carry { shared.state.withLock { $0.weather } }
                shared.state.withLock { state in
                    state.counts.requests += counts.requests
                    state.counts.answers += counts.answers
                    state.counts.lost += counts.lost
                }
            }
            carrier.close()
        }
    }

    deinit { shared.state.withLock { $0.isOver = true } }

    /// The weather; a change counts from the next datagram on.
    public var weather: Weather {
        get { shared.state.withLock { $0.weather } }
        set { shared.state.withLock { $0.weather = newValue } }
    }

    /// Whether nothing gets through.
    public var isDead: Bool {
        get { weather.isDead }
        set { shared.state.withLock { $0.weather.isDead = newValue } }
    }

    /// What has passed so far.
    public var counts: Counts { shared.state.withLock { $0.counts } }
}

/// The work of a relay's thread.
private struct Carrier {
    private struct Held {
        let due: ContinuousClock.Instant
        let bytes: [UInt8]
        let receiver: sockaddr_in
        let descriptor: Int32
        let isAnswer: Bool
    }

    private struct Client {
        let address: sockaddr_in
        /// The socket that the server sees, so that its answers find back to this client.
        let descriptor: Int32
    }

    /// Clients come and go with a new port each; the oldest makes room.
    private static let mostClients = 64
    private static let mostHeld = 4_096

    private let front: Int32
    private let server: sockaddr_in
    private var random: SeededRandom
    private var clients: [Client] = []
    private var held: [Held] = []

    init(front: Int32, server: sockaddr_in, random: SeededRandom) {
        self.front = front
        self.server = server
        self.random = random
    }

    func close() {
        Glibc.close(front)
        for client in clients { Glibc.close(client.descriptor) }
    }

    /// Waits a moment for datagrams and carries what is there or due.
    mutating func carry(_ currentWeather: () -> UDPRelay.Weather) -> UDPRelay.Counts {
        var counts = UDPRelay.Counts()
        var waiting = ([front] + clients.map(\.descriptor)).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        _ = poll(&waiting, nfds_t(waiting.count), held.isEmpty ? 20 : 1)
        let weather = currentWeather()
        while let (bytes, sender) = DatagramSocket.receive(front, milliseconds: 0) {
            guard let descriptor = descriptor(for: sender) else { continue }
            let copies = copies(weather.there, weather.isDead, &counts)
            let due = due(weather.there)
            for _ in 0..<copies {
                hold(Held(due: due, bytes: bytes, receiver: server, descriptor: descriptor, isAnswer: false), &counts)
            }
        }
        for client in clients {
            while let (bytes, _) = DatagramSocket.receive(client.descriptor, milliseconds: 0) {
                for _ in 0..<copies(weather.back, weather.isDead, &counts) {
                    let due = due(weather.back)
                    let answer = Held(
                        due: due,
                        bytes: bytes,
                        receiver: client.address,
                        descriptor: front,
                        isAnswer: true
                    )
                    hold(answer, &counts)
                }
            }
        }
        let now = ContinuousClock.now
        for datagram in held.filter({ $0.due <= now }).sorted(by: { $0.due < $1.due }) {
            // It may have died while the datagram was on its way.
            guard !weather.isDead else {
                counts.lost += 1
                continue
            }
            DatagramSocket.send(datagram.bytes, to: datagram.receiver, from: datagram.descriptor)
            if datagram.isAnswer { counts.answers += 1 } else { counts.requests += 1 }
        }
        held.removeAll { $0.due <= now }
        return counts
    }

    private mutating func hold(_ datagram: Held, _ counts: inout UDPRelay.Counts) {
        if held.count < Self.mostHeld { held.append(datagram) } else { counts.lost += 1 }
    }

    private mutating func due(_ way: UDPRelay.Way) -> ContinuousClock.Instant {
        .now + way.delay + (way.jitter > .zero ? way.jitter * Double.random(in: 0...1, using: &random) : .zero)
    }

    private mutating func copies(_ way: UDPRelay.Way, _ isDead: Bool, _ counts: inout UDPRelay.Counts) -> Int {
        guard !isDead, !happens(way.loss) else {
            counts.lost += 1
            return 0
        }
        return happens(way.duplication) ? 2 : 1
    }

    private mutating func happens(_ share: Double) -> Bool {
        share > 0 && Double.random(in: 0..<1, using: &random) < share
    }

    private mutating func descriptor(for client: sockaddr_in) -> Int32? {
        if let known = clients.first(where: { $0.address.sin_port == client.sin_port }) { return known.descriptor }
        guard let descriptor = try? DatagramSocket.bound(to: 0) else { return nil }
        if clients.count >= Self.mostClients { Glibc.close(clients.removeFirst().descriptor) }
        clients.append(Client(address: client, descriptor: descriptor))
        return descriptor
    }
}
