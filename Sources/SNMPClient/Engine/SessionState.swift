/// What the engine knows of one session; used on the executor only.
final class SessionState {
    /// How many requests may wait for their turn.
    static let maximumWaiting = 256

    let id: UInt64
    let target: SNMPTarget
    /// Where the device may be: every address of its name until one has answered, that one from then on.
    var candidates: [SocketAddress]
    /// Which of the engine's sockets the device is asked through; there is one for each family.
    private let socketGroup: Int
    /// Version 3.
    let user: UserContext?
    /// Requests sent and not answered, or waiting for the engine to say who it is.
    var active: [UInt64: Exchange] = [:]
    /// Requests that wait for their turn, in order.
    var waiting: [Exchange] = []
    /// The exchange that asks a version 3 engine who it is.
    var discovery: Exchange?
    /// Version 3: who the engine is has to be asked before the next request.
    var needsDiscovery: Bool
    /// Version 3: the engine has said who it is, and has answered no request since.
    var hasOnlyTheEngineAnswered = false

    init(id: UInt64, target: SNMPTarget, addresses: [SocketAddress], socketGroup: Int, user: UserContext?) {
        self.id = id
        self.target = target
        candidates = addresses
        self.socketGroup = socketGroup
        self.user = user
        needsDiscovery = user != nil
    }

    /// The number of the socket through which an address is asked.
    func socketIndex(_ address: SocketAddress) -> Int { socketGroup * 2 + (address.isIPv6 ? 1 : 0) }

    var errors: ErrorText { ErrorText(target: target) }

    /// Whether another request may be sent now.
    var hasRoom: Bool { active.count < target.maxInFlight }

    /// How a message for the device is made.
    func recipient(for operation: Operation?) -> MessageCodec.Recipient {
        switch target.credentials {
        case .v1(let community, let writeCommunity):
            .community(.v1, operation?.isWrite == true ? writeCommunity ?? community : community)
        case .v2c(let community, let writeCommunity):
            .community(.v2c, operation?.isWrite == true ? writeCommunity ?? community : community)
        case .v3:
            if operation != nil, let user { .user(user) } else { .unknownEngine }
        }
    }
}
