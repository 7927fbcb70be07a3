internal import LocalServices
public import NIOCore
internal import NIOPosix
public import Power
internal import Synchronization

/// A simulated EnerGenie strip on 127.0.0.1: web interface and native protocol over the same four outlets.
///
/// It is light enough that hundreds of them share a process with what they are to test.
public final class SimulatedEnerGenie: Sendable {
    struct State {
        var outlets: SimulatedOutlets
        var site: EnerGenieWebSite
        var faults: Faults
        var firmware: EnerGenieFirmware
        var mishaps: [EnerGenieMishap.Step: EnerGenieMishap] = [:]
        var voltageMismatches: Set<Int> = []
        var startsToIgnore = 0
        var nativeSession: ObjectIdentifier?
        var listeners: [any Channel] = []
    }

    /// How it was set up.
    public let configuration: SimulatedEnerGenieConfiguration
    /// What it was told over the network.
    public let record: DeviceRecord
    /// The TCP port of its web interface.
    public let webPort: Int
    /// The TCP port of its native protocol.
    public let nativePort: Int
    let state: Mutex<State>

    private init(_ configuration: SimulatedEnerGenieConfiguration, record: DeviceRecord, web: Int, native: Int) {
        self.configuration = configuration
        self.record = record
        webPort = web
        nativePort = native
        state = Mutex(
            State(
                outlets: SimulatedOutlets(count: 4, state: configuration.initialState),
                site: EnerGenieWebSite(password: configuration.password, expiry: configuration.sessionExpiry),
                faults: configuration.faults,
                firmware: configuration.firmware
            )
        )
    }

    /// Starts a strip; it answers when this returns.
    ///
    /// - Parameter group: the event loops it runs on; many strips share one.
    /// - Throws: `cannotStart` when a port or the file cannot be had.
    public static func start(
        _ configuration: SimulatedEnerGenieConfiguration = SimulatedEnerGenieConfiguration(),
        on group: any EventLoopGroup
    ) async throws(PDUSimulatorError) -> SimulatedEnerGenie {
        let record = try DeviceRecord(file: configuration.recordFile)
        let loop = group.next()
        // The handlers need the strip, and the strip its ports: connections made in between find it in the box.
        let box = NIOLoopBoundBox<SimulatedEnerGenie?>.makeEmptyBox(eventLoop: loop)
        var listeners: [any Channel] = []
        do {
            let web = try await listen(configuration.webPort, on: loop) { channel in
                guard let strip = box.value else { return }
                try channel.pipeline.syncOperations.addHandler(EnerGenieWebHandler(strip))
            }
            listeners.append(web)
            let native = try await listen(configuration.nativePort, on: loop) { channel in
                guard let strip = box.value else { return }
                try channel.pipeline.syncOperations.addHandler(EnerGenieNativeHandler(strip))
            }
            listeners.append(native)
            let strip = SimulatedEnerGenie(
                configuration,
                record: record,
                web: web.localAddress?.port ?? 0,
                native: native.localAddress?.port ?? 0
            )
            strip.state.withLock { [listeners] in $0.listeners = listeners }
            try await loop.submit { box.value = strip }.get()
            return strip
        } catch {
            for listener in listeners { listener.close(promise: nil) }
            throw PDUSimulatorError(.cannotStart, "cannot start a simulated EnerGenie: \(error)")
        }
    }

    /// What the outlets 1 to 4 are, in this order, whatever the strip says.
    public var states: [PowerState] {
        state.withLock { state in
            (1...4).map { state.outlets.state(of: $0, at: MonotonicTime.now) ?? .off }
        }
    }

    /// What is wrong with it at the moment.
    public var faults: Faults {
        get { state.withLock { $0.faults } }
        set { state.withLock { $0.faults = newValue } }
    }

    /// How its firmware behaves at the moment.
    public var firmware: EnerGenieFirmware {
        get { state.withLock { $0.firmware } }
        set { state.withLock { $0.firmware = newValue } }
    }

    /// What goes wrong with single kinds of request at the moment.
    public var mishaps: [EnerGenieMishap.Step: EnerGenieMishap] {
        get { state.withLock { $0.mishaps } }
        set { state.withLock { $0.mishaps = newValue } }
    }

    /// The outlets whose voltage does not fit their state; only `pms20` tells.
    public var voltageMismatches: Set<Int> {
        get { state.withLock { $0.voltageMismatches } }
        set { state.withLock { $0.voltageMismatches = newValue } }
    }

    /// The address whose session the web interface is in, if it is in one.
    public var sessionOwner: String? { state.withLock { $0.site.owner } }

    /// Presses the button of an outlet.
    ///
    /// - Returns: what the outlet is now; nothing when there is no such outlet.
    @discardableResult
    public func press(_ outlet: Int) -> PowerState? {
        let now = MonotonicTime.now
        return state.withLock { state in
            state.outlets.perform(.press, on: outlet, at: now)
            return state.outlets.state(of: outlet, at: now)
        }
    }

    /// Logs somebody in to the web interface from this address.
    public func occupy(from client: String) {
        state.withLock { $0.site.occupy(from: client, at: MonotonicTime.now) }
    }

    /// Ignores the next start bytes of the native protocol, as a strip does while it gives up an earlier session.
    public func ignoreStarts(_ count: Int) {
        state.withLock { $0.startsToIgnore = count }
    }

    /// Ends it: nothing listens on its ports any more.
    public func stop() async {
        let listeners = state.withLock { state in
            defer { state.listeners = [] }
            return state.listeners
        }
        // A listener that cannot be closed is closed already.
        for listener in listeners { try? await listener.close() }
    }

    private static func listen(
        _ port: Int?,
        on loop: any EventLoop,
        _ accept: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> any Channel {
        let bootstrap = ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try accept(channel) }
            }
        // Not one that the system gives to connections: a strip that is gone must not be another device's port.
        return try await FreePort.withTCP(port) { try await bootstrap.bind(host: "127.0.0.1", port: $0).get() }
    }
}

extension SimulatedEnerGenie: OrderableDevice {
    /// Carries out an order.
    public func perform(_ order: SimulatorOrder) async throws(PDUSimulatorError) -> String {
        let faults: Faults? = state.withLock { state in state.faults.apply(order) ? state.faults : nil }
        if let faults { return "faults: \(faults)" }
        switch order {
        case .press(let outlet):
            guard let state = press(outlet) else {
                throw PDUSimulatorError(.badOrder, "there is no outlet \(outlet); there are 1 to 4")
            }
            return "outlet \(outlet): \(state)"
        case .reboot:
            state.withLock { state in
                state.site = EnerGenieWebSite(password: configuration.password, expiry: configuration.sessionExpiry)
                state.nativeSession = nil
            }
            return "rebooted"
        default:
            let states = states.enumerated().map { "\($0 + 1) \($1)" }.joined(separator: ", ")
            return "outlets: \(states); faults: \(self.faults)"
        }
    }
}

/// A connection to the simulated web interface: one request, one answer.
final class EnerGenieWebHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let strip: SimulatedEnerGenie
    private var received = ByteBuffer()
    private var isAnswered = false

    init(_ strip: SimulatedEnerGenie) {
        self.strip = strip
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        guard !isAnswered else { return }
        received.writeBuffer(&bytes)
        guard let request = EnerGenieRequest(received.readableBytesView) else {
            if received.readableBytes > EnerGenieRequest.limit { context.close(promise: nil) }
            return
        }
        isAnswered = true
        let client = context.remoteAddress?.ipAddress ?? ""
        guard let answer = strip.answer(request, from: client) else { return }
        EnerGenieSender.send(answer, context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

/// How a simulated EnerGenie strip is to be set up.
public struct SimulatedEnerGenieConfiguration: Sendable {
    /// The password of both its protocols, ISO 8859-1.
    public var password: String
    /// How its firmware behaves.
    public var firmware: EnerGenieFirmware
    /// What all outlets are at first.
    public var initialState: PowerState
    /// The TCP port of its web interface on 127.0.0.1; a free one when not given.
    public var webPort: Int?
    /// The TCP port of its native protocol on 127.0.0.1; a free one when not given.
    public var nativePort: Int?
    /// After how long without a request a session of the web interface ends by itself; never when not given.
    public var sessionExpiry: Duration?
    /// After how long without a frame a session of the native protocol ends by itself.
    public var nativeExpiry: Duration
    /// What is wrong with it at first.
    public var faults: Faults
    /// Where everything it is told is appended; nowhere when not given.
    public var recordFile: String?

    /// A strip; everything that is not given has the default shown here.
    public init(
        password: String = "1",
        firmware: EnerGenieFirmware = EnerGenieFirmware(),
        initialState: PowerState = .off,
        webPort: Int? = nil,
        nativePort: Int? = nil,
        sessionExpiry: Duration? = nil,
        nativeExpiry: Duration = .seconds(4),
        faults: Faults = Faults(),
        recordFile: String? = nil
    ) {
        self.password = password
        self.firmware = firmware
        self.initialState = initialState
        self.webPort = webPort
        self.nativePort = nativePort
        self.sessionExpiry = sessionExpiry
        self.nativeExpiry = nativeExpiry
        self.faults = faults
        self.recordFile = recordFile
    }
}
