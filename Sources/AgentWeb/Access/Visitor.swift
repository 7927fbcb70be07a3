import Agent

/// Somebody who was let in.
struct Visitor: Sendable, Equatable {
    /// By what somebody was let in.
    enum Way: Sendable, Equatable {
        /// Nobody has to show anything.
        case open
        /// `web.token`, or `web.username` and `web.password`.
        case credentials
        /// A token or a password of a user, with its hash.
        case user(proof: String)
        /// A session of a user, with its number.
        case session(UInt64)
        /// What a reverse proxy says; whether the name is that of a user.
        case proxy(isUser: Bool)
        /// The file of a Unix socket, which has a user of its own.
        case socket
    }

    /// The name of a login or a user; nothing for `web.token`, or where nobody has to show anything.
    var name: String?
    /// What it may do.
    var rights = Rights.everything
    /// By what it was let in.
    var way = Way.open

    /// Who it proved to be.
    var user: String? { name }

    /// As whom it gives commands.
    var sender: Sender { Sender(.http, user: user, rights: rights) }
}

extension Visitor {
    /// A user of the configuration.
    init(_ user: WebUser, by way: Way) { self.init(name: user.name, rights: user.rights, way: way) }
}

/// Addresses that begin alike, from which clients may come.
public struct ClientNetwork: Sendable {
    private let bytes: [UInt8]
    private let prefix: Int

    /// - Parameters:
    ///   - bytes: the first address: 4 bytes, or 16.
    ///   - prefix: how many bits all have in common.
    public init(bytes: [UInt8], prefix: Int) {
        self.bytes = bytes
        self.prefix = prefix
    }

    func contains(_ address: PeerAddress) -> Bool {
        guard address.bytes.count == bytes.count else { return false }
        return zip(bytes, address.bytes).enumerated().allSatisfy { place, pair in
            let common = min(max(prefix - place * 8, 0), 8)
            return common == 0 || (pair.0 ^ pair.1) >> UInt8(8 - common) == 0
        }
    }

    /// Every client at a Unix socket, which has no address.
    static let socket = ClientNetwork(bytes: [], prefix: 0)

    /// This host, whatever it listens at.
    static let loopback = [
        ClientNetwork(bytes: [127, 0, 0, 0], prefix: 8),
        ClientNetwork(bytes: [UInt8](repeating: 0, count: 15) + [1], prefix: 128),
    ]
}

extension [ClientNetwork] {
    func contains(_ address: PeerAddress) -> Bool { contains { $0.contains(address) } }
}
