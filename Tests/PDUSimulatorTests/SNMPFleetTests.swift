import LocalServices
import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("A fleet of simulated SNMP PDUs", .timeLimit(.minutes(10)))
struct SNMPFleetTests {
    private static let control = "1.3.6.1.4.1.13742.6.4.1.2.1.2.1"
    private static let state = "1.3.6.1.4.1.13742.6.4.1.2.1.3.1"

    /// A fleet on ports that nobody else uses; another test process may have taken one of them meanwhile.
    private func start(
        count: Int = 5,
        _ change: (inout SNMPFleetConfiguration) -> Void = { _ in }
    ) async throws -> SNMPFleet {
        var configuration = SNMPFleetConfiguration(count: count)
        change(&configuration)
        for _ in 0..<20 {
            configuration.basePort = .random(in: 20_000...30_000)
            if let fleet = try? await SNMPFleet.start(configuration) { return fleet }
        }
        return try await SNMPFleet.start(configuration)
    }

    private func run(_ tool: String, _ version: String, _ fleet: SNMPFleet, _ device: Int, _ words: String...)
        async throws
        -> Command.Result
    {
        let address = "udp:127.0.0.1:\(fleet.ports.lowerBound + device)"
        return try await SNMPTool.run(tool, ["-v\(version)", "-c", "private", address] + words)
    }

    @Test("switches the device that was asked, and no other", arguments: ["1", "2c"])
    func switches(version: String) async throws {
        let fleet = try await start()
        let set = try await run("snmpset", version, fleet, 3, "\(Self.control).2", "i", "1")
        #expect(set.output == ".\(Self.control).2 = INTEGER: 1\n", "\(set)")
        let get = try await run("snmpget", version, fleet, 3, "\(Self.state).2", "\(Self.state).1")
        #expect(get.output == ".\(Self.state).2 = INTEGER: 7\n.\(Self.state).1 = INTEGER: 8\n", "\(get)")
        let other = try await run("snmpget", version, fleet, 2, "\(Self.state).2")
        #expect(other.output == ".\(Self.state).2 = INTEGER: 8\n")
        #expect(fleet.state(device: 3, outlet: 2) == .on)
        #expect(fleet.state(device: 2, outlet: 2) == .off)
        #expect(fleet.state(device: 5, outlet: 2) == nil && fleet.state(device: 0, outlet: 9) == nil)
        let counts = fleet.counts
        #expect(counts.requests == 3 && counts.answers == 3 && counts.orders == 1 && counts.dropped == 0, "\(counts)")
    }

    @Test("speaks version 3 with the user it was given, each device as an engine of its own")
    func version3() async throws {
        let fleet = try await start {
            $0.user = "operator"
            $0.hasOwnPassphrases = true
        }
        func run(_ tool: String, _ device: Int, passphraseOf owner: Int, _ words: String...) async throws
            -> Command.Result
        {
            let passphrase = "passphrase-\(owner)"
            let user = [
                "-u", "operator", "-l", "authPriv", "-a", "SHA-256", "-A", passphrase, "-x", "AES", "-X", passphrase,
            ]
            let address = "udp:127.0.0.1:\(fleet.ports.lowerBound + device)"
            return try await SNMPTool.run(tool, ["-v3"] + user + [address] + words)
        }
        let set = try await run("snmpset", 3, passphraseOf: 3, "\(Self.control).2", "i", "1")
        #expect(set.output == ".\(Self.control).2 = INTEGER: 1\n", "\(set)")
        let get = try await run("snmpget", 3, passphraseOf: 3, "\(Self.state).2", "\(Self.state).1")
        #expect(get.output == ".\(Self.state).2 = INTEGER: 7\n.\(Self.state).1 = INTEGER: 8\n", "\(get)")
        let walk = try await run("snmpbulkwalk", 2, passphraseOf: 2, Self.state)
        #expect(walk.output.split(separator: "\n").count == fleet.outlets, "\(walk)")
        #expect(fleet.state(device: 3, outlet: 2) == .on && fleet.state(device: 2, outlet: 2) == .off)
        // Another device's passphrase is a wrong one.
        let wrong = try await run("snmpset", 2, passphraseOf: 3, "\(Self.control).2", "i", "1")
        #expect(wrong.error.contains("Authentication failure"), "\(wrong)")
        #expect(fleet.state(device: 2, outlet: 2) == .off)
        // Version 2c is spoken beside it.
        #expect(try await self.run("snmpget", "2c", fleet, 3, "\(Self.state).2").output.hasSuffix("INTEGER: 7\n"))
    }

    @Test("takes no unsigned and no unencrypted message of its version 3 user")
    func version3Levels() async throws {
        let fleet = try await start { $0.user = "operator" }
        let address = "udp:127.0.0.1:\(fleet.ports.lowerBound)"
        for level in [["noAuthNoPriv"], ["authNoPriv", "-a", "SHA-256", "-A", "passphrase"]] {
            let words = ["-v3", "-u", "operator", "-l"] + level + [address, "\(Self.control).1", "i", "1"]
            let result = try await SNMPTool.run("snmpset", words)
            #expect(result.error.contains("nsupported security level"), "\(result)")
        }
        let words = ["-v3", "-u", "nobody", "-l", "noAuthNoPriv", address, "\(Self.control).1", "i", "1"]
        #expect(try await SNMPTool.run("snmpset", words).error.contains("Unknown user name"))
        #expect(fleet.state(device: 0, outlet: 1) == .off && fleet.counts.orders == 0)
    }

    @Test("gives the same walk as a whole simulated device, by GETNEXT and by GETBULK")
    func walks() async throws {
        let device = try await SimulatedSNMPDevice.start(
            SimulatedSNMPDeviceConfiguration(
                outlets: 4,
                initialState: .on,
                passPersistCommand: [try TestProgram.path, "simulate", "pass-persist"]
            )
        )
        let fleet = try await start {
            $0.outlets = 4
            $0.initialState = .on
        }
        let subtree = "1.3.6.1.4.1.13742.6"
        let real = try await SNMPTool.run("snmpwalk", ["-v2c", "-c", "public", device.address, subtree])
        // Energy grows in the one and stands still in the other, and only the one has objects after this subtree.
        func comparable(_ output: String) -> [Substring] {
            output.split(separator: "\n").filter {
                $0.hasPrefix(".\(subtree).") && !$0.contains(".8 = Gauge32") && !$0.contains("No more variables")
            }
        }
        for (tool, version) in [("snmpwalk", "1"), ("snmpwalk", "2c"), ("snmpbulkwalk", "2c")] {
            let walk = try await run(tool, version, fleet, 0, subtree)
            #expect(comparable(walk.output) == comparable(real.output), "\(tool) \(version)")
        }
        let system = try await run("snmpbulkwalk", "2c", fleet, 0, "1.3.6.1.2.1.1")
        #expect(system.output.contains(".1.3.6.1.2.1.1.1.0 = STRING: \"Raritan PX2 Busbar simulator\""))
        #expect(system.output.contains(".1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.13742.6"))
        #expect(system.output.contains(".1.3.6.1.2.1.1.3.0 = Timeticks:"))
        await device.stop()
    }

    @Test("answers a bulk request with single and repeated columns, up to its end")
    func bulk() async throws {
        let fleet = try await start()
        let arguments = [
            "-v2c", "-c", "public", "-Cn1", "-Cr3", "udp:127.0.0.1:\(fleet.ports.lowerBound)",
            "1.3.6.1.2.1.1.1", Self.control, "1.3.6.1.4.1.13742.6.5.4.3.1.4.1.8.7",
        ]
        let result = try await SNMPTool.run("snmpbulkget", arguments)
        let objects = result.output.split(separator: "\n").map { $0.prefix { $0 != " " } }
        #expect(
            objects == [
                ".1.3.6.1.2.1.1.1.0",
                ".\(Self.control).1", ".1.3.6.1.4.1.13742.6.5.4.3.1.4.1.8.8",
                ".\(Self.control).2", ".1.3.6.1.4.1.13742.6.5.4.3.1.4.1.8.8",
                ".\(Self.control).3", ".1.3.6.1.4.1.13742.6.5.4.3.1.4.1.8.8",
            ]
        )
        #expect(result.output.contains("No more variables left in this MIB View"))
        let huge = try await SNMPTool.run(
            "snmpbulkget",
            ["-v2c", "-c", "public", "-Cr2147483647", "udp:127.0.0.1:\(fleet.ports.lowerBound)", "1.3"]
        )
        #expect(huge.isSuccess)
    }

    @Test("refuses what a real device would refuse, and takes nothing of such a request")
    func refuses() async throws {
        let fleet = try await start()
        func error(_ version: String, _ words: [String], community: String = "private") async throws -> String {
            let address = "udp:127.0.0.1:\(fleet.ports.lowerBound)"
            let arguments = ["-v\(version)", "-c", community, "-r", "0", "-t", "0.5", address] + words
            return try await SNMPTool.run("snmpset", arguments).error
        }
        let control = "\(Self.control).1"
        #expect(try await error("2c", [control, "i", "3"]).contains("wrongValue"))
        #expect(try await error("1", [control, "i", "3"]).contains("badValue"))
        #expect(try await error("2c", [control, "s", "1"]).contains("wrongType"))
        #expect(try await error("2c", ["\(Self.state).1", "i", "7"]).contains("notWritable"))
        #expect(try await error("1", ["\(Self.control).9", "i", "1"]).contains("noSuchName"))
        #expect(try await error("2c", [control, "i", "1"], community: "public").contains("noAccess"))
        #expect(try await error("2c", [control, "i", "1", "\(Self.control).2", "i", "9"]).contains("wrongValue"))
        #expect(try await error("2c", [control, "i", "1"], community: "nobody").contains("Timeout"))
        #expect(fleet.state(device: 0, outlet: 1) == .off)
        #expect(fleet.counts.orders == 0)
        #expect(fleet.counts.dropped == 1)
        let missing = try await run("snmpget", "2c", fleet, 0, "1.3.6.1.4.1.13742.6.9")
        #expect(missing.output.contains("No Such Instance"))
        #expect(try await run("snmpget", "1", fleet, 0, "1.3.6.1.4.1.13742.6.9").error.contains("noSuchName"))
    }

    @Test("cycles by itself, and an order meanwhile ends the cycle")
    func cycles() async throws {
        let fleet = try await start {
            $0.initialState = .on
            $0.model.cycleOffTime = .milliseconds(200)
        }
        #expect(try await run("snmpset", "2c", fleet, 0, "\(Self.control).1", "i", "2").isSuccess)
        try await waitUntil { fleet.state(device: 0, outlet: 1) == .on }
        #expect(try await run("snmpset", "2c", fleet, 0, "\(Self.control).1", "i", "2").isSuccess)
        #expect(try await run("snmpset", "2c", fleet, 0, "\(Self.control).1", "i", "0").isSuccess)
        // Another cycle that was begun later has ended.
        #expect(try await run("snmpset", "2c", fleet, 1, "\(Self.control).1", "i", "2").isSuccess)
        try await waitUntil { fleet.state(device: 1, outlet: 1) == .on }
        #expect(fleet.state(device: 0, outlet: 1) == .off)
    }

    @Test("records every order with its time and source, for this process and in a file for others")
    func records() async throws {
        let directory = try TemporaryDirectory()
        let fleet = try await start { $0.recordFile = directory.path(of: "record") }
        let before = MonotonicTime.nanoseconds
        #expect(fleet.lastOrder(device: 4, outlet: 7) == nil)
        for value in ["1", "0"] {
            #expect(try await run("snmpset", "2c", fleet, 4, "\(Self.control).7", "i", value).isSuccess)
        }
        let last = try #require(fleet.lastOrder(device: 4, outlet: 7))
        #expect(last.value == 0 && last.nanoseconds > before && last.nanoseconds < MonotonicTime.nanoseconds)
        try await waitUntil { try directory.read("record").count { $0 == "\n" } == 2 }
        let lines = try directory.read("record").split(separator: "\n")
        let fields = lines.map { $0.split(separator: "\t") }
        #expect(fields.map { $0.dropFirst().prefix(3).joined(separator: " ") } == ["4 7 1", "4 7 0"])
        // Each of the two snmpsets had a port of its own.
        #expect(Set(fields.compactMap { UInt16($0.last ?? "") }).count == 2)
        #expect(lines.last?.hasPrefix("\(last.nanoseconds)\t") == true)
    }

    @Test("has dead and slow devices beside the others, and buttons")
    func faults() async throws {
        let fleet = try await start(count: 10) {
            $0.deadShare = 0.2
            $0.latency = .milliseconds(20)
        }
        let dead = ["-v2c", "-c", "public", "-r", "0", "-t", "0.3"]
        for device in [0, 5] {
            let address = "udp:127.0.0.1:\(fleet.ports.lowerBound + device)"
            #expect(try await SNMPTool.run("snmpget", dead + [address, "\(Self.state).1"]).error.contains("Timeout"))
        }
        let start = ContinuousClock.now
        #expect(try await run("snmpget", "2c", fleet, 1, "\(Self.state).1").isSuccess)
        #expect(ContinuousClock.now - start >= .milliseconds(20))
        fleet.setDead(false, device: 0)
        fleet.setLatency(.zero, device: 0)
        fleet.press(device: 0, outlet: 1)
        #expect(try await run("snmpget", "2c", fleet, 0, "\(Self.state).1").output.hasSuffix("INTEGER: 7\n"))
    }

    @Test("that cannot start says why")
    func cannotStart() async throws {
        let fleet = try await start()
        await #expect {
            _ = try await SNMPFleet.start(SNMPFleetConfiguration(count: 3, basePort: fleet.ports.lowerBound - 1))
        } throws: { error in
            (error as? PDUSimulatorError)?.message.contains("UDP port \(fleet.ports.lowerBound) ") == true
        }
        await #expect(throws: PDUSimulatorError.self) {
            _ = try await SNMPFleet.start(SNMPFleetConfiguration(count: 30_000))
        }
    }
}
