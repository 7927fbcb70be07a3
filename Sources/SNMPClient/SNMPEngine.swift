import CSNMPShim
internal import HostNames
public import Logging
internal import Loop
import Synchronization

/// The process's way to SNMP devices: opens sessions to them and carries their requests.
///
/// One engine serves thousands of devices with a handful of sockets, one timer and one executor; a device that is slow
/// or dead never delays another. There may be several engines; they share the loop, because net-snmp, which makes and
/// reads the messages, has no locks. Nothing of the host's net-snmp configuration is read, and nothing is written.
public actor SNMPEngine {
    // How many sockets the devices are spread over: the system's buffer of each holds the answers of some hundreds.
    static let socketCount = 8

    let logger: Logger
    private let keyRing = KeyRing()
    private let names: HostNames
    private let tokens = Atomic<UInt64>(1)
    private var isClosed = false

    var codec: MessageCodec?
    var inbox: Inbox?
    var sessions: [UInt64: SessionState] = [:]
    /// Requests, from their submission to their end.
    var exchanges: [UInt64: Exchange] = [:]
    /// The exchanges by the numbers on their messages.
    var exchangesOnTheWire: [Int32: Exchange] = [:]
    /// Numbers for requests to come.
    var randomIDs: [Int32] = []
    var deadlines = DeadlineWheel()
    var engineIDs = EngineIDRegistry()
    private var sockets: [Int: UDPSocket] = [:]
    private var timer: LoopTimer?
    /// When the timer rings; nothing while it rests.
    private var ringsAt: UInt64?

    /// The executor of all net-snmp.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { Loop.shared.executor.asUnownedSerialExecutor() }

    /// An engine without sessions.
    /// - Parameter logger: Takes warnings about devices with the same engine ID, and everything else, net-snmp's own
    ///   log included, at debug level.
    public init(logger: Logger) {
        self.init(logger: logger, names: .shared)
    }

    init(logger: Logger, names: HostNames) {
        self.logger = logger
        self.names = names
    }

    /// Opens a session to a device; nothing is sent yet.
    ///
    /// A name is looked up and passphrases are turned into keys, both without holding up other devices.
    /// - Throws: ``SNMPError/Code/unknownHost``, ``SNMPError/Code/invalidArgument``, ``SNMPError/Code/cancelled``,
    ///   ``SNMPError/Code/closed``, ``SNMPError/Code/sendFailed`` when there is no socket to be had.
    public func open(_ target: SNMPTarget) async throws(SNMPError) -> SNMPSession {
        let errors = ErrorText(target: target)
        if let objection = TargetCheck.objection(target) { throw errors.invalid(objection) }
        let addresses: [SocketAddress]
        if let numeric = HostResolver.numericAddress(target.host, port: target.port) {
            addresses = [numeric]
        } else {
            addresses = try await HostResolver.addresses(
                of: target.host,
                port: target.port,
                errors: errors,
                names: names
            ).get()
        }
        var user: UserContext?
        if case .v3(let v3User) = target.credentials {
            // net-snmp must be ready before it names protocols, which the making of keys does as well.
            start()
            guard let keys = await keyRing.keys(of: v3User) else { throw errors.invalid("no keys can be derived") }
            if isClosed { throw errors.closed }
            user = UserContext(v3User, authenticationKey: keys.authentication, privacyKey: keys.privacy)
            guard user != nil else { throw errors.invalid("this version 3 user cannot be used") }
        }
        if isClosed { throw errors.closed }
        start()
        let id = nextToken()
        let state = SessionState(
            id: id,
            target: target,
            addresses: addresses,
            socketGroup: Int(id % UInt64(Self.socketCount)),
            user: user
        )
        var usable: [SocketAddress] = []
        var failure: SNMPError?
        for address in addresses {
            // A host without IPv6 has no such sockets, which is no reason not to use the others.
            do throws(SNMPError) {
                try openSocket(state.socketIndex(address))
                usable.append(address)
            } catch {
                failure = error
            }
        }
        if usable.isEmpty, let failure { throw failure }
        state.candidates = usable
        sessions[id] = state
        return SNMPSession(id: id, target: target, engine: self)
    }

    /// Closes every session and the sockets. Requests under way fail with ``SNMPError/Code/closed``, and so does
    /// everything asked for later.
    public func close() async {
        isClosed = true
        for id in Array(sessions.keys) { end(session: id) }
        sockets.removeAll()
        timer = nil
        ringsAt = nil
        codec = nil
        inbox = nil
    }

    func close(session id: UInt64) {
        end(session: id)
    }

    /// Forgets a session that nobody has any more.
    nonisolated func forget(session id: UInt64) {
        onExecutor { $0.end(session: id) }
    }

    nonisolated func nextToken() -> UInt64 {
        tokens.add(1, ordering: .relaxed).oldValue
    }

    /// Runs something on the loop, without a task and without waiting for it.
    nonisolated func onExecutor(_ body: @escaping @Sendable (isolated SNMPEngine) -> Void) {
        Loop.shared.execute("SNMP: a request") { self.assumeIsolated(body) }
    }

    private func start() {
        guard codec == nil else { return }
        NetSNMP.start(logger: logger)
        codec = MessageCodec()
        inbox = Inbox()
    }

    private func openSocket(_ index: Int) throws(SNMPError) {
        if sockets[index] != nil { return }
        sockets[index] = try UDPSocket(ipv6: index % 2 == 1) { [weak self] in
            self?.assumeIsolated { $0.receive(fromSocket: index) }
        }
    }

    func socket(_ index: Int) -> UDPSocket? { sockets[index] }

    // MARK: The timer

    /// Has the one timer ring no later than the first deadline; without a deadline it rests.
    func wakeForDeadlines() {
        guard let wake = deadlines.nextWake else { return }
        if let ringsAt, ringsAt <= wake { return }
        ringsAt = wake
        let timer =
            timer
            ?? LoopTimer(on: .shared, label: "SNMP: time is over") { [weak self] in
                self?.assumeIsolated { $0.deadlinesPassed() }
            }
        self.timer = timer
        timer.ring(at: wake)
    }

    private func deadlinesPassed() {
        ringsAt = nil
        // On a busy machine an answer may have come in time and not have been read yet.
        for index in sockets.keys { receive(fromSocket: index) }
        for token in deadlines.expire(now: Loop.now) {
            if let exchange = exchanges[token] {
                exchange.deadline = nil
                waitEnded(exchange)
            }
        }
        wakeForDeadlines()
    }
}
