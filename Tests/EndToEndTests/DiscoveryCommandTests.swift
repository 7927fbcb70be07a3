import LocalServices
import PDUSimulator
import Power
import Testing

@Suite("Finding devices on the command line", .timeLimit(.minutes(10)))
struct DiscoveryCommandTests {
    private struct Report: Decodable {
        struct Device: Decodable {
            struct Outlet: Decodable {
                let number: Int
                let state: String?
            }

            let driver: String
            let modelID: String?
            let outlets: [Outlet]
            let entry: String
        }

        struct Table: Decodable {
            struct Column: Decodable {
                let oid: String
                let values: [Int]
            }

            let names: [String]
            let columns: [Column]
            let entry: String?
        }

        let host: String
        let devices: [Device]
        let tried: [String]
        let tables: [Table]
    }

    /// A PDU of a vendor that no model knows.
    private static let unknown: SimulatedModel = {
        let table = "1.3.6.1.4.1.99999.7.2.1"
        return SimulatedModel(
            name: "unknown",
            systemDescription: "Acme PDU-8",
            systemObjectID: "1.3.6.1.4.1.99999.7",
            objects: [
                SimulatedObject(.init(stringLiteral: "\(table).1.{outlet}"), .integer, .outletNumber),
                SimulatedObject(.init(stringLiteral: "\(table).2.{outlet}"), .octets, .outletName(isWritable: false)),
                SimulatedObject(
                    .init(stringLiteral: "\(table).3.{outlet}"),
                    .integer,
                    .control(.init([1: .on, 2: .off], reading: .init(on: 1, off: 2)))
                ),
                SimulatedObject(.init(stringLiteral: "\(table).4.{outlet}"), .gauge, .constant(.gauge(4711))),
            ]
        )
    }()

    /// The ports of EnerGenie where nobody listens.
    private static let noStrip = ["--web-port", "1", "--native-port", "1"]

    private func probe(_ port: Int, _ more: String...) async throws -> CommandRun {
        try await .busbar(["probe", "127.0.0.1", "--snmp-port", "\(port)"] + Self.noStrip + more)
    }

    /// Whether `busbar check` takes entries as they were printed, each in a file of its own.
    private func expectChecked(_ run: CommandRun, count: Int, environment: [String: String] = [:]) async throws {
        #expect(run.entries.count == count, "\(run.output)")
        let directory = try TemporaryDirectory(prefix: "e2e")
        for entry in run.entries {
            let path = try directory.write(
                "mqtt: { broker: \"mqtt://127.0.0.1:1\" }\npdus:\n\(entry)\n",
                to: "pasted.yaml"
            )
            let check = try await CommandRun.busbar(["check", path], environment: environment)
            #expect(check.status == .exited(0), "\(entry)\n\(check.errors)")
        }
    }

    // MARK: - probe

    @Test("probe tells an SNMP PDU with its outlets, writes nothing, and its entry passes the check as it is")
    func probesPDU() async throws {
        let device = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 3, names: ["DUT \"A\"", "${B}"]))
        let run = try await probe(device.port)
        #expect(run.status == .exited(0))
        for text in ["raritan-px2", "outlet 1: OFF  DUT \"A\"", "made from the vendor's MIB", "community: \"public\""] {
            #expect(run.output.contains(text), "\(text) in \(run.output)")
        }
        try await expectChecked(run, count: 1)

        let json = try await probe(device.port, "--json")
        #expect(json.status == .exited(0))
        let report = try json.json(Report.self)
        #expect(report.devices.map(\.modelID) == ["raritan-px2"])
        #expect(report.devices.first?.outlets.map(\.state) == ["OFF", "OFF", "OFF"])
        #expect(device.record.total == 0)
        await device.stop()
    }

    @Test("an entry names the place of a secret, file or variable, and never holds it")
    func secretPlaces() async throws {
        let device = try await Bench.rack(
            SimulatedSNMPDeviceConfiguration(outlets: 2, readCommunity: "hunter2", writeCommunity: nil)
        )
        let directory = try TemporaryDirectory(prefix: "e2e")
        let file = try directory.write("hunter2\n", to: "community")
        let byFile = try await probe(device.port, "--community-file", file)
        #expect(byFile.output.contains("community_file: \"\(file)\""), "\(byFile.output)")
        try await expectChecked(byFile, count: 1)
        let environment = ["BUSBAR_COMMUNITY": "hunter2"]
        let byVariable = try await CommandRun.busbar(
            ["probe", "127.0.0.1", "--snmp-port", "\(device.port)"] + Self.noStrip,
            environment: environment
        )
        #expect(byVariable.output.contains("community: ${BUSBAR_COMMUNITY}"), "\(byVariable.output)")
        try await expectChecked(byVariable, count: 1, environment: environment)
        for run in [byFile, byVariable] { #expect(!(run.output + run.errors).contains("hunter2")) }
        await device.stop()
    }

    @Test("an entry for version 3 passes the check with the passphrases' places")
    func version3() async throws {
        let user = SNMPUser(
            name: "labuser",
            authentication: .sha,
            authenticationPassphrase: "authentic-secret",
            privacy: .aes,
            privacyPassphrase: "authentic-secret"
        )
        let device = try await Bench.rack(
            SimulatedSNMPDeviceConfiguration(outlets: 2, readCommunity: nil, writeCommunity: nil, users: [user])
        )
        let directory = try TemporaryDirectory(prefix: "e2e")
        let file = try directory.write("authentic-secret", to: "passphrase")
        let run = try await probe(
            device.port,
            "--user",
            "labuser",
            "--auth",
            "SHA",
            "--privacy",
            "AES",
            "--passphrase-file",
            file
        )
        #expect(run.status == .exited(0), "\(run.output)\(run.errors)")
        try await expectChecked(run, count: 1)
        #expect(!(run.output + run.errors).contains("authentic-secret"))
        await device.stop()
    }

    @Test("probe of a strip prints an entry for each of its protocols, and reads it only with a password")
    func probesStrip() async throws {
        let strip = try await Bench.strip(SimulatedEnerGenieConfiguration(initialState: .on))
        let ports = ["--web-port", "\(strip.webPort)", "--native-port", "\(strip.nativePort)", "--snmp-port", "1"]
        let closed = try await CommandRun.busbar(["probe", "127.0.0.1"] + ports)
        #expect(closed.status == .exited(0))
        #expect(!closed.output.contains("outlet 1:"))
        #expect(closed.output.contains("take one of the two entries"))
        try await expectChecked(closed, count: 2)
        let environment = ["BUSBAR_PASSWORD": "1"]
        let open = try await CommandRun.busbar(["probe", "127.0.0.1"] + ports, environment: environment)
        #expect(open.output.contains("outlet 4: ON"), "\(open.output)")
        try await expectChecked(open, count: 2)
        #expect(strip.record.entries.allSatisfy { $0.outlet == nil }, "\(strip.record.entries)")
        #expect(strip.states == Array(repeating: .on, count: 4))
        #expect(strip.sessionOwner == nil)
        await strip.stop()
    }

    @Test("where nothing is, probe ends with 1 and says what was tried; wrong usage ends with 64")
    func nothing() async throws {
        let run = try await probe(1, "--timeout", "200ms")
        #expect(run.status == .exited(1))
        for text in ["no device that can be switched", "Tried in vain", "SNMP 2c on port 1", "web page on port 1"] {
            #expect(run.output.contains(text), "\(text) in \(run.output)")
        }
        for arguments in [
            ["probe"], ["probe", "h", "--version", "3"], ["probe", "h", "--timeout", "soon"],
            ["probe", "h", "--timeout", "1ms"],
            ["scan"], ["scan", "192.0.2.0/33"],
            ["scan", "10.0.0.0/8"], ["scan", "192.0.2.1", "--rate", "0"], ["verify-device"],
        ] {
            #expect(try await CommandRun.busbar(arguments).status == .exited(64), "\(arguments)")
        }
    }

    // MARK: - Devices of no known model

    @Test("a PDU of no known model is looked through for tables, and the guess can be verified by its entry")
    func unknownDevice() async throws {
        let device = try await Bench.rack(SimulatedSNMPDeviceConfiguration(model: Self.unknown, outlets: 4))
        device.pdu.press(2)
        let run = try await probe(device.port)
        #expect(run.status == .exited(1))
        for text in [
            "its model could not be told", "This is a guess", "verify-device", "FIRST",
            "1.3.6.1.4.1.99999.7.2.1.3: 2, 1, 2, 2", "\"Outlet 1\"", "oid: 1.3.6.1.4.1.99999.7.2.1.3 ",
        ] {
            #expect(run.output.contains(text), "\(text) in \(run.output)")
        }
        #expect(device.record.total == 0)
        try await expectChecked(run, count: 1)
        let table = try #require(try await probe(device.port, "--json").json(Report.self).tables.first)
        #expect(table.columns.map(\.values) == [[2, 1, 2, 2]])
        #expect(table.names == (1...4).map { "Outlet \($0)" })

        // What the text says to do next, with the community that may write.
        let directory = try TemporaryDirectory(prefix: "e2e")
        let secret = try directory.write("private", to: "community")
        let entry = try #require(run.entries.first)
            .replacing("community: \"public\"", with: "community_file: \(secret)")
        let path = try directory.write("mqtt: { broker: \"mqtt://127.0.0.1:1\" }\npdus:\n\(entry)\n", to: "guess.yaml")
        let verified = try await CommandRun.busbar(
            ["verify-device", "guess-127-0-0-1", "--outlet", "2", "--config", path, "--yes"]
        )
        #expect(verified.status == .exited(0), "\(verified.output)\(verified.errors)")
        #expect(device.pdu.states == [.off, .on, .off, .off])
        await device.stop()
    }

    @Test("in version 1 a device of no known model is looked through as well")
    func unknownVersion1() async throws {
        let device = try await Bench.rack(SimulatedSNMPDeviceConfiguration(model: Self.unknown, outlets: 2))
        let run = try await probe(device.port, "--version", "1", "--community", "public")
        #expect(run.entries.first?.contains("version: 1") == true, "\(run.output)")
        #expect(device.record.total == 0)
        await device.stop()
    }

    // MARK: - scan

    private func scan(_ port: Int, _ more: String...) async throws -> CommandRun {
        // The other address refuses at once, so a long time for an answer costs nothing and holds on a busy machine.
        let place = ["scan", "127.0.0.0/30", "--snmp-port", "\(port)", "--timeout", "10s"]
        return try await .busbar(place + Self.noStrip + more)
    }

    @Test("scan finds devices by the credentials it is given, tries no others, and never writes")
    func scansPDUs() async throws {
        let device = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
        let idle = device.relay.counts.requests
        let without = try await scan(device.port)
        #expect(without.status == .exited(1))
        #expect(without.errors.contains("SNMP is not asked"), "\(without.errors)")
        #expect(without.output.contains("0 of 2 hosts were recognised."))
        #expect(device.relay.counts.requests == idle, "it was asked by SNMP without credentials")

        let wrong = try await scan(device.port, "--community", "wrong", "--version", "2c")
        #expect(wrong.status == .exited(1))

        let with = try await scan(device.port, "--default-credentials")
        #expect(with.status == .exited(0))
        #expect(with.output.contains("1 of 2 hosts were recognised."))
        try await expectChecked(with, count: 1)

        let writers = try await scan(device.port, "--community", "private", "--json")
        #expect(try writers.json([Report].self).map(\.host) == ["127.0.0.1"])
        #expect(device.record.total == 0)
        await device.stop()
    }

    @Test("scan reads strips with the password 1 only with the flag for it")
    func scansStrips() async throws {
        let strip = try await Bench.strip()
        let arguments = [
            "scan", "127.0.0.1", "--web-port", "\(strip.webPort)", "--native-port", "\(strip.nativePort)",
            "--snmp-port", "1",
        ]
        let without = try await CommandRun.busbar(arguments)
        #expect(without.status == .exited(0))
        #expect(!without.output.contains("outlet 1:"), "\(without.output)")
        let with = try await CommandRun.busbar(arguments + ["--default-credentials"])
        #expect(with.output.contains("outlet 1: OFF"), "\(with.output)")
        try await expectChecked(with, count: 2)
        #expect(strip.record.entries.allSatisfy { $0.outlet == nil })
        #expect(strip.sessionOwner == nil)
        await strip.stop()
    }

    @Test("scan looks for tables only where it is told to, and a guess is no device")
    func scansTables() async throws {
        let device = try await Bench.rack(SimulatedSNMPDeviceConfiguration(model: Self.unknown, outlets: 3))
        let without = try await scan(device.port, "--community", "public")
        #expect(without.status == .exited(1))
        #expect(!without.output.contains("guess"))
        let with = try await scan(device.port, "--community", "public", "--tables")
        #expect(with.status == .exited(1))
        #expect(with.output.contains("This is a guess"), "\(with.output)")
        #expect(with.output.contains("0 of 2 hosts were recognised."))
        #expect(device.record.total == 0)
        await device.stop()
    }
}
