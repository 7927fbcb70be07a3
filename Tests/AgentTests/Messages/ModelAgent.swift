import Foundation
import Logging
import Power
import TestSupport

@testable import Agent

/// An agent without a broker: router, lanes and journal, and everything that was published.
struct ModelAgent {
    static let pdus = ["a", "b", "dead"]
    static let outlets = 4

    let journal: AgentJournal
    let published: Recorder<Publication>
    let drivers: [ModelDriver]
    let lanes: [PDULane]
    let router: CommandRouter
    let timekeeper = SystemTimekeeper()
    let numbers: TicketNumbers

    /// - Parameters:
    ///   - trouble: the share of requests to the devices that go wrong, 0 to 1.
    ///   - isHeard: whether the broker takes what is published.
    ///   - change: what is different in the rules of each PDU.
    init(
        directory: String,
        published: Recorder<Publication>,
        trouble: Double,
        seed: UInt64,
        isHeard: Bool = true,
        change: (inout LaneRules) -> Void = { _ in }
    ) async {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let journal = AgentJournal(directory: directory, logger: logger)
        let contents = journal.load() ?? JournalContents()
        let publisher = Publisher(topics: TopicMap(base: "lab")) { publication in
            published.append(publication)
            if isHeard { publication.receipt?.give() }
        }
        let numbers = TicketNumbers(after: contents.lastTicket)
        self.journal = journal
        self.published = published
        self.numbers = numbers
        var drivers: [ModelDriver] = []
        var lanes: [PDULane] = []
        for (place, name) in Self.pdus.enumerated() {
            let driver = ModelDriver(
                outlets: Self.outlets,
                trouble: trouble,
                seed: seed &+ UInt64(place),
                timekeeper: timekeeper
            )
            driver.isDead = name == "dead" && trouble > 0
            drivers.append(driver)
            var rules = Self.rules(name, driver.traits)
            change(&rules)
            lanes.append(
                PDULane(
                    rules: rules,
                    driver: driver,
                    publisher: publisher,
                    journal: journal,
                    circuits: CircuitLimiter(switchOnsPerSecond: [:]),
                    numbers: numbers,
                    timekeeper: timekeeper,
                    firstPoll: timekeeper.now,
                    logger: logger
                )
            )
        }
        self.drivers = drivers
        self.lanes = lanes
        router = CommandRouter(
            rules: CommandRouter.Rules(agent: "model", groups: Self.groups, loads: Self.loads),
            lanes: LaneDirectory(lanes),
            publisher: publisher,
            journal: journal,
            numbers: numbers,
            timekeeper: timekeeper,
            logger: logger
        )
        await router.recover(contents.groups)
        for lane in lanes {
            await lane.recover(
                contents.entries.filter { $0.outlet.pdu == lane.pdu }.map { ($0, recovered($0)) },
                answers: contents.answers.filter { $0.outlet.pdu == lane.pdu },
                memories: []
            )
        }
        await router.loadDesk.recover(contents.loads, answers: contents.loadAnswers)
    }

    private func recovered(_ entry: JournalEntry) -> Ticket {
        Ticket(
            number: entry.ticket,
            outlet: entry.outlet,
            command: entry.command,
            receivedAt: timekeeper.now,
            receivedTime: entry.receivedTime,
            reply: entry.reply,
            target: entry.target,
            isRecovered: true
        )
    }

    static func rules(_ name: String, _ traits: DriverTraits) -> LaneRules {
        var rules = LaneRules(pdu: PDUName(name) ?? ScheduleBench.pdu, traits: traits)
        for number in (1...outlets).compactMap(OutletNumber.init) {
            rules.outlets[number] = OutletRules()
            rules.outlets[number]?.offTime = .milliseconds(5)
        }
        rules.outlets[ScheduleBench.number(2)]?.isProtected = true
        rules.pollInterval = .milliseconds(20)
        rules.limit = .milliseconds(60)
        rules.stagger = .milliseconds(1)
        return rules
    }

    static let groups = [
        "together": GroupRules(outlets: ids("a/1", "a/3", "b/1", "b/4"), stagger: .zero),
        "staggered": GroupRules(outlets: ids("b/3", "dead/1", "a/2", "a/4"), stagger: .milliseconds(3)),
        "stopping": GroupRules(outlets: ids("a/1", "b/2", "dead/2", "b/1"), stagger: .zero, onFailure: .stop),
        "careful": GroupRules(outlets: ids("b/1", "a/3", "b/4"), stagger: .milliseconds(2), onFailure: .stop),
    ]

    static let loads = [
        "server": LoadRules(feeds: ids("a/4", "b/4"), offTime: .milliseconds(5)),
        "board": LoadRules(feeds: ids("a/1", "a/3"), stagger: .milliseconds(2), requires: ["server"]),
        "half": LoadRules(feeds: ids("b/3", "dead/1"), limit: .milliseconds(80)),
        "guarded": LoadRules(feeds: ids("b/1", "a/2")),
    ]

    private static func ids(_ texts: String...) -> [OutletID] { texts.compactMap { OutletID($0) } }

    /// Runs the lanes and the groups while the body runs, then stops them, in whatever they are.
    func run(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in lanes { group.addTask { await lane.run() } }
            group.addTask { await router.runGroups() }
            group.addTask { await router.loadDesk.run() }
            try await body()
            router.stop(until: timekeeper.now + .milliseconds(20))
            for lane in lanes { await lane.stop(until: timekeeper.now + .milliseconds(20)) }
            try await group.waitForAll()
            await journal.flush()
        }
    }
}
