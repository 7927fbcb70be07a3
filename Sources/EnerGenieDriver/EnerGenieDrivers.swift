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
