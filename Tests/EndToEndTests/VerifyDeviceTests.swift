import LocalServices
import PDUSimulator
import Power
import TestSupport
import Testing

@Suite("verify-device", .timeLimit(.minutes(10)))
struct VerifyDeviceTests {
    private struct Report: Decodable {
        struct Step: Decodable {
            let name: String
            let outcome: String
            let oldAnswers: Int?
        }

        let firstState: String?
        let isRestored: Bool
        let isComplete: Bool
        let steps: [Step]
    }

    private func arguments(_ pdu: String, _ directory: TemporaryDirectory) throws -> [String] {
        let path = try directory.write(
            "mqtt: { broker: \"mqtt://127.0.0.1:1\" }\npdus:\n  - { \(pdu) }\n",
            to: "busbar.yaml"
        )
        return ["--config", path]
    }

    private func verify(_ pdu: String, outlet: Int = 2, _ more: String...) async throws -> CommandRun {
        let directory = try TemporaryDirectory(prefix: "e2e")
        let options = try arguments(pdu, directory)
        return try await .busbar(["verify-device", "dut", "--outlet", "\(outlet)"] + options + more)
    }

    private static func rack(_ device: SimulatedSNMPDevice) -> String { AgentFile.rack("dut", port: device.port) }

    @Test("a good SNMP PDU and a good strip pass, and their outlet is as it was")
    func good() async throws {
        var configuration = SimulatedSNMPDeviceConfiguration(outlets: 3, initialState: .on)
        configuration.model.cycleOffTime = .milliseconds(300)
        let device = try await Bench.rack(configuration)
        let run = try await verify(Self.rack(device), "--yes")
        #expect(run.status == .exited(0), "\(run.output)")
        for text in [
            "verified outlet 2 of dut: everything as it should", "model file: raritan-px2", "[passed] switch OFF",
            "[passed] switch ON", "[passed] cycle by the device", "[passed] an outlet that does not exist",
            "[passed] put back",
        ] {
            #expect(run.output.contains(text), "\(text) in \(run.output)")
        }
        #expect(run.errors.contains("putting outlet 2 back to ON"))
        #expect(device.pdu.states == [.on, .on, .on])
        #expect(device.record.entries.allSatisfy { $0.outlet == 2 })
        await device.stop()

        let strip = try await Bench.strip()
        let web = try await verify(AgentFile.strip("dut", device: strip), "--yes")
        #expect(web.status == .exited(0), "\(web.output)")
        #expect(strip.states == [.off, .off, .off, .off])
        #expect(strip.sessionOwner == nil)
        await strip.stop()
    }

    @Test("a device that flags a command as pending, and shows no state meanwhile, passes its own cycle")
    func pendingFlag() async throws {
        var configuration = SimulatedSNMPDeviceConfiguration(model: .apcRPDU, outlets: 3)
        configuration.model.cycleOffTime = .seconds(1)
        let device = try await Bench.rack(configuration)
        let keys = ["model: apc-rpdu", "version: 2c", "community: private"]
        let run = try await verify(AgentFile.snmp("dut", port: device.port, keys), "--yes")
        #expect(run.status == .exited(0), "\(run.output)")
        // It said that it was pending, or was found off where a busy machine looked only after that.
        #expect(run.output.contains("[passed] cycle by the device: "), "\(run.output)")
        #expect(device.pdu.states == [.off, .off, .off])
        await device.stop()
    }

    @Test("nothing is switched without --yes, nor a protected outlet, nor one of no PDU")
    func refusedByUs() async throws {
        let device = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 3))
        let unconfirmed = try await verify(Self.rack(device))
        #expect(unconfirmed.status == .exited(64) && unconfirmed.errors.contains("--yes"), "\(unconfirmed.errors)")
        let guarded = try await verify("\(Self.rack(device)), outlets: { 2: { protected: true } }", "--yes")
        #expect(guarded.status == .exited(2) && guarded.errors.contains("protected"), "\(guarded.errors)")
        let unknown = try await verify(AgentFile.rack("other", port: device.port), "--yes")
        #expect(unknown.status == .exited(2) && unknown.errors.contains("there are other"), "\(unknown.errors)")
        let broken = try await verify("name: dut, driver: snmp", "--yes")
        #expect(broken.status == .exited(78))
        #expect(device.record.total == 0)
        await device.stop()
    }

    @Test("a device that refuses is told so, by its own words, and ends as it was")
    func refuses() async throws {
        let device = try await Bench.rack(
            SimulatedSNMPDeviceConfiguration(outlets: 3, initialState: .on, faults: Faults(isRefusing: true))
        )
        let run = try await verify(Self.rack(device), "--yes", "--json")
        #expect(run.status == .exited(1))
        let report = try run.json(Report.self)
        #expect(report.firstState == "ON")
        #expect(report.steps.first { $0.name == "switch OFF" }?.outcome == "failed")
        #expect(device.pdu.states == [.on, .on, .on])
        #expect(!device.record.entries.contains { $0.outcome == "done" })
        await device.stop()
    }

    @Test("a device that accepts everything and does nothing is found out")
    func lies() async throws {
        var configuration = SimulatedSNMPDeviceConfiguration(outlets: 3)
        configuration.model.objects = configuration.model.objects.map { object in
            guard case .control(let words) = object.content else { return object }
            let orders = words.orders.mapValues { _ in SimulatedObject.ControlWords.Order.nothing }
            return SimulatedObject(object.id, object.kind, .control(.init(orders, reading: words.reading)))
        }
        let device = try await Bench.rack(configuration)
        let run = try await verify(Self.rack(device), "--yes")
        #expect(run.status == .exited(1))
        for text in [
            "verified outlet 2 of dut: failed", "[failed] switch ON: it was accepted, and after 8.0 seconds",
            "[passed] put back",
        ] {
            #expect(run.output.contains(text), "\(text) in \(run.output)")
        }
        #expect(device.pdu.states == [.off, .off, .off])
        await device.stop()
    }

    @Test("a device that shows old values for a while passes, and the report says for how long")
    func slow() async throws {
        var configuration = SimulatedSNMPDeviceConfiguration(
            outlets: 3,
            faults: Faults(latency: .milliseconds(20), settleLag: .milliseconds(1_500))
        )
        configuration.model.cycleOffTime = .seconds(4)
        let device = try await Bench.rack(configuration)
        let run = try await verify(Self.rack(device), "--yes")
        #expect(run.status == .exited(0), "\(run.output)")
        #expect(run.output.contains("old values were shown for up to"), "\(run.output)")
        let settled = try #require(run.output.firstMatch(of: /shown for up to ([0-9]+) ms/)?.1)
        #expect(try #require(Int(settled)) >= 300)
        #expect(device.pdu.states == [.off, .off, .off])
        await device.stop()
    }

    @Test("a device that falls silent is reported, with the outlet's state in doubt")
    func silent() async throws {
        let device = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 3, faults: Faults(isDead: true)))
        let run = try await verify(AgentFile.rack("dut", port: device.port, "timeout: 100ms"), "--yes")
        #expect(run.status == .exited(1))
        #expect(run.output.contains("[failed] read: "), "\(run.output)")
        #expect(device.record.total == 0)
        await device.stop()
    }

    @Test("on Ctrl-C the outlet is put back and the report says that it was interrupted")
    func interrupted() async throws {
        // It shows old values for so long that the command is still waiting for the new one when the signal comes.
        let faults = Faults(settleLag: .seconds(60))
        let device = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 3, faults: faults))
        let directory = try TemporaryDirectory(prefix: "e2e")
        let options = try arguments(Self.rack(device), directory)
        let child = try await ChildProcess.start(
            try TestProgram.path,
            ["verify-device", "dut", "--outlet", "2", "--yes", "--json"] + options,
            outputLimit: 1 << 20
        )
        try #require(await child.waitForOutput(containing: "switching outlet 2 ON", within: .seconds(30)))
        child.signal(2)
        let run = await CommandRun.finished(child)
        #expect(run.status == .exited(1))
        let report = try run.json(Report.self)
        #expect(report.isRestored)
        #expect(!report.isComplete)
        #expect(device.pdu.states == [.off, .off, .off])
        await device.stop()
    }
}
