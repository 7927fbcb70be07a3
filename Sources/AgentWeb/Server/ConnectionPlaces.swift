import Glibc
import NIOCore
import Synchronization

/// How many connections and waiting requests a listener has at the same time, and how long each may take.
struct ConnectionLimits: Sendable {
    /// Connections in all.
    var places = 512
    /// Connections from one address.
    var placesOfAddress = 192
    /// Requests that wait for the outcome of a command or follow the events; fewer than places, so that there is always one
    /// for health and metrics.
    var held = 384
    /// Such requests from one address.
    var heldOfAddress = 128
    /// From the beginning of a connection or of a header to the end of the header.
    var header = TimeAmount.seconds(10)
    /// The time for each piece of a body.
    var body = TimeAmount.seconds(15)
    /// How much of a body is a piece.
    var bodyPiece = 1024
    /// Between two requests.
    var idle = TimeAmount.seconds(60)
    /// For the client to take anything at all of an answer.
    var stall = TimeAmount.seconds(30)
    /// For the client to close a connection that was ended with an answer.
    var farewell = TimeAmount.seconds(1)
    /// Proxies, each of which speaks for many clients: the bound for one address is not for theirs.
    var proxies: [ClientNetwork] = []
}

/// Whose connections are counted together: an IPv4 address, the first 64 bits of an IPv6 address, or a Unix socket.
struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address as it is told in the log.
    let description: String
    private let network: String
    /// The address: 4 bytes, 16, or none of a Unix socket.
    let bytes: [UInt8]

    init(_ address: SocketAddress?) {
        switch address {
        case .v6:
            let bytes = Self.bytes(of: address, AF_INET6, count: 16)
            if bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] {
                self.bytes = Array(bytes.suffix(4))
                description = bytes.suffix(4).map(String.init).joined(separator: ".")
                network = description
            } else {
                self.bytes = bytes
                description = address?.ipAddress ?? "unknown"
                network = bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":")
            }
        case .v4:
            bytes = Self.bytes(of: address, AF_INET, count: 4)
            description = address?.ipAddress ?? "unknown"
            network = description
        default:
            bytes = []
            description = "unix"
            network = description
        }
    }

    /// Reads an address as proxies write it: alone, or with a port behind it.
    init?(_ text: Substring) {
        var text = text.filter { !$0.isWhitespace }[...]
        if text.first == "[" {
            text = text.dropFirst().prefix { $0 != "]" }
        } else if text.contains("."), let colon = text.lastIndex(of: ":"), text.firstIndex(of: ":") == colon {
            text = text[..<colon]
        }
        guard let address = try? SocketAddress(ipAddress: String(text), port: 0) else { return nil }
        self.init(address)
    }

    /// For whom this address asks: when it is a proxy's, the last address in its `X-Forwarded-For` that is no proxy's. What
    /// stands before that is the client's own word.
    func client(behind proxies: [ClientNetwork], forwardedFor: String?) -> PeerAddress {
        var client = self
        for text in (forwardedFor ?? "").split(separator: ",").reversed() where proxies.contains(client) {
            guard let next = PeerAddress(text) else { break }
            client = next
        }
        return client
    }

    private static func bytes(of address: SocketAddress?, _ family: CInt, count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        // The text is that of an address, which can be read.
        _ = inet_pton(family, address?.ipAddress?.split(separator: "%").first.map(String.init) ?? "", &bytes)
        return bytes
    }

    static func == (left: Self, right: Self) -> Bool { left.network == right.network }
    func hash(into hasher: inout Hasher) { hasher.combine(network) }
}

/// Which connection gets a place, and which one loses its place for it.
struct PlaceBook<ID: Hashable> {
    /// What a connection does; the first are the first to be closed when places are short.
    enum Stage: Int, Sendable {
        /// It said all it has to say: between two requests, or ended with an answer.
        case idle
        /// No header has come whole yet.
        case waiting
        /// A body is coming.
        case reading
        /// A request is being answered. It keeps its place.
        case answering
    }

    enum Entry: Equatable {
        case entered(closing: ID?)
        case refused
    }

    private struct Place {
        let address: PeerAddress
        var stage = Stage.waiting
        var since: UInt64
        /// For whom its request waits.
        var heldFor: PeerAddress?
    }

    private let limits: ConnectionLimits
    private var places: [ID: Place] = [:]
    private var counts: [PeerAddress: Int] = [:]
    private var held: [PeerAddress: Int] = [:]
    private var heldInAll = 0
    private var time: UInt64 = 0

    init(_ limits: ConnectionLimits) { self.limits = limits }

    /// A new connection wants a place.
    mutating func enter(_ id: ID, from address: PeerAddress) -> Entry {
        time += 1
        var closing: ID?
        if counts[address, default: 0] >= limits.placesOfAddress, !limits.proxies.contains(address) {
            closing = candidate { $0.address == address }
            if closing == nil { return .refused }
        } else if places.count >= limits.places {
            closing = candidate { _ in true }
            if closing == nil { return .refused }
        }
        if let closing { leave(closing) }
        places[id] = Place(address: address, since: time)
        counts[address, default: 0] += 1
        return .entered(closing: closing)
    }

    /// Of those who have most places, who has least to lose, for the longest time.
    private func candidate(_ isMeant: (Place) -> Bool) -> ID? {
        func order(_ place: Place) -> (Int, Int, UInt64) {
            (-counts[place.address, default: 0], place.stage.rawValue, place.since)
        }
        return places.filter { $0.value.stage != .answering && isMeant($0.value) }
            .min { order($0.value) < order($1.value) }?.key
    }

    mutating func leave(_ id: ID) {
        release(id)
        guard let place = places.removeValue(forKey: id) else { return }
        Self.lower(&counts, place.address)
    }

    mutating func set(_ stage: Stage, of id: ID) {
        guard places[id] != nil, places[id]?.stage != stage else { return }
        time += 1
        places[id]?.stage = stage
        places[id]?.since = time
    }

    /// A client's request wants to wait; it may not when too many do.
    mutating func hold(_ id: ID, for client: PeerAddress) -> Bool {
        guard let place = places[id], place.heldFor == nil, heldInAll < limits.held,
            held[client, default: 0] < limits.heldOfAddress
        else { return false }
        places[id]?.heldFor = client
        heldInAll += 1
        held[client, default: 0] += 1
        return true
    }

    mutating func release(_ id: ID) {
        guard let client = places[id]?.heldFor else { return }
        places[id]?.heldFor = nil
        heldInAll -= 1
        Self.lower(&held, client)
    }

    private static func lower(_ counts: inout [PeerAddress: Int], _ address: PeerAddress) {
        let count = counts[address, default: 1] - 1
        counts[address] = count > 0 ? count : nil
    }
}

/// The places of a listener's connections.
final class ConnectionPlaces: Sendable {
    private struct State {
        var book: PlaceBook<ObjectIdentifier>
        var channels: [ObjectIdentifier: any Channel] = [:]
    }

    /// Why a connection is not served.
    struct NoPlace: Error {}

    let limits: ConnectionLimits
    private let state: Mutex<State>

    init(_ limits: ConnectionLimits = ConnectionLimits()) {
        self.limits = limits
        state = Mutex(State(book: PlaceBook(limits)))
    }

    /// Gives a place to a connection that was accepted, if need be that of another, which is closed.
    func enter(_ channel: any Channel) throws {
        let id = ObjectIdentifier(channel)
        let address = PeerAddress(channel.remoteAddress)
        let (isEntered, closing) = state.withLock { state -> (Bool, (any Channel)?) in
            guard case .entered(let closing) = state.book.enter(id, from: address) else { return (false, nil) }
            state.channels[id] = channel
            return (true, closing.flatMap { state.channels.removeValue(forKey: $0) })
        }
        guard isEntered else { throw NoPlace() }
        if let closing { ConnectionManners.cut(closing) }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { state in
                // The same object may have another's place only after this one was let go.
                guard state.channels.removeValue(forKey: id) != nil else { return }
                state.book.leave(id)
            }
        }
    }

    func set(_ stage: PlaceBook<ObjectIdentifier>.Stage, of channel: any Channel) {
        state.withLock { $0.book.set(stage, of: ObjectIdentifier(channel)) }
    }

    /// Lets a request wait for something that may take long.
    ///
    /// - Returns: whether it may; then `release` has to follow. A connection that is closed has released it.
    func hold(_ channel: any Channel, for client: PeerAddress) -> Bool {
        state.withLock { $0.book.hold(ObjectIdentifier(channel), for: client) }
    }

    func release(_ channel: any Channel) { state.withLock { $0.book.release(ObjectIdentifier(channel)) } }
}
