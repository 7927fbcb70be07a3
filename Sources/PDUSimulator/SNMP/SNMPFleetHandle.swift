import CSNMPResponder
import Dispatch
import Glibc
import Power

/// Owns the C side of a fleet.
///
/// `@unchecked Sendable`: the pointer never changes between `init` and `deinit`, and every call that takes it may come
/// from any thread (`snmp_responder.h`: what others may ask or change is atomic there).
final class SNMPFleetHandle: @unchecked Sendable {
    static let queue = DispatchQueue(label: "busbar.snmp-fleet")

    let fleet: OpaquePointer
    private let record: Int32

    init(_ configuration: SNMPFleetConfiguration) throws(PDUSimulatorError) {
        var record: Int32 = -1
        if let path = configuration.recordFile {
            record = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
            if record < 0 { throw PDUSimulatorError(.cannotStart, "cannot write the record \(path): error \(errno)") }
        }
        var started: OpaquePointer?
        var failedPort: UInt32 = 0
        let table = SNMPFleetTable(configuration)
        // The C side copies them.
        let given: [String?] = [
            configuration.readCommunity, configuration.writeCommunity, configuration.user, "passphrase",
            configuration.address,
        ]
        let texts = given.map { text in text.flatMap { strdup($0) } }
        defer { for text in texts { free(text) } }
        let failure = table.withObjects { objects in
            var settings = busbar_fleet_settings(
                count: UInt32(configuration.count),
                outlets: UInt32(configuration.outlets),
                base_port: UInt32(configuration.basePort),
                address: texts[4],
                on: configuration.initialState == .on,
                latency_ns: UInt64(clamping: configuration.latency.wholeNanoseconds),
                cycle_ns: UInt64(clamping: configuration.model.cycleOffTime.wholeNanoseconds),
                read_community: texts[0],
                write_community: texts[1],
                user: texts[2],
                passphrase: texts[3],
                own_passphrases: configuration.hasOwnPassphrases,
                objects: objects.baseAddress,
                object_count: UInt32(objects.count),
                record: record
            )
            return busbar_fleet_start(&settings, &started, &failedPort)
        }
        guard failure == 0, let started else {
            if record >= 0 { close(record) }
            throw Self.error(failure, configuration.address, port: failedPort)
        }
        fleet = started
        self.record = record
    }

    /// Joins the fleet's thread, which is at most one round of answers away from its end.
    deinit {
        busbar_fleet_stop(fleet)
        if record >= 0 { close(record) }
    }

    private static func error(_ failure: Int32, _ address: String, port: UInt32) -> PDUSimulatorError {
        switch failure {
        case EADDRINUSE:
            PDUSimulatorError(.cannotStart, "UDP port \(port) of \(address) is taken; choose another base port")
        case EADDRNOTAVAIL: PDUSimulatorError(.cannotStart, "\(address) is no IPv4 address of this machine")
        case EMFILE:
            PDUSimulatorError(
                .cannotStart,
                "too many open files at port \(port): each device needs one; raise the hard limit (ulimit -Hn)"
            )
        default: PDUSimulatorError(.cannotStart, "cannot start the fleet: error \(failure) at port \(port)")
        }
    }
}
