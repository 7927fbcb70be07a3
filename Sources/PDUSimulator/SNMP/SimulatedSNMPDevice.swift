import Glibc
public import LocalServices
import Power

/// A simulated SNMP PDU on 127.0.0.1: a real snmpd for everything that is SNMP, a `SimulatedPDU` behind it, and a relay
/// before it for what goes wrong on the way.
public final class SimulatedSNMPDevice: Sendable {
    /// Its inside: the outlets, the faults, and the record of what it was told.
    public let pdu: SimulatedPDU
    /// The relay that all requests pass, for jitter and duplicates beside the device's own faults.
    public let relay: FaultyRelay
    private let daemon: SNMPDaemon
    private let server: PassPersistServer
    private let directory: TemporaryDirectory

    /// The UDP port at which it answers; the same for its whole life.
    public var port: Int { relay.port }

    /// How net-snmp's tools address it, as `udp:127.0.0.1:16161`.
    public var address: String { "udp:127.0.0.1:\(port)" }

    /// What it was told over the network.
    public var record: DeviceRecord { pdu.record }

    private init(
        pdu: SimulatedPDU,
        relay: FaultyRelay,
        daemon: SNMPDaemon,
        server: PassPersistServer,
        directory: TemporaryDirectory
    ) {
        self.pdu = pdu
        self.relay = relay
        self.daemon = daemon
        self.server = server
        self.directory = directory
    }

    /// Starts a device; it answers when this returns.
    ///
    /// - Throws: `badConfiguration`, or `cannotStart` with the words of what could not be started.
    public static func start(
        _ configuration: SimulatedSNMPDeviceConfiguration = SimulatedSNMPDeviceConfiguration()
    ) async throws(PDUSimulatorError) -> SimulatedSNMPDevice {
        guard (1...1_000).contains(configuration.outlets) else {
            throw PDUSimulatorError(.badConfiguration, "\(configuration.outlets) outlets: a device has 1 to 1000")
        }
        let pdu = SimulatedPDU(
            model: configuration.model,
            outlets: configuration.outlets,
            names: configuration.names,
            initialState: configuration.initialState,
            faults: configuration.faults,
            record: try DeviceRecord(file: configuration.recordFile)
        )
        do {
            let directory = try TemporaryDirectory(prefix: "pdu")
            let socket = directory.path(of: "device")
            let server = try await PassPersistServer.start(path: socket, pdu)
            do {
                let command = try command(configuration) + [socket]
                let daemon = try await SNMPDaemon.start(daemonConfiguration(configuration, pdu, command))
                let relay = try await FreePort.withUDP(configuration.port) { port in
                    try await FaultyRelay.start(port: port, server: daemon.port)
                }
                let device = SimulatedSNMPDevice(
                    pdu: pdu,
                    relay: relay,
                    daemon: daemon,
                    server: server,
                    directory: directory
                )
                device.setFaults(configuration.faults)
                return device
            } catch {
                await server.stop()
                throw error
            }
        } catch let error as PDUSimulatorError {
            throw error
        } catch {
            throw PDUSimulatorError(.cannotStart, "cannot start the simulated \(configuration.model.name): \(error)")
        }
    }

    /// What is wrong with it at the moment, on the way to it and inside.
    public var faults: Faults { pdu.faults }

    /// Changes what is wrong with it, from the next request on.
    public func setFaults(_ faults: Faults) {
        pdu.faults = faults
        relay.update {
            $0.latency = faults.latency
            $0.loss = faults.loss
            $0.isDead = faults.isDead
        }
    }

    /// Starts it anew, as after a short power cut of its controller: it is silent for a moment, outlets keep their state.
    ///
    /// - Parameter data: what it finds of its earlier life; by default it has counted one boot more.
    /// - Throws: `cannotStart` when it does not come back.
    public func reboot(_ data: SNMPDaemon.StoredData = .kept) async throws(PDUSimulatorError) {
        do throws(LocalServicesError) {
            try await daemon.restart(data)
        } catch {
            throw PDUSimulatorError(.cannotStart, "the simulated \(pdu.model.name) does not come back: \(error)")
        }
    }

    /// Ends it.
    public func stop() async {
        await daemon.stop()
        await relay.stop()
        await server.stop()
        directory.remove()
    }

    private static func command(
        _ configuration: SimulatedSNMPDeviceConfiguration
    ) throws(PDUSimulatorError) -> [String] {
        let own = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            guard let start = buffer.baseAddress else { return "" }
            let count = readlink("/proc/self/exe", start, buffer.count)
            return String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        let command = configuration.passPersistCommand ?? [own, "simulate", "pass-persist"]
        // snmpd cuts its setting at spaces and knows no quotes.
        if command.contains(where: { $0.isEmpty || $0.contains(where: \.isWhitespace) }) {
            throw PDUSimulatorError(
                .badConfiguration,
                "snmpd cannot start \(command): its settings allow no spaces in a path; install elsewhere"
            )
        }
        return command
    }

    private static func daemonConfiguration(
        _ configuration: SimulatedSNMPDeviceConfiguration,
        _ pdu: SimulatedPDU,
        _ command: [String]
    ) -> SNMPDaemonConfiguration {
        var lines = [
            "sysDescr \(configuration.model.systemDescription)",
            "sysObjectID \(configuration.model.systemObjectID)",
            "sysName \(configuration.model.name)",
        ]
        lines += pdu.roots.map { "pass_persist .\($0) \(command.joined(separator: " "))" }
        return SNMPDaemonConfiguration(
            readCommunity: configuration.readCommunity,
            writeCommunity: configuration.writeCommunity,
            users: configuration.users,
            additionalLines: lines
        )
    }
}

extension SimulatedSNMPDevice: OrderableDevice {
    /// Carries out an order.
    public func perform(_ order: SimulatorOrder) async throws(PDUSimulatorError) -> String {
        var faults = pdu.faults
        if faults.apply(order) {
            setFaults(faults)
            return "faults: \(faults)"
        }
        switch order {
        case .press(let outlet):
            guard let state = pdu.press(outlet) else {
                throw PDUSimulatorError(.badOrder, "there is no outlet \(outlet); there are 1 to \(pdu.outletCount)")
            }
            return "outlet \(outlet): \(state)"
        case .reboot:
            try await reboot()
            return "rebooted"
        default:
            let states = pdu.states.enumerated().map { "\($0 + 1) \($1)" }.joined(separator: ", ")
            return "outlets: \(states); faults: \(faults)"
        }
    }
}
