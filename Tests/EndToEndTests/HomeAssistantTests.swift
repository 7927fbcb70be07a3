import Foundation
import LocalServices
import MQTTClient
import PDUSimulator
import Testing

@Suite("Home Assistant at a real broker", .timeLimit(.minutes(10)))
struct HomeAssistantTests {
    private static let strip = "homeassistant/device/busbar_lab_strip/config"

    private func file(_ device: SimulatedEnerGenie, discovery: String = "device") -> AgentFile {
        var file = AgentFile()
        file.pdus = [AgentFile.strip(device: device, "location: Büro, outlets: { 1: { label: 'DUT \"A\" 試験' } }")]
        file.lines = ["home_assistant: { enabled: true, discovery: \(discovery) }"]
        return file
    }

    private func object(_ text: String) -> [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    }

    @Test("what is announced works: the switch's command reaches the outlet, its state comes on the state topic")
    func announced() async throws {
        let device = try await Bench.strip()
        try await Bench.run { bench in
            try await TestObserver.run(bench.broker.url, id: "ha", filters: ["homeassistant/#"]) { observer in
                try await bench.start(file(device))
                let message = object(try await observer.message(on: Self.strip).text)
                let components = try #require(message["components"] as? [String: [String: Any]])
                let relay = try #require(components["1"])
                #expect(relay["name"] as? String == "DUT \"A\" 試験")
                let command = try #require(relay["command_topic"] as? String)
                let state = try #require(relay["state_topic"] as? String)
                let mark = bench.observer.mark
                try await bench.observer.send(
                    command,
                    try #require(relay["payload_on"] as? String),
                    properties: MessageProperties(messageExpiryInterval: 30)
                )
                try await bench.observer.message(on: state, from: mark) { $0 == "ON" }
            }
        }
        await device.stop()
    }

    @Test("after Home Assistant's birth everything is announced again")
    func birth() async throws {
        let device = try await Bench.strip()
        try await Bench.run { bench in
            try await TestObserver.run(bench.broker.url, id: "ha", filters: ["homeassistant/#"]) { observer in
                try await bench.start(file(device))
                try await observer.message(on: Self.strip)
                let mark = observer.mark
                try await observer.send("homeassistant/status", "online")
                try await observer.message(on: Self.strip, from: mark)
            }
        }
        await device.stop()
    }

    @Test("another form and a removed PDU leave nothing behind at the broker")
    func ghosts() async throws {
        let device = try await Bench.strip()
        let other = try await Bench.strip()
        try await Bench.run { bench in
            try await TestObserver.run(bench.broker.url, id: "ha", filters: ["homeassistant/#"]) { observer in
                var first = file(device)
                first.pdus.append(AgentFile.strip("gone", device: other))
                let agent = try await bench.start(first)
                try await observer.message(on: "homeassistant/device/busbar_lab_gone/config")
                try await observer.message(on: Self.strip)
                _ = await agent.stop()
                let mark = observer.mark
                try await bench.start(file(device, discovery: "components"))
                try await observer.message(on: "homeassistant/device/busbar_lab_gone/config", from: mark) {
                    $0.isEmpty
                }
                try await observer.message(on: Self.strip, from: mark) { $0.isEmpty }
                try await observer.message(on: "homeassistant/switch/busbar_lab_strip_4/config", from: mark)
                let all = try await bench.retained("#", until: "homeassistant/switch/busbar_lab_strip_4/config")
                let relays = all.keys.filter { $0.hasPrefix("homeassistant/switch/") }
                #expect(all[Self.strip] == nil && all["homeassistant/device/busbar_lab_gone/config"] == nil)
                #expect(Set(relays) == Set((1...4).map { "homeassistant/switch/busbar_lab_strip_\($0)/config" }))
            }
        }
        await other.stop()
        await device.stop()
    }

    @Test("a reload turns discovery on, moves it to the other form, and takes everything back")
    func reload() async throws {
        let device = try await Bench.strip()
        try await Bench.run { bench in
            try await TestObserver.run(bench.broker.url, id: "ha", filters: ["homeassistant/#"]) { observer in
                let relays = (1...4).map { "homeassistant/switch/busbar_lab_strip_\($0)/config" }
                var quiet = file(device)
                quiet.lines = []
                let agent = try await bench.start(quiet)
                func reload(_ file: AgentFile) throws -> Int {
                    try bench.write(file)
                    defer { agent.reload() }
                    return observer.mark
                }

                var mark = try reload(file(device))
                try await observer.message(on: Self.strip, from: mark) { $0.contains("DUT") }
                #expect(observer.texts(on: relays[0]).isEmpty)

                mark = try reload(file(device, discovery: "components"))
                try await observer.message(on: Self.strip, from: mark) { $0.contains("migrate_discovery") }
                for relay in relays { try await observer.message(on: relay, from: mark) }
                try await observer.message(on: Self.strip, from: mark) { $0.isEmpty }

                mark = try reload(quiet)
                for relay in relays { try await observer.message(on: relay, from: mark) { $0.isEmpty } }

                mark = try reload(file(device))
                let last = try await observer.message(on: Self.strip, from: mark) { $0.contains("DUT") }
                #expect(object(last.text)["device"] != nil)
                var off = file(device)
                off.lines = ["home_assistant: { enabled: false }"]
                _ = await agent.stop()
                mark = observer.mark
                try await bench.start(off)
                try await observer.message(on: Self.strip, from: mark) { $0.isEmpty }
                let left = try await bench.retained("#", until: "lab/agent/bench-1/availability")
                #expect(left.keys.filter { $0.hasPrefix("homeassistant/") } == [])
                #expect(!agent.log.contains("at the next start"))
                #expect(agent.lines(with: "MQTT: connected").count == 1)
            }
        }
        await device.stop()
    }
}
