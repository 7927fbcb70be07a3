import PDUSimulator
import Power
import Testing

@Suite("Asking for the state", .timeLimit(.minutes(10)))
struct AskingTests {
    private static let rarely = "poll: { interval: 1h }"

    @Test("with an empty payload reads the device and publishes the state again, without a result")
    func emptyPayload() async throws {
        try await Bench.run { bench in
            let strip = try await Bench.strip()
            try await bench.start(AgentFile.strip(device: strip, Self.rarely))
            var mark = bench.observer.mark
            try await bench.observer.send("lab/pdu/strip/outlet/1/set", "")
            try await bench.waitForState("strip/1", "OFF", from: mark)
            strip.press(1)
            mark = bench.observer.mark
            try await bench.observer.send("lab/pdu/strip/outlet/1/set", "")
            try await bench.waitForState("strip/1", "ON", from: mark)
            _ = try await bench.command("strip/1", "nonsense")
            #expect(try bench.answers("strip/1").count == 1, "only the nonsense was answered")
            #expect(strip.record.switches.isEmpty)
        }
    }

    @Test("with get reads the device and publishes everything of it again", arguments: ["", "anything", "OFF"])
    func get(payload: String) async throws {
        try await Bench.run { bench in
            let rack = try await Bench.rack(SimulatedSNMPDeviceConfiguration(outlets: 3, initialState: .on))
            try await bench.start(AgentFile.rack(port: rack.port, Self.rarely))
            _ = rack.pdu.press(2)
            let mark = bench.observer.mark
            try await bench.observer.send("lab/pdu/rack/get", payload)
            try await bench.waitForState("rack/1", "ON", from: mark)
            try await bench.waitForState("rack/2", "OFF", from: mark)
            try await bench.waitForState("rack/3", "ON", from: mark)
            try await bench.waitForAvailability("rack", "online", from: mark)
            let info = try await bench.observer.message(on: "lab/pdu/rack/info", from: mark)
            #expect(info.text.contains(#""driver":"snmp""#) && info.text.contains(#""2":{"label":"Outlet 2"}"#))
            try await bench.observer.message(on: "lab/pdu/rack/telemetry", from: mark)
            #expect(rack.record.entries.isEmpty)
            await rack.stop()
        }
    }
}
