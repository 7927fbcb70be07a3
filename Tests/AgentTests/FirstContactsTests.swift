import Logging
import Power
import TestSupport
import Testing

@testable import Agent

@Suite("First contacts", .timeLimit(.minutes(5)))
struct FirstContactsTests {
    @Test("asks a few devices at once, and more where those say nothing while the clock is looked at five times")
    func silentDevices() async throws {
        // Only the test moves it.
        let timekeeper = SkippingTimekeeper(slowness: 1_000_000)
        let count = 2 * FirstContacts.window + 10
        let lanes = (1...count).compactMap { PDUName("p\($0)") }.map { lane($0, timekeeper) }
        func asked() async -> Int {
            var asked = 0
            for lane in lanes where await lane.schedule.nextPoll <= timekeeper.now { asked += 1 }
            return asked
        }
        let contacts = FirstContacts()
        contacts.add(lanes)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await contacts.run(by: timekeeper) }
            defer { group.cancelAll() }
            try await waitUntil { await asked() == FirstContacts.window }
            for _ in 1..<FirstContacts.patience {
                timekeeper.skip(FirstContacts.look)
                #expect(await asked() == FirstContacts.window)
            }
            try await waitUntil {
                timekeeper.skip(FirstContacts.look)
                return await asked() == count
            }
        }
    }

    private func lane(_ name: PDUName, _ timekeeper: SkippingTimekeeper) -> PDULane {
        PDULane(
            rules: LaneRules(pdu: name, traits: DriverTraits(driver: "test")),
            driver: ModelDriver(outlets: 1, trouble: 0, seed: 1, timekeeper: timekeeper),
            publisher: Publisher(topics: TopicMap(base: "lab")) { _ in },
            journal: nil,
            circuits: CircuitLimiter(switchOnsPerSecond: [:]),
            numbers: TicketNumbers(after: 0),
            timekeeper: timekeeper,
            firstPoll: timekeeper.now + .seconds(3600),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }
}
