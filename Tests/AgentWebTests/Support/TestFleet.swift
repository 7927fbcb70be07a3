import Foundation
import LocalServices
import Logging
import MQTTClient
import Power
import Testing

@testable import Agent
@testable import AgentWeb

/// PDUs named `pdu1`, `pdu2`, … with their lanes, as the servers see them, without a broker.
struct TestFleet {
    let devices: [TestDevice]
    let access: FleetAccess
    let watch: AgentWatch
    let clock: HandClock

    /// Runs a test with lanes that work, and ends them.
    ///
    /// The first outlet of each PDU is labelled, the last one protected; the group `both` holds outlet 1 of every PDU,
    /// `guarded` the first and the last one of the first PDU. Outlet 2 of every PDU feeds the load `server`.
    /// The history's clock is moved by hand.
    static func with(
        pdus: Int = 2,
        outlets: Int = 4,
        isOnline: Bool = true,
        history: HistoryLimits = HistoryLimits(span: .seconds(3600), memory: 1 << 20),
        change: (inout LaneRules) -> Void = { _ in },
        _ test: (TestFleet) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let clock = HandClock()
        let watch = AgentWatch(history: history, timekeeper: clock)
        let directory = try TemporaryDirectory(prefix: "web")
        let audit = AuditTrail(
            path: directory.path(of: "audit.sqlite"),
            limits: AuditLimits(age: .seconds(3600), size: 1 << 20),
            logger: logger
        )
        let store = HistoryStore(path: directory.path(of: "history.sqlite"), size: 1 << 24, logger: logger)
        let publisher = Publisher(topics: TopicMap(), observers: [audit, store, watch]) { _ in }
        let timekeeper = SystemTimekeeper()
        let numbers = TicketNumbers()
        let devices = (0..<pdus).map { _ in TestDevice(outlets: outlets) }
        var lanes: [PDULane] = []
        for (place, device) in devices.enumerated() {
            var rules = LaneRules(pdu: try #require(PDUName("pdu\(place + 1)")), traits: device.traits)
            rules.outlets = try Self.rules(outlets)
            rules.stagger = .zero
            change(&rules)
            lanes.append(
                PDULane(
                    rules: rules,
                    driver: device,
                    publisher: publisher,
                    journal: MemoryJournal(),
                    circuits: CircuitLimiter(switchOnsPerSecond: [:]),
                    numbers: numbers,
                    timekeeper: timekeeper,
                    firstPoll: timekeeper.now,
                    logger: logger
                )
            )
        }
        let first = try #require(OutletNumber(1))
        let last = try #require(OutletNumber(outlets))
        let second = try #require(OutletNumber(2))
        let pdu1 = try #require(PDUName("pdu1"))
        let router = CommandRouter(
            rules: CommandRouter.Rules(
                agent: "test",
                groups: [
                    "both": GroupRules(
                        outlets: lanes.map { OutletID(pdu: $0.pdu, outlet: first) },
                        stagger: .zero,
                        label: "Both boards"
                    ),
                    "guarded": GroupRules(
                        outlets: [OutletID(pdu: pdu1, outlet: first), OutletID(pdu: pdu1, outlet: last)],
                        stagger: .zero
                    ),
                ],
                loads: [
                    "server": LoadRules(feeds: lanes.map { OutletID(pdu: $0.pdu, outlet: second) }, label: "Server")
                ]
            ),
            lanes: LaneDirectory(lanes),
            publisher: publisher,
            numbers: numbers,
            timekeeper: timekeeper,
            logger: logger
        )
        let access = FleetAccess(
            router: router,
            lanes: router.lanes,
            info: {
                AgentInfo(
                    version: "1.2.3",
                    uptime: 5,
                    pdus: pdus,
                    online: pdus,
                    outlets: pdus * outlets,
                    reconnections: 0,
                    queued: 0,
                    dropped: 0
                )
            },
            isOnline: { isOnline },
            broker: { MQTTStatistics() },
            audit: audit,
            history: store
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in lanes { group.addTask { await lane.run() } }
            group.addTask { await router.runGroups() }
            group.addTask { await router.loadDesk.run() }
            await PDULane.awaitFirstContact(of: lanes, until: .never, by: timekeeper)
            try await test(TestFleet(devices: devices, access: access, watch: watch, clock: clock))
            group.cancelAll()
        }
    }

    private static func rules(_ outlets: Int) throws -> [OutletNumber: OutletRules] {
        var rules: [OutletNumber: OutletRules] = [:]
        for number in 1...outlets {
            var outlet = OutletRules()
            if number == 1 { outlet.label = "DUT \"1\" <b>\\" }
            if number == outlets { outlet.isProtected = true }
            rules[try #require(OutletNumber(number))] = outlet
        }
        return rules
    }
}
