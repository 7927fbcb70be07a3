import Foundation
import Power
import Testing

@testable import Agent
@testable import HomeAssistant

/// Home Assistant's rules for discovery messages, restated here: a message that breaks one is refused as a whole, and
/// nobody sees more of it than a line in Home Assistant's log.
@Suite("Announcements to Home Assistant", .timeLimit(.minutes(10)))
struct DiscoveryPayloadTests {
    private static let one = DiscoveryBench.number(1)
    private static let full = DeviceReading(
        outletMeasurements: [
            one: MeasuredValues(Dictionary(uniqueKeysWithValues: Quantity.allCases.map { ($0, 1.5) }))
        ],
        measurements: [.power: 12, .temperature: 31]
    )

    private static let keys: Set<String> = [
        "platform", "name", "unique_id", "device_class", "state_class", "unit_of_measurement",
        "suggested_display_precision", "entity_category", "state_topic", "value_template", "command_topic",
        "payload_on", "payload_off", "payload_press", "qos", "retain", "json_attributes_topic",
        "json_attributes_template", "availability", "availability_mode",
    ]
    /// Sensor classes with the units that they may have; no unit where there is none.
    private static let units: [String: Set<String?>] = [
        "power": ["W", "kW"], "energy": ["Wh", "kWh"], "current": ["A", "mA"], "voltage": ["V", "mV"],
        "apparent_power": ["VA"], "power_factor": [nil, "%"], "frequency": ["Hz"], "temperature": ["°C", "°F"],
        "humidity": ["%"],
    ]

    private func check(entity: [String: Any], platform: String, topics: ClosedRange<Int> = 1...2) throws {
        #expect(Set(entity.keys).subtracting(["device", "origin"]).isSubset(of: Self.keys))
        #expect(entity["unique_id"] is String)
        #expect((entity["name"] as? String)?.isEmpty == false)
        let deviceClass = entity["device_class"] as? String
        switch platform {
        case "switch":
            #expect(entity["command_topic"] is String)
            #expect(entity["state_topic"] is String)
            #expect(deviceClass == "outlet")
            #expect(entity["payload_on"] as? String == "ON" && entity["payload_off"] as? String == "OFF")
            #expect(entity["retain"] as? Bool == false && entity["qos"] as? Int == 1)
        case "button":
            #expect(entity["command_topic"] is String)
            #expect(entity["state_topic"] == nil)
            #expect(entity["payload_press"] as? String == "CYCLE")
            #expect(entity["retain"] as? Bool == false && entity["qos"] as? Int == 1)
            #expect(["restart", "identify", "update"].contains(deviceClass))
        case "sensor":
            #expect(entity["state_topic"] is String)
            #expect(["measurement", "total", "total_increasing"].contains(entity["state_class"] as? String))
            if let deviceClass {
                let units = try #require(Self.units[deviceClass])
                #expect(units.contains(entity["unit_of_measurement"] as? String))
                #expect((deviceClass == "energy") == (entity["state_class"] as? String == "total_increasing"))
            }
        case "binary_sensor":
            #expect(entity["state_topic"] is String)
            #expect(["connectivity", "problem"].contains(deviceClass))
            #expect(entity["entity_category"] as? String == "diagnostic")
        default: Issue.record("an unexpected platform \(platform)")
        }
    }

    private func check(shared message: [String: Any]) throws {
        let device = try #require(message["device"] as? [String: Any])
        #expect((device["identifiers"] as? [String])?.isEmpty == false)
        let known: Set = [
            "identifiers", "name", "manufacturer", "model", "sw_version", "serial_number", "suggested_area",
            "configuration_url", "via_device",
        ]
        #expect(Set(device.keys).isSubset(of: known))
        let origin = try #require(message["origin"] as? [String: Any])
        #expect(origin["name"] as? String == "busbar")
        #expect(origin["sw_version"] as? String == "1.2.3")
    }

    @Test("no template fails when the topic it reads is cleared, where Home Assistant has no value_json")
    func clearedTopics() throws {
        for form in [DiscoverySettings.Form.device, .components] {
            var bench = DiscoveryBench(form)
            bench.show(DiscoveryBench.subject("bench", outlets: 2, reading: Self.full))
            let texts = bench.retained.values.map { String(decoding: $0, as: UTF8.self) }
            #expect(texts.contains { $0.contains("value_json") })
            #expect(texts.allSatisfy { !$0.contains("value_json.") })
        }
    }

    @Test("a device's message follows Home Assistant's rules for devices, switches, buttons and sensors")
    func device() throws {
        var bench = DiscoveryBench()
        bench.show(DiscoveryBench.subject(reading: Self.full))
        let topic = "homeassistant/device/busbar_lab_bench/config"
        let message = bench.object(topic)
        try check(shared: message)
        let components = try #require(message["components"] as? [String: [String: Any]])
        var platforms: [String: Int] = [:]
        for entity in components.values {
            let platform = try #require(entity["platform"] as? String)
            platforms[platform, default: 0] += 1
            try check(entity: entity, platform: platform)
            #expect(entity["device"] == nil && entity["origin"] == nil)
        }
        #expect(platforms == ["switch": 2, "button": 2, "sensor": 11, "binary_sensor": 2])
        #expect(message["availability_mode"] as? String == "all")
        let availability = try #require(message["availability"] as? [[String: String]])
        #expect(
            availability.map { $0["topic"] } == ["lab/agent/bench-1/availability", "lab/pdu/bench/availability"]
        )
        let relay = try #require(components["1"])
        #expect(relay["command_topic"] as? String == "lab/pdu/bench/outlet/1/set")
        #expect(relay["state_topic"] as? String == "lab/pdu/bench/outlet/1/state")
        #expect(relay["unique_id"] as? String == "busbar_lab_bench_1")
        #expect(components["1_energy"]?["device_class"] as? String == "energy")
        #expect(components["1_energy"]?["unit_of_measurement"] as? String == "Wh")
    }

    @Test("an outlet's sensors read the message of the PDU where that has the measurements of its outlets")
    func measuredTogether() throws {
        var bench = DiscoveryBench()
        bench.show(DiscoveryBench.subject(change: { $0.telemetry.isPerPDU = true }, reading: Self.full))
        let message = bench.object("homeassistant/device/busbar_lab_bench/config")
        let components = try #require(message["components"] as? [String: [String: Any]])
        let sensor = try #require(components["1_power"])
        try check(entity: sensor, platform: "sensor")
        #expect(sensor["state_topic"] as? String == "lab/pdu/bench/telemetry")
        #expect(
            sensor["value_template"] as? String
                == "{{ ((value_json | default({})).outlets | default({})).get('1', {}).power | default(none) }}"
        )
        let whole = try #require(components["power"])
        #expect(whole["value_template"] as? String == "{{ (value_json | default({})).power | default(none) }}")
    }

    @Test("entities announced one by one carry the device and follow the same rules")
    func components() throws {
        var bench = DiscoveryBench(.components)
        bench.show(DiscoveryBench.subject(reading: Self.full))
        #expect(bench.retained.count == 17 + 2)
        for (topic, payload) in bench.retained {
            let levels = topic.split(separator: "/").map(String.init)
            try #require(levels.count == 4 && levels[0] == "homeassistant" && levels[3] == "config")
            let entity = DiscoveryBench.object(payload)
            try check(shared: entity)
            try check(entity: entity, platform: levels[1])
            #expect(levels[2] == entity["unique_id"] as? String)
        }
        let relay = bench.object("homeassistant/switch/busbar_lab_bench_1/config")
        #expect(relay["availability_mode"] as? String == "all")
        #expect((relay["availability"] as? [Any])?.count == 2)
    }

    @Test("the connection of a PDU is shown while the PDU is offline, as long as the agent is there")
    func connection() throws {
        var bench = DiscoveryBench()
        bench.show(DiscoveryBench.subject())
        let message = bench.object("homeassistant/device/busbar_lab_bench/config")
        let components = try #require(message["components"] as? [String: [String: Any]])
        for key in ["connection", "problem"] {
            let availability = components[key]?["availability"] as? [[String: String]]
            #expect(availability?.map { $0["topic"] } == ["lab/agent/bench-1/availability"])
        }
    }

    @Test("the agent is a device of its own that its PDUs are reached through")
    func agent() throws {
        var bench = DiscoveryBench()
        bench.show(DiscoveryBench.subject())
        let agent = bench.object("homeassistant/device/busbar-agent_lab_bench-1/config")
        try check(shared: agent)
        let id = (agent["device"] as? [String: Any])?["identifiers"] as? [String]
        let pdu = bench.object("homeassistant/device/busbar_lab_bench/config")["device"] as? [String: Any]
        #expect(id == [try #require(pdu?["via_device"] as? String)])
        let components = agent["components"] as? [String: [String: Any]]
        #expect(components?["connection"]?["availability"] == nil && agent["availability"] == nil)
    }

    @Test(
        "labels come through whatever they hold",
        arguments: ["Prüfling", "試験 3", "a \"quoted\" \\ label", "{{ evil }}", "tab\there", "🔌", "مقبس"]
    )
    func labels(_ label: String) throws {
        var bench = DiscoveryBench()
        bench.show(
            DiscoveryBench.subject(change: { rules in
                rules.label = label
                rules.location = label
                rules.outlets[Self.one]?.label = label
            })
        )
        let message = bench.object("homeassistant/device/busbar_lab_bench/config")
        let device = try #require(message["device"] as? [String: Any])
        #expect(device["name"] as? String == label)
        #expect(device["suggested_area"] as? String == label)
        let components = try #require(message["components"] as? [String: [String: Any]])
        #expect(components["1"]?["name"] as? String == label)
        #expect(components["1"]?["unique_id"] as? String == "busbar_lab_bench_1")
        // A label is shown and never evaluated.
        for entity in components.values {
            #expect((entity["value_template"] as? String)?.contains(label) != true)
        }
    }

    @Test(
        "an address that Home Assistant would refuse is left out",
        arguments: ["not a url", "ftp://host/", "http://"]
    )
    func badAddress(_ address: String) {
        var bench = DiscoveryBench()
        bench.show(DiscoveryBench.subject(change: { $0.configurationURL = address }))
        let device = bench.object("homeassistant/device/busbar_lab_bench/config")["device"] as? [String: Any]
        #expect(device?["name"] as? String == "bench")
        #expect(device?["configuration_url"] == nil)
    }

    @Test("a protected outlet has no cycle button, which could only be refused")
    func protected() {
        var bench = DiscoveryBench()
        bench.show(DiscoveryBench.subject(change: { $0.outlets[Self.one]?.isProtected = true }))
        let message = bench.object("homeassistant/device/busbar_lab_bench/config")
        let components = message["components"] as? [String: Any]
        #expect(components?["1"] != nil && components?["1_cycle"] == nil && components?["2_cycle"] != nil)
    }
}
