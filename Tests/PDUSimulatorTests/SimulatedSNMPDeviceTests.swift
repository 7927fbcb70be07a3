import LocalServices
import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("A simulated SNMP PDU", .timeLimit(.minutes(10)))
struct SimulatedSNMPDeviceTests {
    private static let control = "1.3.6.1.4.1.13742.6.4.1.2.1.2.1"
    private static let state = "1.3.6.1.4.1.13742.6.4.1.2.1.3.1"

    private static let users = [
        SNMPUser(
            name: "lab",
            authentication: .sha,
            authenticationPassphrase: "auth pass phrase",
            privacy: .aes,
            privacyPassphrase: "priv pass phrase"
        )
    ]

    /// How each version gets in.
    private static let credentials = [
        ["-v1", "-c", "private"], ["-v2c", "-c", "private"], users[0].toolArguments,
    ]

    private func start(
        _ configuration: SimulatedSNMPDeviceConfiguration = SimulatedSNMPDeviceConfiguration()
    ) async throws -> SimulatedSNMPDevice {
        var configuration = configuration
        configuration.passPersistCommand = [try TestProgram.path, "simulate", "pass-persist"]
        return try await SimulatedSNMPDevice.start(configuration)
    }

    private func get(_ device: SimulatedSNMPDevice, _ object: String, _ options: [String] = []) async throws -> String {
        let arguments = ["-v2c", "-c", "public", "-Oqv"] + options + [device.address, object]
        return String(try await SNMPTool.run("snmpget", arguments).output.dropLast())
    }

    private func set(_ device: SimulatedSNMPDevice, _ words: String...) async throws -> Command.Result {
        try await SNMPTool.run("snmpset", ["-v2c", "-c", "private", device.address] + words)
    }

    @Test("is switched and read with every version", arguments: credentials)
    func switches(credentials: [String]) async throws {
        let device = try await start(SimulatedSNMPDeviceConfiguration(users: Self.users))
        let arguments = credentials + [device.address]
        let on = try await SNMPTool.run("snmpset", arguments + ["\(Self.control).3", "i", "1"])
        #expect(on.isSuccess, "\(on)")
        let state = try await SNMPTool.run("snmpget", ["-Oqv"] + arguments + ["\(Self.state).3", "\(Self.state).4"])
        #expect(state.output == "7\n8\n")
        #expect(device.pdu.states == [.off, .off, .on, .off, .off, .off, .off, .off])
        let walk = try await SNMPTool.run("snmpwalk", arguments + ["1.3.6.1.4.1.13742.6.4.1.2.1"])
        #expect(walk.output.split(separator: "\n").count == 16)
        #expect(walk.output.hasPrefix(".\(Self.control).1 = INTEGER: 0\n"))
        await device.stop()
    }

    @Test("says what it is in the standard places, and its count, names and measurements")
    func describes() async throws {
        let device = try await start(SimulatedSNMPDeviceConfiguration(outlets: 3, names: ["DUT A"], initialState: .on))
        #expect(try await get(device, "1.3.6.1.2.1.1.2.0") == ".1.3.6.1.4.1.13742.6")
        #expect(try await get(device, "1.3.6.1.2.1.1.1.0") == "\"Raritan PX2 Busbar simulator\"")
        #expect(try await get(device, "1.3.6.1.4.1.13742.6.3.2.2.1.4.1") == "3")
        #expect(try await get(device, "1.3.6.1.4.1.13742.6.3.5.3.1.3.1.1") == "\"DUT A\"")
        #expect(try await get(device, "1.3.6.1.4.1.13742.6.3.5.3.1.3.1.2") == "\"Outlet 2\"")
        #expect(try await get(device, "1.3.6.1.4.1.13742.6.5.4.3.1.4.1.1.1") == "500")
        #expect(try await get(device, "1.3.6.1.4.1.13742.6.3.5.4.1.7.1.1.1") == "3")
        await device.stop()
    }

    @Test("refuses what the real one would refuse, and records all that it was told")
    func refuses() async throws {
        let device = try await start()
        let before = MonotonicTime.nanoseconds
        #expect(try await set(device, "\(Self.control).1", "i", "5").error.contains("wrongValue"))
        #expect(try await set(device, "\(Self.control).1", "s", "1").error.contains("wrongType"))
        #expect(try await set(device, "\(Self.control).1", "u", "1").error.contains("wrongType"))
        #expect(try await set(device, "\(Self.state).1", "i", "7").error.contains("notWritable"))
        #expect(try await set(device, "\(Self.control).9", "i", "1").error.contains("notWritable"))
        #expect(await device.perform("refuse on") == "faults: refusing")
        #expect(try await set(device, "\(Self.control).1", "i", "1").error.contains("genError"))
        #expect(await device.perform("refuse off") == "faults: none")
        #expect(try await set(device, "\(Self.control).1", "i", "1").isSuccess)
        let readOnly = ["-v2c", "-c", "public", device.address, "\(Self.control).1", "i", "0"]
        #expect(try await !SNMPTool.run("snmpset", readOnly).isSuccess)
        let entries = device.record.entries
        #expect(
            entries.map(\.outcome) == ["wrong-value", "wrong-type", "wrong-type", "not-writable", "gen-error", "done"]
        )
        #expect(entries.map(\.value) == ["5", "1", "1", "7", "1", "1"])
        #expect(entries.allSatisfy { $0.outlet == 1 && $0.nanoseconds >= before })
        #expect(entries.last?.object == "\(Self.control).1")
        #expect(device.pdu.states.first == .on)
        await device.stop()
    }

    @Test("goes on telling the old state for a while, where its model does")
    func lags() async throws {
        let device = try await start(
            SimulatedSNMPDeviceConfiguration(
                model: .apcRPDU,
                initialState: .on,
                faults: Faults(settleLag: .seconds(600))
            )
        )
        let control = "1.3.6.1.4.1.318.1.1.12.3.3.1.1.4.2"
        #expect(try await set(device, control, "i", "2").isSuccess)
        #expect(device.pdu.states[1] == .off)
        #expect(try await get(device, "1.3.6.1.4.1.318.1.1.12.3.5.1.1.4.2") == "1")
        #expect(try await get(device, "1.3.6.1.4.1.318.1.1.12.3.5.1.1.5.2") == "1")
        #expect(try await get(device, "1.3.6.1.4.1.318.1.1.12.3.5.1.1.4.1") == "1")
        #expect(try await get(device, "1.3.6.1.4.1.318.1.1.12.3.5.1.1.5.1") == "2")
        await device.stop()
    }

    @Test("changes behind everybody's back when its button is pressed")
    func pressed() async throws {
        let device = try await start(SimulatedSNMPDeviceConfiguration(model: .bare))
        #expect(await device.perform("press 2") == "outlet 2: ON")
        #expect(try await get(device, "1.3.6.1.4.1.8072.9999.9999.1.2") == "1")
        #expect(device.record.total == 0)
        #expect(await device.perform("press 9") == "error: there is no outlet 9; there are 1 to 8")
        #expect(await device.perform("state").contains("1 OFF, 2 ON, 3 OFF"))
        await device.stop()
    }

    @Test("keeps silent and does nothing while it is dead, and is well again afterwards")
    func dies() async throws {
        let device = try await start()
        #expect(await device.perform("dead") == "faults: dead")
        let arguments = [
            "-v2c", "-c", "private", "-t", "0.2", "-r", "0", device.address, "\(Self.control).1", "i", "1",
        ]
        #expect(try await SNMPTool.run("snmpset", arguments).error.contains("Timeout"))
        #expect(device.record.total == 0)
        #expect(await device.perform("alive") == "faults: none")
        #expect(try await set(device, "\(Self.control).1", "i", "1").isSuccess)
        await device.stop()
    }

    @Test("rebooted keeps its outlets and counts the boot, or forgets its boots, or is a new engine")
    func reboots() async throws {
        let device = try await start(SimulatedSNMPDeviceConfiguration(users: Self.users))
        #expect(try await set(device, "\(Self.control).1", "i", "1").isSuccess)
        func engine() async throws -> [String] {
            var lines: [String] = []
            for object in ["1.3.6.1.6.3.10.2.1.1.0", "1.3.6.1.6.3.10.2.1.2.0"] {
                let arguments = Self.users[0].toolArguments + ["-Oqv", device.address, object]
                lines.append(try await SNMPTool.run("snmpget", arguments).output)
            }
            return lines
        }
        let first = try await engine()
        #expect(first[1] == "1\n")
        #expect(await device.perform("reboot") == "rebooted")
        #expect(try await engine() == [first[0], "2\n"])
        #expect(try await get(device, "\(Self.state).1") == "7")
        try await device.reboot(.bootsForgotten)
        #expect(try await engine() == [first[0], "1\n"])
        try await device.reboot(.deleted)
        let replaced = try await engine()
        #expect(replaced[0] != first[0] && replaced[1] == "1\n")
        #expect(try await get(device, "\(Self.state).1") == "7")
        await device.stop()
    }

    @Test("answers late, loses and repeats what it is told to")
    func faulty() async throws {
        let device = try await start()
        #expect(await device.perform("latency 50ms") == "faults: latency 0.05 seconds")
        let start = ContinuousClock.now
        #expect(try await get(device, "\(Self.state).1") == "8")
        #expect(ContinuousClock.now - start >= .milliseconds(50))
        device.setFaults(Faults(loss: 1))
        let arguments = ["-v2c", "-c", "public", "-t", "0.2", "-r", "0", device.address, "\(Self.state).1"]
        #expect(try await SNMPTool.run("snmpget", arguments).error.contains("Timeout"))
        #expect(device.relay.counts.lost == 1)
        device.setFaults(Faults())
        device.relay.faults = FaultyRelay.Faults(jitter: .milliseconds(5), duplication: 1)
        let counts = device.relay.counts
        #expect(try await get(device, "\(Self.state).1") == "8")
        try await waitUntil { device.relay.counts.answers >= counts.answers + 2 }
        await device.stop()
    }
}
