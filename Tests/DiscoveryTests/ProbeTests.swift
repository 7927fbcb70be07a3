import AgentConfiguration
import Discovery
import Foundation
import PDUSimulator
import Power
import SNMPClient
import Testing

@testable import Discovery

@Suite(.timeLimit(.minutes(10))) struct ProbeTests {
    @Test("a strip is recognised by its page without a password, and nobody is logged in by that")
    func recognisesStrip() async throws {
        try await Bench.withStrip { bench, strip in
            let report = await bench.probe.probe("127.0.0.1", Bench.access(strip: strip))
            #expect(report.devices.map(\.driver) == ["energenie", "energenie"])
            #expect(report.devices.allSatisfy { $0.outlets.isEmpty })
            #expect(strip.sessionOwner == nil)
            try check(report.devices.map(\.entry))
        }
    }

    @Test("a strip's outlets are read with its password, and the session is closed again")
    func readsStrip() async throws {
        try await Bench.withStrip(SimulatedEnerGenieConfiguration(initialState: .on)) { bench, strip in
            let report = await bench.probe.probe("127.0.0.1", Bench.access(strip: strip, password: "1"))
            let web = try #require(report.devices.first)
            #expect(web.outlets.map(\.state) == ["ON", "ON", "ON", "ON"])
            #expect(strip.sessionOwner == nil)
        }
    }

    @Test("a wrong password is told, and the strip is recognised all the same")
    func wrongPassword() async throws {
        try await Bench.withStrip { bench, strip in
            let report = await bench.probe.probe("127.0.0.1", Bench.access(strip: strip, password: "hunter2"))
            let web = try #require(report.devices.first)
            #expect(web.outlets.isEmpty)
            #expect(web.notes.contains { $0.contains("password") })
            #expect(!report.description.contains("hunter2"))
        }
    }

    @Test("a strip that somebody else uses is recognised and left alone")
    func busyStrip() async throws {
        try await Bench.withStrip { bench, strip in
            strip.occupy(from: "192.0.2.99")
            let report = await bench.probe.probe("127.0.0.1", Bench.access(strip: strip, password: "1"))
            let web = try #require(report.devices.first)
            #expect(web.notes.contains { $0.contains("logged in") })
            #expect(strip.sessionOwner == "192.0.2.99")
        }
    }

    @Test("an SNMP PDU is told by what it says of itself, and read with names, states and measurements")
    func readsPDU() async throws {
        try await Bench.withFleet { bench, fleet in
            let access = Bench.access(snmpPort: fleet.ports.lowerBound)
            let report = await bench.probe.probe("127.0.0.1", access)
            let device = try #require(report.devices.first)
            #expect(device.modelID == "raritan-px2")
            #expect(device.outlets.map(\.number) == [1, 2, 3, 4])
            #expect(device.outlets.allSatisfy { $0.state == "OFF" || $0.state == "ON" })
            #expect(try JSONEncoder().encode(report).count > 100)
            try check([device.entry])
        }
    }

    @Test("a host without any device says what was tried")
    func nothing() async throws {
        try await Bench.use { bench in
            let report = await bench.probe.probe("127.0.0.1", Bench.access())
            #expect(!report.isRecognised)
            #expect(report.tried.count == 2)
            #expect(report.description.contains("Tried in vain"))
        }
    }

    @Test("an entry is taken by the configuration, whatever a device calls its outlets")
    func hostileNames() throws {
        let names = ["\"}\nevil: {", "${HOME}", "a\\", "ünïcode", "#", "'", "\u{0}\u{1B}[2J", "$(reboot)"]
        var entry = ConfigurationEntry(host: "fe80::1%eth0", prefix: "pdu")
        entry.add("password_file", entry.secretFile())
        let outlets = names.enumerated().prefix(4).map { DeviceReport.Outlet(number: $0 + 1, name: $1) }
        entry.add(outlets: outlets)
        try check([entry.text(driver: "energenie")])
        var other = ConfigurationEntry(host: "pdu.example.org", prefix: "pdu")
        other.add("password_file", other.secretFile())
        other.add(outlets: names.enumerated().suffix(4).map { DeviceReport.Outlet(number: $0 - 3, name: $1) })
        try check([other.text(driver: "energenie")])
    }

    @Test("an entry for SNMPv3 names files for passphrases and holds none")
    func v3Entry() throws {
        let user = V3User(
            name: "lab user",
            authentication: .init(.sha256, passphrase: "hunter2hunter2"),
            privacy: .init(.aes128, passphrase: "hunter2hunter2"),
            contextName: "pdu1"
        )
        var entry = ConfigurationEntry(host: "192.0.2.1", prefix: "pdu")
        entry.add("model", "apc-rpdu")
        entry.add("version", "3")
        entry.add(.v3(user), SecretPlaces())
        let text = entry.text(driver: "snmp")
        #expect(!text.contains("hunter2"))
        try check([text])
    }

    /// Whether entries are taken by the configuration, each in a file of its own.
    private func check(_ entries: [String]) throws {
        for entry in entries {
            let text = "mqtt: { broker: mqtt://127.0.0.1 }\npdus:\n\(entry)\n"
            let sources = ConfigurationSources(
                baseDirectory: "/",
                environment: [:],
                hostName: "bench",
                files: SecretFiles()
            )
            let configuration = try ConfigurationFile.parse(
                FileContents(bytes: Array(text.utf8)),
                fileName: "busbar.yaml",
                sources: sources
            )
            #expect(configuration.pdus.count == 1)
        }
    }

    /// Every file there is holds a passphrase.
    private struct SecretFiles: ConfigurationFileReader {
        func read(_ path: String, limit: Int) throws(FileProblem) -> FileContents {
            FileContents(bytes: Array("12345678\n".utf8))
        }
    }
}
