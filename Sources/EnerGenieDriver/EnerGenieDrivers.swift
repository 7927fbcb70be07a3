internal import AsyncHTTPClient
public import Logging
public import NIOCore
public import Power
internal import Synchronization

/// Makes drivers for EnerGenie strips and owns what they share.
///
/// The composition root keeps one for the whole agent and shuts it down after the last driver.
public final class EnerGenieDrivers: Sendable {
    let group: any EventLoopGroup
    private let logger: Logger
    private let strictClient = Mutex<HTTPClient?>(nil)

    /// - Parameters:
    ///   - group: the event loops that all connections run on; it is not shut down here.
    ///   - logger: told of sessions that could not be closed; it is never told a password.
    public init(on group: any EventLoopGroup, logger: Logger) {
        self.group = group
        self.logger = logger
    }

    /// A driver for a strip's web interface.
    ///
    /// - Parameter clock: what pauses are measured with.
    public func web(
        _ configuration: EnerGenieWebConfiguration,
        clock: some Clock<Duration> = ContinuousClock()
    ) -> EnerGenieWebDriver {
        let transport: any WebTransport =
            switch configuration.http {
            case .lenient: LenientWebTransport(group: group)
            case .strict: StrictWebTransport(client: sharedStrictClient())
            }
        return EnerGenieWebDriver(configuration, transport: transport, clock: DeviceClock(clock), logger: logger)
    }

    /// A driver for a strip's native protocol.
    ///
    /// - Parameter clock: what pauses are measured with.
    public func native(
        _ configuration: EnerGenieTCPConfiguration,
        clock: some Clock<Duration> = ContinuousClock()
    ) -> EnerGenieTCPDriver {
        EnerGenieTCPDriver(configuration, on: group, clock: DeviceClock(clock))
    }

    /// A driver that turns to another one when the first cannot reach the device at all.
    ///
    /// - Parameters:
    ///   - first: the way that is wanted.
    ///   - other: the other way to the same device.
    ///   - name: the PDU's name, for the log.
    public func fallback(_ first: any PDUDriver, or other: any PDUDriver, name: String) -> FallbackDriver {
        FallbackDriver(first, or: other, name: name, logger: logger)
    }

    /// Frees what the drivers shared; none of them may be used afterwards.
    public nonisolated(nonsending) func shutDown() async {
        guard let client = strictClient.withLock({ $0.take() }) else { return }
        do {
            try await client.shutdown()
        } catch {
            logger.warning("EnerGenie: the HTTP client did not shut down cleanly: \(error)")
        }
    }

    private func sharedStrictClient() -> HTTPClient {
        strictClient.withLock { client in
            if let client { return client }
            let made = StrictWebTransport.makeClient(on: group)
            client = made
            return made
        }
    }
}

/// Tells a strip from other devices, without a password and without changing anything.
extension EnerGenieDrivers {
    /// The byte that begins a session of the native protocol, and ends one at once when it is sent again.
    private static let startByte: UInt8 = 0x11
    /// How other servers begin what they say, before or after a byte that they do not understand.
    private static let otherGreetings = ["HTTP", "SSH-", "RTSP", "220 ", "220-", "+OK "]

    /// The page that a web server shows first. Nobody is logged in or out by looking at it.
    ///
    /// - Throws: `unreachable`, `timeout`, `interrupted`, `badReply` for what is no HTTP, `cancelled`.
    public nonisolated(nonsending) func startPage(
        of endpoint: EnerGenieEndpoint,
        within limit: Duration
    ) async throws(DriverError) -> EnerGeniePage {
        do {
            let reply = try await LenientWebTransport(group: group).run(.get("/"), with: endpoint, within: limit)
            return EnerGeniePage(reply.body)
        } catch {
            throw WebStep.reading.error(error, endpoint)
        }
    }

    /// Whether something answers the start byte of the native protocol as a strip does, with four bytes.
    ///
    /// The session that this begins is ended at once. A strip in a session with somebody else stays silent.
    public nonisolated(nonsending) func greets(_ endpoint: EnerGenieEndpoint, within limit: Duration) async -> Bool {
        let link = TCPLink(to: endpoint, on: group)
        let start = ContinuousClock.now
        var task: SIMD4<UInt8>?
        do {
            task = try await link.open(within: limit)
                .flatMap {
                    link.ask([Self.startByte], reader: FrameReader(), within: limit - start.duration(to: .now))
                }
                .value(onCancel: { link.cancel() })
        } catch {
            // Whatever else is on that port is no strip, or one that cannot be asked now.
        }
        await link.close(saying: [Self.startByte])
        guard let task else { return false }
        let bytes = (0..<4).map { task[$0] }
        return !Self.otherGreetings.contains { Array($0.utf8) == bytes }
    }
}
