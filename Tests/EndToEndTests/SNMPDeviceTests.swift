import LocalServices
import PDUSimulator
import Power
import Testing

@Suite("An SNMP device", .timeLimit(.minutes(10)))
struct SNMPDeviceTests {
    private func switches(_ bench: Bench, _ device: SimulatedSNMPDevice, _ pdu: String) async throws {
        for word in ["ON", "OFF", "TOGGLE"] {
            let mark = bench.observer.mark
            let answer = try await bench.command("\(pdu)/2", word)
            #expect(answer.verdict == "done", "\(answer)")
            let state = word == "OFF" ? PowerState.off : .on
            #expect(answer.state == state.rawValue && device.pdu.states[1] == state)
            try await bench.waitForState("\(pdu)/2", state.rawValue, from: mark)
        }
        #expect(device.record.entries.count == 3 && device.record.entries.allSatisfy { $0.outlet == 2 })
    }

    @Test("with authentication and privacy of version 3 is switched, and no secret shows in the log")
    func version3() async throws {
        try await Bench.run { bench in
            let user = SNMPUser(
                name: "labuser",
                authentication: .sha256,
                authenticationPassphrase: "authentic-secret",
                privacy: .aes,
                privacyPassphrase: "private-secret"
            )
            let device = try await Bench.rack(
                SimulatedSNMPDeviceConfiguration(outlets: 3, readCommunity: nil, writeCommunity: nil, users: [user])
            )
            let agent = try await bench.start(
                AgentFile.snmp(
                    "v3",
                    port: device.port,
                    [
                        "model: raritan-px2", "version: 3", "user: labuser",
                        "auth: { protocol: SHA-256, passphrase: authentic-secret }",
                        "privacy: { protocol: AES, passphrase: private-secret }",
                    ]
                )
            )
            try await switches(bench, device, "v3")
            #expect(!agent.log.contains("secret"))
            await device.stop()
        }
    }

    @Test("of version 3 with a wrong passphrase is offline with that reason")
    func wrongPassphrase() async throws {
        try await Bench.run { bench in
            let user = SNMPUser(name: "labuser", authentication: .sha, authenticationPassphrase: "right-passphrase")
            let device = try await Bench.rack(SimulatedSNMPDeviceConfiguration(users: [user]))
            let agent = try await bench.start(
                AgentFile.snmp(
                    "v3",
                    port: device.port,
                    [
                        "model: raritan-px2", "version: 3", "user: labuser",
                        "auth: { protocol: SHA, passphrase: wrong-passphrase }",
                    ]
                )
            )
            try await bench.waitForAvailability("v3", "offline")
            #expect(try await bench.command("v3/1", "ON").verdict == "failed/auth")
            try await agent.waitForLog("v3: offline")
            #expect(!agent.log.contains("wrong-passphrase") && agent.lines(with: "v3: offline").count == 1)
            #expect(device.record.entries.isEmpty)
            await device.stop()
        }
    }

    @Test("without a model is switched by its bare object identifiers, over version 1")
    func bareObjects() async throws {
        try await Bench.run { bench in
            let device = try await Bench.rack(SimulatedSNMPDeviceConfiguration(model: .bare, outlets: 2))
            try await bench.start(
                AgentFile.snmp(
                    "odd",
                    port: device.port,
                    [
                        "oid: 1.3.6.1.4.1.8072.9999.9999.1", "on: 1", "off: 0", "outlets: { 1: {}, 2: {} }",
                        "version: 1", "community: private",
                    ]
                )
            )
            try await switches(bench, device, "odd")
            await device.stop()
        }
    }

    @Test("that shows the old state for 2 s after a switch is believed only then, and never shows a false state")
    func lagging() async throws {
        try await Bench.run { bench in
            let lag = Faults(settleLag: .seconds(2))
            let device = try await Bench.rack(
                SimulatedSNMPDeviceConfiguration(model: .apcRPDU, outlets: 2, faults: lag)
            )
            try await bench.start(
                AgentFile.snmp(
                    "apc",
                    port: device.port,
                    ["model: apc-rpdu", "version: 2c", "community: private"]
                )
            )
            let mark = bench.observer.mark
            let answer = try await bench.command("apc/2", "ON")
            #expect(answer.verdict == "done" && answer.state == "ON")
            let cycle = try await bench.command("apc/2", #"{"action":"CYCLE","off_time":0.5}"#)
            #expect(cycle.verdict == "done" && cycle.state == "ON")
            #expect(bench.observer.texts(on: "lab/pdu/apc/outlet/2/state", from: mark) == ["ON", "OFF", "ON"])
            #expect(device.record.entries.map(\.value) == ["1", "2", "1"])
            await device.stop()
        }
    }

    @Test("whose model is to be found out is found out")
    func automatic() async throws {
        try await Bench.run { bench in
            let device = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 2))
            try await bench.start(
                AgentFile.snmp("any", port: device.port, ["model: auto", "version: 2c", "community: private"])
            )
            try await switches(bench, device, "any")
            let info = try await bench.observer.message(on: "lab/pdu/any/info") { $0.contains("raritan-px2") }
            #expect(info.text.contains(#""driver":"snmp""#))
            await device.stop()
        }
    }
}
