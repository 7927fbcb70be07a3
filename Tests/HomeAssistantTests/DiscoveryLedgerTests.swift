import Power
import Testing

@testable import Agent
@testable import HomeAssistant

@Suite("What Home Assistant is told, and when", .timeLimit(.minutes(10)))
struct DiscoveryLedgerTests {
    private static let topic = "homeassistant/device/busbar_lab_bench/config"
    private static let agentTopic = "homeassistant/device/busbar-agent_lab_bench-1/config"
    private static let one = DiscoveryBench.number(1)
    private static let power = DeviceReading(outletMeasurements: [one: [.power: 3]])

    /// What an earlier run has left.
    private func left(
        _ form: DiscoverySettings.Form = .device,
        agent: String = "bench-1",
        outlets: Int = 2,
        pdu: String = "bench"
    ) -> [String: [UInt8]] {
        var bench = DiscoveryBench(form, agent: agent, expected: [pdu])
        bench.show(DiscoveryBench.subject(pdu, outlets: outlets, reading: Self.power))
        return bench.retained
    }

    private func components(_ bench: DiscoveryBench, _ topic: String = topic) -> Set<String> {
        Set((bench.object(topic)["components"] as? [String: Any] ?? [:]).keys)
    }

    @Test("nothing is announced before the broker has shown what it kept")
    func waits() {
        var bench = DiscoveryBench(looks: false)
        bench.show(DiscoveryBench.subject())
        #expect(bench.sent.isEmpty)
        bench.ledger.finishLooking()
        bench.send()
        #expect(Set(bench.retained.keys) == [Self.topic, Self.agentTopic])
    }

    @Test("the agent's device comes before those that are reached through it")
    func agentFirst() {
        let names = (1...20).map { "pdu\($0)" }
        var bench = DiscoveryBench(expected: names, looks: false)
        for name in names { bench.show(DiscoveryBench.subject(name)) }
        bench.ledger.finishLooking()
        bench.send()
        #expect(bench.sent.first?.topic == Self.agentTopic)
        #expect(bench.sent.count == 21)
    }

    @Test("the same news is told once")
    func unchanged() {
        var bench = DiscoveryBench()
        bench.show(DiscoveryBench.subject())
        let count = bench.sent.count
        bench.show(DiscoveryBench.subject())
        #expect(bench.sent.count == count)
    }

    @Test("a quantity is announced with its first reading, and stays when one reading lacks it")
    func quantities() {
        var bench = DiscoveryBench()
        bench.show(DiscoveryBench.subject())
        #expect(!components(bench).contains("1_power"))
        bench.show(DiscoveryBench.subject(reading: Self.power))
        #expect(components(bench).contains("1_power"))
        bench.show(DiscoveryBench.subject())
        #expect(components(bench).contains("1_power"))
    }

    @Test("an outlet that is gone is named once with its platform alone, and then no more")
    func removedOutlet() throws {
        var bench = DiscoveryBench()
        bench.show(DiscoveryBench.subject(outlets: 3, reading: Self.power))
        let before = bench.sent.count
        bench.show(DiscoveryBench.subject(outlets: 2, reading: Self.power))
        let news = bench.sent.dropFirst(before)
        try #require(news.count == 2)
        let step = DiscoveryBench.object(news.first?.payload ?? [])["components"] as? [String: [String: Any]]
        #expect(step?["3"] as? [String: String] == ["platform": "switch"])
        #expect(step?["3_cycle"] as? [String: String] == ["platform": "button"])
        #expect(news.first?.isRetained == false)
        #expect(components(bench).isDisjoint(with: ["3", "3_cycle"]))
    }

    @Test(
        "an outlet that went while the agent was down is removed too",
        arguments: [DiscoverySettings.Form.device, .components]
    )
    func removedMeanwhile(_ form: DiscoverySettings.Form) {
        var bench = DiscoveryBench(form, finding: left(form, outlets: 3))
        bench.show(DiscoveryBench.subject(outlets: 2, reading: Self.power))
        #expect(bench.retained == left(form, outlets: 2))
    }

    @Test(
        "a PDU that is gone is cleared, at once or at the next start",
        arguments: [DiscoverySettings.Form.device, .components]
    )
    func removedPDU(_ form: DiscoverySettings.Form) {
        var bench = DiscoveryBench(form)
        bench.show(DiscoveryBench.subject(reading: Self.power))
        let agentOnly = DiscoveryBench(form, expected: []).retained
        #expect(bench.retained.count > agentOnly.count)
        bench.ledger.expect([])
        bench.send()
        #expect(bench.retained == agentOnly)
        #expect(DiscoveryBench(form, expected: [], finding: left(form)).retained == agentOnly)
    }

    @Test("what others have announced is left alone")
    func foreign() {
        var others = left(agent: "other", pdu: "rack")
        others["homeassistant/switch/lamp/config"] = Array(#"{"command_topic":"a","unique_id":"lamp"}"#.utf8)
        others["homeassistant/device/busbar_lab_x/config"] = Array("nonsense {".utf8)
        others["homeassistant/sensor/busbar_lab_y/config"] = [0xFF, 0]
        let bench = DiscoveryBench(expected: [], finding: others)
        #expect(others.allSatisfy { bench.retained[$0.key] == $0.value })
    }

    @Test("an agent that is alone at its broker clears what an agent of another name has left")
    func sole() {
        let bench = DiscoveryBench(isSole: true, expected: [], finding: left(agent: "old", pdu: "rack"))
        #expect(bench.retained["homeassistant/device/busbar_lab_rack/config"] == nil)
    }

    @Test(
        "the way to the other form keeps every entity and leaves no ghost",
        arguments: [(DiscoverySettings.Form.device, DiscoverySettings.Form.components), (.components, .device)]
    )
    func migration(from old: DiscoverySettings.Form, to new: DiscoverySettings.Form) {
        let earlier = left(old)
        var bench = DiscoveryBench(new, finding: earlier)
        bench.show(DiscoveryBench.subject(reading: Self.power))
        #expect(bench.retained == left(new))
        for topic in earlier.keys {
            let payloads = bench.sent.filter { $0.topic == topic }.map(\.payload)
            #expect(payloads == [DiscoveryPayload.migration, []], "first told of the move, then cleared")
        }
        // The new announcement comes between the two.
        let order = bench.sent.map { message -> Int in
            message.payload == DiscoveryPayload.migration ? 0 : message.payload.isEmpty ? 2 : 1
        }
        let agentPart = order.prefix { $0 != 2 }
        #expect(agentPart.first == 0 && agentPart.last == 1)
    }

    @Test("as long as a device was not read, what an earlier run knew of it stays")
    func unread() {
        let earlier = left(outlets: 3)
        var bench = DiscoveryBench(finding: earlier)
        bench.show(DiscoveryBench.subject(isRead: false))
        #expect(bench.retained == earlier)
        bench.show(DiscoveryBench.subject(reading: Self.power))
        #expect(bench.retained == left(outlets: 2))
    }

    @Test("a broker that lost its store is told everything again")
    func reconnect() {
        var bench = DiscoveryBench()
        bench.show(DiscoveryBench.subject(reading: Self.power))
        let before = bench.retained
        bench.retained = [:]
        bench.ledger.reconnect()
        bench.send()
        #expect(bench.retained == before)
    }

    @Test("a load is a device of its own with one switch and one button, and its feeds are diagnostics")
    func loads() throws {
        let feeds = ["bench/1", "other/3"].compactMap { OutletID($0) }
        var settings = DiscoverySettings(
            agent: "bench-1",
            version: "1.2.3",
            loads: [
                DiscoverySettings.Load(name: "server_1", label: "Server", feeds: feeds),
                DiscoverySettings.Load(name: "safe", feeds: [], canCycle: false),
            ]
        )
        func ledger() -> DiscoveryLedger {
            let composer = DiscoveryComposer(settings: settings, topics: TopicMap(base: "lab"))
            var ledger = DiscoveryLedger(composer: composer, expected: Set(["bench"].compactMap { PDUName($0) }))
            ledger.show(DiscoveryBench.subject())
            return ledger
        }
        var bench = DiscoveryBench()
        bench.ledger = ledger()
        bench.ledger.finishLooking()
        bench.send()
        let load = bench.object("homeassistant/device/busbar-load_lab_server__1/config")
        let device = try #require(load["device"] as? [String: Any])
        #expect(device["name"] as? String == "Server" && device["via_device"] as? String == "busbar-agent_lab_bench-1")
        let components = try #require(load["components"] as? [String: [String: Any]])
        #expect(Set(components.keys) == ["power", "cycle", "mixed"])
        #expect(components["power"]?["command_topic"] as? String == "lab/load/server_1/set")
        #expect(components["power"]?["entity_category"] == nil)
        let availability = try #require(load["availability"] as? [[String: Any]])
        #expect(availability.compactMap { $0["topic"] as? String }.last == "lab/load/server_1/availability")
        let safe = bench.object("homeassistant/device/busbar-load_lab_safe/config")["components"] as? [String: Any]
        #expect(safe?["cycle"] == nil && safe?["power"] != nil)
        func category(_ key: String) -> String? {
            let strip = bench.object("homeassistant/device/busbar_lab_bench/config")["components"] as? [String: Any]
            return (strip?[key] as? [String: Any])?["entity_category"] as? String
        }
        #expect(category("1") == "diagnostic" && category("1_cycle") == "diagnostic" && category("2") == nil)

        // The next run has one load less, and shows the feeds.
        settings.loads.removeLast()
        settings.showsFeeds = true
        var next = DiscoveryBench(looks: false)
        next.ledger = ledger()
        next.retained = bench.retained
        for (topic, payload) in bench.retained { next.ledger.find(topic: topic, payload: payload) }
        next.ledger.finishLooking()
        next.send()
        #expect(next.retained["homeassistant/device/busbar-load_lab_safe/config"] == nil)
        #expect(next.retained["homeassistant/device/busbar-load_lab_server__1/config"] != nil)
        bench = next
        #expect(category("1") == nil)
    }
}
