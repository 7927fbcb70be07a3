import Discovery
import EnerGenieDriver
import LocalServices
import Logging
import NIOPosix
import PDUSimulator
import SNMPClient

/// A probe with everything it needs, and simulated devices, for one test.
struct Bench {
    let strips: EnerGenieDrivers
    let engine: SNMPEngine
    let probe: DeviceProbe

    /// Runs a test with it and closes it afterwards.
    static func use(_ body: (Bench) async throws -> Void) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let strips = EnerGenieDrivers(on: MultiThreadedEventLoopGroup.singleton, logger: logger)
        let engine = SNMPEngine(logger: logger)
        let bench = Bench(
            strips: strips,
            engine: engine,
            probe: DeviceProbe(engine: engine, strips: strips, logger: logger)
        )
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(bench))
        } catch {
            result = .failure(error)
        }
        await engine.close()
        await strips.shutDown()
        try result.get()
    }

    /// Runs a test with a simulated strip.
    static func withStrip(
        _ configuration: SimulatedEnerGenieConfiguration = SimulatedEnerGenieConfiguration(),
        _ body: (Bench, SimulatedEnerGenie) async throws -> Void
    ) async throws {
        let strip = try await SimulatedEnerGenie.start(configuration, on: MultiThreadedEventLoopGroup.singleton)
        let result: Result<Void, any Error>
        do {
            result = .success(try await use { try await body($0, strip) })
        } catch {
            result = .failure(error)
        }
        await strip.stop()
        try result.get()
    }

    /// Runs a test with simulated SNMP PDUs: raritan-px2 tables on UDP ports of 127.0.0.1.
    static func withFleet(_ body: (Bench, SNMPFleet) async throws -> Void) async throws {
        let fleet = try await SNMPFleet.start(
            SNMPFleetConfiguration(count: 1, outlets: 4, basePort: try FreePort.udp())
        )
        try await use { try await body($0, fleet) }
    }

    /// What asks nothing but the ports given; the others are those where nobody listens.
    static func access(
        snmpPort: Int? = nil,
        strip: SimulatedEnerGenie? = nil,
        password: String? = nil,
        community: String = "public"
    ) -> ProbeAccess {
        ProbeAccess(
            snmp: snmpPort == nil ? [] : [.v2c(community: SNMPSecret(community))],
            password: password.flatMap { EnerGeniePassword($0) },
            snmpPort: UInt16(clamping: snmpPort ?? 1),
            webPort: strip?.webPort ?? 1,
            nativePort: strip?.nativePort ?? 1,
            limit: .seconds(5),
            retries: 2
        )
    }
}
