import Foundation
import Power

@testable import Agent
@testable import HomeAssistant

/// A ledger with what it has sent so far, and the broker's retained store that follows from it.
struct DiscoveryBench {
    static func number(_ number: Int) -> OutletNumber { OutletNumber(number) ?? { fatalError("a valid number") }() }

    var ledger: DiscoveryLedger
    var sent: [DiscoveryMessage] = []
    var retained: [String: [UInt8]] = [:]

    init(
        _ form: DiscoverySettings.Form = .device,
        base: String = "lab",
        agent: String = "bench-1",
        isSole: Bool = false,
        expected: [String] = ["bench"],
        finding retained: [String: [UInt8]] = [:],
        looks: Bool = true
    ) {
        let settings = DiscoverySettings(form: form, agent: agent, version: "1.2.3", isSole: isSole)
        let composer = DiscoveryComposer(settings: settings, topics: TopicMap(base: base))
        ledger = DiscoveryLedger(composer: composer, expected: Set(expected.compactMap { PDUName($0) }))
        self.retained = retained
        for (topic, payload) in retained { ledger.find(topic: topic, payload: payload) }
        if looks { ledger.finishLooking() }
        send()
    }

    /// Sends whatever is due.
    mutating func send() {
        while let messages = ledger.next() {
            sent += messages
            for message in messages where message.isRetained {
                retained[message.topic] = message.payload.isEmpty ? nil : message.payload
            }
        }
    }

    mutating func show(_ subject: DiscoverySubject) {
        ledger.show(subject)
        send()
    }

    /// Everything sent on a topic, decoded; an empty payload is an empty object.
    func sent(on topic: String) -> [[String: Any]] {
        sent.filter { $0.topic == topic }.map { Self.object($0.payload) }
    }

    func object(_ topic: String) -> [String: Any] { Self.object(retained[topic] ?? []) }

    static func object(_ payload: [UInt8]) -> [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(payload))) as? [String: Any] ?? [:]
    }

    /// A strip with outlets, read once.
    static func subject(
        _ name: String = "bench",
        outlets: Int = 2,
        isRead: Bool = true,
        change: (inout LaneRules) -> Void = { _ in },
        reading: DeviceReading = DeviceReading()
    ) -> DiscoverySubject {
        let pdu = PDUName(name) ?? { fatalError("a valid name") }()
        let numbers = (1...outlets).compactMap(OutletNumber.init)
        var rules = LaneRules(
            pdu: pdu,
            traits: DriverTraits(driver: "energenie", model: "EG-PMS2-LAN"),
            outlets: Dictionary(uniqueKeysWithValues: numbers.map { ($0, OutletRules()) })
        )
        change(&rules)
        let schedule = LaneSchedule(
            rules: rules,
            circuits: CircuitLimiter(switchOnsPerSecond: [:]),
            random: RandomSource(seed: 1),
            firstPoll: .start
        )
        return DiscoverySubject(
            LaneSnapshot(
                schedule: schedule,
                description: nil,
                reading: isRead ? reading : nil,
                statistics: LaneStatistics(),
                now: .start
            )
        )
    }
}
