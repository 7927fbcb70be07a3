internal import Power
internal import Synchronization

/// A session with a device through its native protocol.
///
/// The device reports its states when a session begins and after a control frame, and is not known to take a second
/// control frame. So each report answers one read, if that follows at once, and for anything more the session is begun
/// anew.
final class EnerGenieTCPSession: PDUSession {
    /// How old a report may be to answer a read.
    private static let freshness = Duration.seconds(1)

    private struct Report {
        let codes: SIMD4<UInt8>
        let at: Duration
    }

    private struct State {
        var connection: NativeConnection?
        var report: Report?
        var hasControlled = false
        var isOver = false
    }

    private let driver: EnerGenieTCPDriver
    private let state: Mutex<State>

    init(driver: EnerGenieTCPDriver, connection: NativeConnection) {
        self.driver = driver
        state = Mutex(
            State(connection: connection, report: Report(codes: connection.initialCodes, at: driver.now()))
        )
    }

    /// Ends the session and lets nothing more through.
    nonisolated(nonsending) func end() async {
        state.withLock { $0.isOver = true }
        await close()
    }

    /// Reads all four states, as the device last reported them in answer to this session.
    nonisolated(nonsending) func read(_ scope: ReadScope) async throws(DriverError) -> DeviceReading {
        let status = try understand(try await report())
        var reading = DeviceReading(warnings: status.warnings)
        for (outlet, state) in zip(OutletOrders.outlets, status.outlets) { reading.outlets[outlet] = state }
        return reading
    }

    /// Switches any number of outlets in one frame; done when the device has answered it with its states.
    nonisolated(nonsending) func set(_ orders: [OutletNumber: PowerState]) async throws(DriverError) {
        let states = try OutletOrders(orders, together: true).states
        let connection = try await connectionForControl()
        do {
            let codes = try await connection.control(states)
            state.withLock { $0.report = Report(codes: codes, at: driver.now()) }
            _ = try understand(codes)
        } catch {
            await close()
            throw error
        }
    }

    /// Says what the state codes tell of the model.
    nonisolated(nonsending) func describe() async throws(DriverError) -> DeviceDescription {
        let codes = try await report()
        // The report is as good for a read that follows.
        state.withLock { $0.report = Report(codes: codes, at: driver.now()) }
        let model =
            switch try understand(codes).dialect {
            case .pms20: "EG-PMS-LAN"
            case .pms21: "EG-PM2-LAN or EG-PMS2-LAN"
            case .pmswlan: "EG-PMS-WLAN or EG-PMS2-WLAN"
            }
        return DeviceDescription(model: model, outlets: OutletOrders.outlets)
    }

    private nonisolated(nonsending) func report() async throws(DriverError) -> SIMD4<UInt8> {
        if let report = takeReport(), driver.now() - report.at <= Self.freshness { return report.codes }
        let connection = try await reconnect()
        return connection.initialCodes
    }

    private func takeReport() -> Report? {
        state.withLock { state in
            defer { state.report = nil }
            return state.isOver ? nil : state.report
        }
    }

    private nonisolated(nonsending) func connectionForControl() async throws(DriverError) -> NativeConnection {
        let usable: NativeConnection? = state.withLock { state in
            defer { (state.report, state.hasControlled) = (nil, true) }
            return state.hasControlled || state.isOver ? nil : state.connection
        }
        if let usable { return usable }
        let connection = try await reconnect()
        state.withLock { $0.hasControlled = true }
        return connection
    }

    private nonisolated(nonsending) func reconnect() async throws(DriverError) -> NativeConnection {
        guard !state.withLock({ $0.isOver }) else {
            throw NativeStep.starting.error(.unsupported, driver.configuration.endpoint, "the session is over")
        }
        await close()
        let connection = try await driver.connect()
        state.withLock { state in
            state.connection = connection
            state.hasControlled = false
        }
        return connection
    }

    private nonisolated(nonsending) func close() async {
        let connection = state.withLock { state in
            defer { state.connection = nil }
            return state.connection
        }
        guard let connection else { return }
        await connection.close()
        driver.connectionEnded()
    }

    private func understand(_ codes: SIMD4<UInt8>) throws(DriverError) -> NativeStatus {
        guard let status = NativeStatus(codes: codes) else {
            let codes = codes.bytes.map { "0x" + String($0, radix: 16) }.joined(separator: " ")
            throw DriverError(
                .badReply,
                "EnerGenie \(driver.configuration.endpoint): state codes \(codes) are of no known model"
            )
        }
        return status
    }
}
