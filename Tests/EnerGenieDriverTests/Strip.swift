import EnerGenieDriver
import Logging
import NIOPosix
import PDUSimulator
import Power
import Testing

/// A simulated strip with what it takes to make drivers for it.
struct Strip {
    let device: SimulatedEnerGenie
    let drivers: EnerGenieDrivers
    let log: LogCatcher

    /// Runs a test with a strip, and ends it.
    static func with(
        _ configuration: SimulatedEnerGenieConfiguration = SimulatedEnerGenieConfiguration(),
        _ test: (Strip) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        var configuration = configuration
        // A strip ends a session that is silent for 4 s. Drivers' own limits are tested here, and a busy machine may be slower.
        configuration.nativeExpiry = .seconds(600)
        let device = try await SimulatedEnerGenie.start(configuration, on: group)
        let log = LogCatcher()
        let drivers = EnerGenieDrivers(on: group, logger: Logger(label: "test") { _ in log })
        do {
            try await test(Strip(device: device, drivers: drivers, log: log))
        } catch {
            await drivers.shutDown()
            await device.stop()
            throw error
        }
        await drivers.shutDown()
        await device.stop()
    }

    /// A driver for its web interface.
    func web(
        password: String = "1",
        http: EnerGenieHTTPMode = .lenient,
        pause: Duration = .zero,
        together: Bool = false,
        limits: EnerGenieTimeLimits = EnerGenieTimeLimits(request: .seconds(20), session: .seconds(60)),
        clock: some Clock<Duration> = ContinuousClock()
    ) throws(DriverError) -> EnerGenieWebDriver {
        let configuration = EnerGenieWebConfiguration(
            endpoint: try valid(EnerGenieEndpoint(host: "127.0.0.1", port: device.webPort)),
            password: try valid(EnerGeniePassword(password)),
            http: http,
            pause: pause,
            switchesTogether: together,
            limits: limits
        )
        return drivers.web(configuration, clock: clock)
    }

    /// A driver for its native protocol.
    func native(
        password: String = "1",
        startInterval: Duration = .seconds(20),
        limit: Duration = .seconds(20),
        pause: Duration = .zero,
        clock: some Clock<Duration> = ContinuousClock()
    ) throws(DriverError) -> EnerGenieTCPDriver {
        let configuration = EnerGenieTCPConfiguration(
            endpoint: try valid(EnerGenieEndpoint(host: "127.0.0.1", port: device.nativePort)),
            password: try valid(EnerGeniePassword(password)),
            pause: pause,
            startInterval: startInterval,
            limit: limit
        )
        return drivers.native(configuration, clock: clock)
    }

    private func valid<Value>(_ value: Value?) throws(DriverError) -> Value {
        guard let value else { throw DriverError(.unsupported, "a test's setting makes no sense") }
        return value
    }

    /// What the device was told so far: the words of its record without times.
    var told: [String] {
        device.record.entries.map { entry in
            entry.outlet == nil ? "\(entry.object) \(entry.outcome)" : "\(entry.object)=\(entry.value) \(entry.outcome)"
        }
    }
}

extension OutletNumber {
    /// Outlets of a strip, for tests.
    static let one = strip[0]
    static let two = strip[1]
    static let three = strip[2]
    static let four = strip[3]
    static let strip = (1...4).compactMap { OutletNumber($0) }
}

extension PDUDriver {
    /// Switches one outlet in a session of its own and reads it back.
    func switching(_ outlet: OutletNumber, to state: PowerState) async throws(DriverError) -> OutletReading? {
        try await withSession { session throws(DriverError) in
            try await session.set([outlet: state])
            return try await session.read(.states([outlet])).outlets[outlet]
        }
    }

    /// Reads everything in a session of its own: the states of outlets 1 to 4 in this order.
    func states() async throws(DriverError) -> [PowerState?] {
        let reading = try await withSession { session throws(DriverError) in try await session.read(.everything) }
        return OutletNumber.strip.map { reading.outlets[$0]?.state }
    }
}

/// The driver's error that work ends with; nothing when it ends well, or with another error, which fails the test.
func failure(of work: () async throws -> Void) async -> DriverError? {
    do {
        try await work()
        return nil
    } catch let error as DriverError {
        return error
    } catch {
        Issue.record(error)
        return nil
    }
}
