import LocalServices
import Logging
import SNMPClient

/// What most tests need: an engine, and objects that every snmpd has.
enum Fixture {
    static let description: OID = [1, 3, 6, 1, 2, 1, 1, 1, 0]
    static let upTime: OID = [1, 3, 6, 1, 2, 1, 1, 3, 0]
    static let contact: OID = [1, 3, 6, 1, 2, 1, 1, 4, 0]
    static let location: OID = [1, 3, 6, 1, 2, 1, 1, 6, 0]
    static let system: OID = [1, 3, 6, 1, 2, 1, 1]

    static let quiet = Logger(label: "snmp.tests") { _ in SwiftLogNoOpLogHandler() }

    static func engine() -> SNMPEngine { SNMPEngine(logger: quiet) }

    /// A target for an snmpd; tries are long, so that a loaded machine loses none.
    static func target(
        _ daemon: SNMPDaemon,
        _ credentials: SNMPCredentials,
        timeout: Duration = .seconds(5),
        retries: Int = 2
    ) -> SNMPTarget {
        SNMPTarget(
            host: "127.0.0.1",
            port: UInt16(daemon.port),
            credentials: credentials,
            label: "rack1",
            timeout: timeout,
            retries: retries
        )
    }
}

/// The code of the error that something ends with; nil when it succeeds.
func code(of body: () async throws -> [VarBind]) async -> SNMPError.Code? {
    do {
        _ = try await body()
        return nil
    } catch {
        return (error as? SNMPError)?.code
    }
}
