import Foundation
import Logging
import MQTTClient
import Power
import Synchronization
import TestSupport
import Testing

@testable import Agent

/// The whole agent without a process around it: the test says in which order things happen that a broker, a network and a
/// device bring about in any order.
@Suite("An agent whose broker is played", .timeLimit(.minutes(10)))
struct PowerAgentTests {
    private let broker = PlayedBroker()
    private let published = Recorder<Publication>()
    private let timekeeper = SkippingTimekeeper()
    private let availability = "lab/agent/one/availability"

    /// Runs an agent for some PDUs while the body runs. No device answers before it is released.
    private func with(
        _ pdus: String...,
        groups: [String: GroupRules] = [:],
        fleet: (any FleetMember)? = nil,
        body: (PowerAgent, [String: ModelDriver]) async throws -> Void
    ) async throws {
        var drivers: [String: ModelDriver] = [:]
        var blueprints: [LaneBlueprint] = []
        for name in pdus {
            let driver = ModelDriver(outlets: ModelAgent.outlets, trouble: 0, seed: 1, timekeeper: timekeeper)
            driver.hold()
            drivers[name] = driver
            var rules = ModelAgent.rules(name, driver.traits)
            rules.pollInterval = .seconds(3600)
            rules.limit = .seconds(600)
            blueprints.append(LaneBlueprint(rules: rules) { driver })
        }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let agent = PowerAgent(
            id: "one",
            version: "1",
            plan: AgentPlan(router: CommandRouter.Rules(agent: "one", groups: groups), pdus: blueprints),
            client: broker,
            publisher: Publisher(topics: TopicMap(base: "lab")) { [published] in published.append($0) },
            journal: nil,
            circuits: CircuitLimiter(switchOnsPerSecond: [:]),
            timekeeper: timekeeper,
            fleet: fleet,
            logger: logger
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await agent.run() }
            defer { group.cancelAll() }
            try await body(agent, drivers)
        }
    }

    /// Runs an agent that owns the PDU `a` in a fleet while the body runs.
    private func owning(
        groups: [String: GroupRules] = [:],
        in tenure: PlayedTenure = PlayedTenure(),
        epoch: Int64 = 1,
        body: (PowerAgent, ModelDriver) async throws -> Void
    ) async throws {
        try await with("a", groups: groups, fleet: PlayedFleet()) { agent, drivers in
            let driver = try #require(drivers["a"])
            driver.release()
            try await broker.play(.connected(sessionPresent: false))
            try await broker.play(.subscriptionsGranted)
            await agent.attend([Self.pdu: .owned])
            await agent.begin(tenure.tenure(of: Self.pdu, epoch: epoch))
            try await body(agent, driver)
        }
    }

    private static let pdu = PDUName("a") ?? { fatalError("a valid name") }()

    /// What the owner of the PDU `a` is asked when another agent has held a command, as it comes from the store.
    private func missed(
        _ action: Action,
        _ id: String,
        on topic: String = "lab/pdu/a/outlet/1/set",
        for target: GapDesk.Target = .outlet(.number(ScheduleBench.number(1))),
        before: TimeInterval
    ) throws -> OwnerRequest {
        let text = #"{"action":"\#(action.rawValue)","id":"\#(id)"}"#
        let gap = GapDesk()
        gap.adopt(["a"])
        let arrived = Now(
            moment: timekeeper.now - .seconds(before),
            wallTime: timekeeper.wallTime.addingTimeInterval(-before)
        )
        #expect(gap.hold(Delivery(topic: topic, payload: Array(text.utf8)), pdu: "a", target, at: arrived))
        let held = try #require(gap.unanswered("a", at: timekeeper.now).first)
        let request = OwnerRequest(
            target: .missed(MissedMessage(held), pdu: "a"),
            command: Command(action, id: id),
            receivedTime: held.arrivedTime
        )
        return try JSONDecoder().decode(OwnerRequest.self, from: try JSONEncoder().encode(request))
    }

    private func isOnline(_ publication: Publication) -> Bool {
        publication.topic == availability && publication.payload == Array("online".utf8)
    }

    private func command(
        _ target: String,
        _ payload: String,
        expiry: UInt32? = nil
    ) -> MQTTEvent {
        var properties = MessageProperties()
        properties.messageExpiryInterval = expiry
        let parts = target.split(separator: "/")
        let place = parts[0] == "group" ? target : "pdu/\(parts[0])/outlet/\(parts[1])"
        return .message(
            IncomingMessage(topic: "lab/\(place)/set", payload: Array(payload.utf8), properties: properties)
        )
    }

    /// How a command ended, by its id.
    private func verdict(_ id: String) async throws -> String {
        let found = try await published.first { $0.topic.hasSuffix("/result") && $0.payload.holds(#""id":"\#(id)""#) }
        let result = try JSONDecoder().decode(CommandResult.self, from: Data(found.element.payload))
        return result.error.map { "\(result.status)/\($0.code)" } ?? "\(result.status)"
    }

    @Test("takes commands as soon as the subscriptions stand, and says online only when every device was asked")
    func commandsBeforeOnline() async throws {
        try await with("a", "b") { agent, drivers in
            drivers["a"]?.release()
            try await broker.play(.connected(sessionPresent: false))
            try await broker.play(.subscriptionsGranted)
            try await broker.play(command("a/1", #"{"action":"ON","id":"early"}"#))
            #expect(try await verdict("early") == "done")
            #expect(!published.elements.contains(where: isOnline), "b was not asked yet")
            drivers["b"]?.release()
            let online = try await published.first(where: isOnline)
            let states = Set(published.elements.prefix(online.next).map(\.topic)).filter { $0.hasSuffix("/state") }
            #expect(states.count == 2 * ModelAgent.outlets, "each was read before")
        }
    }

    @Test("says online when one of its devices answers nothing for ten seconds")
    func silentDevice() async throws {
        try await with("a", "b") { agent, drivers in
            drivers["a"]?.release()
            try await broker.play(.connected(sessionPresent: false))
            try await broker.play(.subscriptionsGranted)
            try await published.first { $0.topic == "lab/pdu/a/outlet/1/state" }
            #expect(await !agent.isReady)
            timekeeper.skip(PowerAgent.firstContactTime)
            let online = try await published.first(where: isOnline)
            let before = published.elements.prefix(online.next)
            #expect(before.contains { $0.topic == "lab/pdu/b/availability" && $0.payload == Array("offline".utf8) })
            #expect(!published.elements.contains { $0.topic.hasPrefix("lab/pdu/b/outlet/") }, "nobody has read it")
        }
    }

    /// Every order of four things that can happen to a connection, with the device's first answer at each place: connected
    /// (c), granted (g), refused (r), lost (l), and answered (A).
    private static let orders: [String] = {
        func orders(_ count: Int, isConnected: Bool) -> [String] {
            guard count > 0 else { return [""] }
            return (isConnected ? ["g", "r", "l"] : ["c"]).flatMap { first in
                orders(count - 1, isConnected: first != "l").map { first + $0 }
            }
        }
        return orders(4, isConnected: false).flatMap { order in
            (0...order.count).map { place in "\(order.prefix(place))A\(order.dropFirst(place))" }
        }
    }()

    @Test(
        "says online only on a connection that has granted the subscriptions, after everything else, in every order",
        arguments: orders
    )
    func everyOrder(order: String) async throws {
        try await with("a") { agent, drivers in
            var isGranted = false
            var isAnswered = false
            var grantedAt = 0
            for step in order {
                let mark = published.count
                let wasGranted = isGranted
                switch step {
                case "c":
                    isGranted = false
                    try await broker.play(.connected(sessionPresent: false))
                case "g":
                    if !isGranted { grantedAt = mark }
                    isGranted = true
                    try await broker.play(.subscriptionsGranted)
                case "r":
                    isGranted = false
                    let filter = Subscription("lab/pdu/+/outlet/+/set")
                    try await broker.play(.subscriptionRefused(filter, MQTTError(.notAuthorised, "no")))
                case "l":
                    isGranted = false
                    try await broker.play(.disconnected(MQTTError(.connectionLost, "gone")))
                default:
                    isAnswered = true
                    drivers["a"]?.release()
                    try await waitUntil { await agent.isReady }
                }
                if isGranted, isAnswered {
                    let online = try await published.first(from: grantedAt, where: isOnline)
                    let told = Set(published.elements[grantedAt..<online.next].map(\.topic))
                    #expect(told.filter { $0.hasSuffix("/state") }.count == ModelAgent.outlets)
                    #expect(told.isSuperset(of: ["lab/pdu/a/availability", "lab/pdu/a/info", "lab/agent/one/info"]))
                }
                if !isAnswered || !isGranted && !wasGranted {
                    #expect(!published.elements.dropFirst(mark).contains(where: isOnline), "at \(step)")
                }
            }
        }
    }

    @Test("does not carry out what waited in its session, until its own word comes back on the same connection")
    func waited() async throws {
        try await with("a") { agent, drivers in
            drivers["a"]?.release()
            for round in 1...2 {
                let mark = published.count
                try await broker.play(.connected(sessionPresent: true))
                try await broker.play(command("a/1", #"{"action":"ON","id":"late-\#(round)"}"#))
                #expect(try await verdict("late-\(round)") == "rejected/bad_payload")
                let good = #"{"action":"ON","id":"good-\#(round)"}"#
                try await broker.play(command("a/1", good, expiry: 600))
                #expect(try await verdict("good-\(round)") == "done")
                // The word of the connection before has waited too.
                for word in published.elements.prefix(mark) where word.topic == "lab/agent/one/sync" {
                    try await broker.play(.message(IncomingMessage(topic: word.topic, payload: word.payload)))
                }
                try await broker.play(.subscriptionsGranted)
                try await broker.play(command("a/1", #"{"action":"OFF","id":"behind-\#(round)"}"#))
                #expect(try await verdict("behind-\(round)") == "rejected/bad_payload")
                let word = try await published.first(from: mark) { $0.topic == "lab/agent/one/sync" }.element
                try await broker.play(.message(IncomingMessage(topic: word.topic, payload: word.payload)))
                try await broker.play(command("a/1", #"{"action":"OFF","id":"fresh-\#(round)"}"#))
                #expect(try await verdict("fresh-\(round)") == "done")
                try await broker.play(.disconnected(MQTTError(.connectionLost, "gone")))
            }
            #expect(drivers["a"]?.record.map(\.state) == [.on, .off, .on, .off])
        }
    }

    @Test("whose own word never comes back takes commands again half a minute after the grant, and not before")
    func noWord() async throws {
        try await with("a") { agent, drivers in
            drivers["a"]?.release()
            try await broker.play(.connected(sessionPresent: true))
            try await broker.play(.subscriptionsGranted)
            timekeeper.skip(.seconds(5))
            try await broker.play(command("a/1", #"{"action":"ON","id":"early"}"#))
            #expect(try await verdict("early") == "rejected/bad_payload")
            timekeeper.skip(.seconds(25))
            try await broker.play(command("a/1", #"{"action":"ON","id":"later"}"#))
            #expect(try await verdict("later") == "done")
        }
    }

    @Test("answers a group's command once, when the PDU is another agent's already and this one does not know it yet")
    func lostLead() async throws {
        let first = PlayedTenure()
        let outlet = OutletID(pdu: Self.pdu, outlet: ScheduleBench.number(1))
        try await owning(groups: ["all": GroupRules(outlets: [outlet])], in: first) { agent, driver in
            try await broker.play(command("group/all", #"{"action":"ON","id":"before"}"#))
            try await published.first { $0.topic == "lab/group/all/result" && $0.payload.holds(#""id":"before""#) }
            first.lose()
            try await broker.play(command("group/all", #"{"action":"OFF","id":"after"}"#))
            await agent.end(Self.pdu)
            await agent.begin(PlayedTenure().tenure(of: Self.pdu, epoch: 2))
            #expect(try await verdict("after") == "done")
            try await broker.play(command("group/all", #"{"action":"ON","id":"last"}"#))
            try await published.first { $0.topic == "lab/group/all/result" && $0.payload.holds(#""id":"last""#) }
            let answers = published.elements.filter { $0.topic == "lab/group/all/result" }
            #expect(answers.filter { $0.payload.holds(#""id":"after""#) }.count == 1)
            #expect(driver.record.map(\.state) == [.on, .off, .on])
        }
    }

    @Test("says anew what it is about a PDU when what its last owner had said comes late")
    func lateInfo() async throws {
        func info(isRetained: Bool) -> MQTTEvent {
            let payload = Array(#"{"agent":"two","epoch":1}"#.utf8)
            return .message(IncomingMessage(topic: "lab/pdu/a/info", payload: payload, isRetained: isRetained))
        }
        @Sendable func own(_ publication: Publication) -> Bool {
            publication.topic == "lab/pdu/a/info" && publication.payload.holds(#""agent":"one""#)
        }
        try await owning(epoch: 2) { _, _ in
            try await published.first(where: own)
            try await broker.play(command("a/1", #"{"action":"ON","id":"x"}"#))
            #expect(try await verdict("x") == "done")
            let mark = published.count
            // What the broker has kept is no news.
            try await broker.play(info(isRetained: true))
            try await broker.play(command("a/1", #"{"action":"OFF","id":"y"}"#))
            #expect(try await verdict("y") == "done")
            #expect(!published.elements.dropFirst(mark).contains(where: own))
            try await broker.play(info(isRetained: false))
            try await published.first(from: mark, where: own)
        }
    }

    @Test("answers a group's command once that two other agents have held, while another one for the group still runs")
    func heldTwice() async throws {
        let outlets = [1, 3].map { OutletID(pdu: Self.pdu, outlet: ScheduleBench.number($0)) }
        let group = GroupRules(outlets: outlets, stagger: .seconds(60))
        try await owning(groups: ["all": group]) { agent, driver in
            try await broker.play(command("group/all", #"{"action":"ON","id":"first"}"#))
            try await published.first { $0.topic == "lab/pdu/a/outlet/1/state" && $0.payload == Array("ON".utf8) }
            let request = try missed(.off, "held", on: "lab/group/all/set", for: .group("all"), before: -1)
            async let one = agent.begin(request)()
            try await waitUntil { agent.router.state.withLock(\.groupRunCount) == 2 }
            async let two = agent.begin(request)()
            func answers(_ id: String) -> Int {
                published.elements.count { $0.topic == "lab/group/all/result" && $0.payload.holds(#""id":"\#(id)""#) }
            }
            try await waitUntil {
                timekeeper.skip(.seconds(5))
                return answers("held") > 0
            }
            _ = await (one, two)
            try await broker.play(command("group/all", #"{"action":"ON","id":"last"}"#))
            try await waitUntil {
                timekeeper.skip(.seconds(5))
                return answers("last") > 0
            }
            #expect(answers("held") == 1)
            #expect(driver.record.map(\.state) == [.on, .on, .off, .off, .on, .on])
        }
    }

    @Test("goes on with a held group's command that an earlier owner has begun with one outlet, and answers it once")
    func heldInPart() async throws {
        let group = GroupRules(outlets: [1, 3].map { OutletID(pdu: Self.pdu, outlet: ScheduleBench.number($0)) })
        try await owning(groups: ["all": group]) { agent, driver in
            try await broker.play(command("a/1", #"{"action":"ON","id":"part"}"#))
            #expect(try await verdict("part") == "done")
            let request = try missed(.on, "part", on: "lab/group/all/set", for: .group("all"), before: -1)
            for _ in 1...2 { _ = await agent.begin(request)() }
            try await broker.play(command("group/all", #"{"action":"OFF","id":"last"}"#))
            func answers(_ id: String) -> Int {
                published.elements.count { $0.topic == "lab/group/all/result" && $0.payload.holds(#""id":"\#(id)""#) }
            }
            try await waitUntil { answers("last") == 1 }
            #expect(answers("part") == 1)
            #expect(driver.record.map(\.state) == [.on, .on, .off, .off])
        }
    }

    @Test("takes back what nobody has heard yet of a PDU that another agent owns now", arguments: [true, false])
    func withdraws(isPlanned: Bool) async throws {
        try await owning { agent, _ in
            try await published.first { $0.topic == "lab/pdu/a/outlet/1/state" }
            if isPlanned {
                await agent.handOver(Self.pdu, hasSuccessor: true, until: timekeeper.now + .seconds(10))
            } else {
                await agent.end(Self.pdu)
            }
            let topics = try await broker.withdrawn.first { _ in true }.element
            // The next owner is asked to say again what may come late.
            #expect(broker.notices.elements.map(\.topic) == ["lab/pdu/a/get"])
            #expect(topics.contains("lab/pdu/a/info") && topics.contains("lab/pdu/a/outlet/1/state"))
            // What was said of it is all taken back, but for what happened.
            let retained = Set(published.elements.filter { $0.importance != .notice }.map(\.topic))
            #expect(retained.filter { $0.hasPrefix("lab/pdu/") }.isSubset(of: topics))
        }
    }

    @Test("carries out what it has missed while its broker was away, once, and not after what came later")
    func missed() async throws {
        try await owning { agent, driver in
            for _ in 1...2 {
                guard case .taken? = await agent.begin(try missed(.on, "missed", before: 2))() else {
                    Issue.record("not taken")
                    return
                }
            }
            #expect(try await verdict("missed") == "done")
            try await broker.play(command("a/1", #"{"action":"OFF","id":"came"}"#))
            #expect(try await verdict("came") == "done")
            // The owner has this one already, and it got its answer.
            _ = await agent.begin(try missed(.off, "came", before: 0))()
            _ = await agent.begin(try missed(.on, "late", before: 1))()
            #expect(try await verdict("late") == "superseded/superseded")
            _ = await agent.begin(try missed(.on, "new", before: -0.001))()
            #expect(try await verdict("new") == "done")
            try await broker.play(command("a/1", #"{"action":"OFF","id":"last"}"#))
            #expect(try await verdict("last") == "done")
            for id in ["missed", "came", "late", "new"] {
                let answers = published.elements.filter {
                    $0.topic == "lab/pdu/a/outlet/1/result" && $0.payload.holds(#""id":"\#(id)""#)
                }
                #expect(answers.count == 1, "\(id)")
            }
            #expect(driver.record.map(\.state) == [.on, .off, .on, .off])
        }
    }

    @Test(
        "gives the owner of a PDU what it holds with an id and what nobody has answered, in the order in which it came"
    )
    func givesBack() async throws {
        let pdu = try #require(PDUName("a"))
        let fleet = PlayedFleet()
        try await with("a", fleet: fleet) { agent, _ in
            try await broker.play(.connected(sessionPresent: false))
            try await broker.play(.subscriptionsGranted)
            await agent.attend([pdu: .next])
            try await broker.play(command("a/1", #"{"action":"ON","id":"one"}"#))
            try await broker.play(command("a/1", #"{"action":"OFF"}"#))
            try await broker.play(command("a/2", #"{"action":"ON","id":"two"}"#))
            try await broker.play(command("a/2", #"{"action":"CYCLE","id":"three"}"#))
            let result =
                #"{"pdu":"a","outlet":1,"status":"done","action":"ON","id":"one","received_at":"2026-01-01T00:00:00Z","finished_at":"2026-01-01T00:00:01Z","queued_ms":1,"device_ms":1}"#
            try await broker.play(
                .message(IncomingMessage(topic: "lab/pdu/a/outlet/1/result", payload: Array(result.utf8)))
            )
            try await broker.play(command("a/1", #"{"action":"OFF","id":"four"}"#))
            // What was played before has been taken when the agent has heard this.
            await agent.giveBack([pdu])
            #expect(fleet.asked.elements.map(\.command.id) == ["two", "three", "four"])
            #expect(fleet.asked.elements.allSatisfy { $0.pdu == "a" })
        }
    }

    @Test("asks for the leave of a circuit's first PDU as soon as a reload has put the outlet into the circuit")
    func circuitOfReload() async throws {
        let names = try ["a", "b"].map { try #require(PDUName($0)) }
        try await with("a", "b", fleet: PlayedFleet()) { agent, drivers in
            for driver in drivers.values { driver.release() }
            try await broker.play(.connected(sessionPresent: false))
            try await broker.play(.subscriptionsGranted)
            await agent.attend(Dictionary(uniqueKeysWithValues: names.map { ($0, .owned) }))
            let second = PlayedTenure()
            await agent.begin(PlayedTenure().tenure(of: names[0], epoch: 1))
            await agent.begin(second.tenure(of: names[1], epoch: 2))
            try await broker.play(command("b/1", #"{"action":"ON","id":"alone"}"#))
            #expect(try await verdict("alone") == "done")
            var plan = await agent.plan
            for place in plan.pdus.indices {
                plan.pdus[place].rules.defaultOutlet.circuit = "fuse"
                for number in plan.pdus[place].rules.outlets.keys {
                    plan.pdus[place].rules.outlets[number]?.circuit = "fuse"
                }
            }
            await agent.adopt(plan)
            for action in ["OFF", "ON"] {
                try await broker.play(command("b/1", #"{"action":"\#(action)","id":"together-\#(action)"}"#))
                #expect(try await verdict("together-\(action)") == "done")
            }
            #expect(second.leads == [nil, nil, names[0]])
        }
    }
}

/// A fleet in which the test says who owns what.
private struct PlayedFleet: FleetMember {
    /// What the agent has asked other owners for.
    let asked = Recorder<OwnerRequest>()

    var standing: FleetStanding {
        FleetStanding(isMember: true, owned: 0, next: 0, tenures: 0, requests: 0, failures: 0, requestTime: .zero)
    }

    func run(_ host: any FleetHost) async { await WakeSignal().wait() }
    func adopt(_ pdus: [SharedPDU]) async {}
    func broker(_ access: BrokerAccess) async {}
    func leave(until limit: Moment) async {}
    func ask(_ request: OwnerRequest, patience: Duration) async -> @Sendable () async -> OwnerReply {
        asked.append(request)
        return { .unowned }
    }
    func hasAsked(_ pdu: PDUName) async -> Bool { false }
    func doubt(_ pdu: PDUName, epoch: Int64) async {}
}

/// The leave to write in one tenure, and its journal, which the test takes away.
private final class PlayedTenure: TenureJournal, WriteFence {
    private let isLost = Mutex(false)
    private let asked = Mutex<[PDUName?]>([])

    /// The PDUs that had to be owned too, for each leave.
    var leads: [PDUName?] { asked.withLock(\.self) }

    var isForeign: Bool { isLost.withLock(\.self) }
    var refusal: Outcome.Code { .noQuorum }

    func lose() { isLost.withLock { $0 = true } }

    func tenure(of pdu: PDUName, epoch: Int64) -> Tenure {
        Tenure(
            pdu: pdu,
            epoch: epoch,
            writeTime: .zero,
            fence: self,
            journal: self,
            contents: JournalContents(),
            notes: [:]
        )
    }

    func permit(_ orders: [OutletNumber: String], with lead: PDUName?) async throws(DriverError) -> WritePermit {
        guard !isForeign else { throw DriverError(.notPermitted, "another agent owns it now") }
        asked.withLock { $0.append(lead) }
        return WritePermit(transactionBegunAt: .now, window: .seconds(3600))
    }

    func answered(_ permit: WritePermit) {}

    private var failure: String? { isForeign ? "another agent owns it now" : nil }

    func write(_ entry: JournalEntry, completion: (@Sendable (String?) -> Void)?) { completion?(failure) }
    func write(_ entry: GroupEntry, completion: (@Sendable (String?) -> Void)?) { completion?(failure) }
    func write(_ entry: LoadEntry, with others: [any TenureJournal], completion: (@Sendable (String?) -> Void)?) {
        completion?(failure)
    }
    func remove(ticket: UInt64) {}
    func remove(group number: UInt64) {}
    func remove(load number: UInt64) {}
    func remember(_ memory: OutletMemory) {}
    func whenRemembered(_ completion: @escaping @Sendable (String?) -> Void) { completion(failure) }
    func home(of lead: PDUName?) -> (any TenureJournal)? { nil }
}

/// A clock so slow that no limit of the agent passes while a busy machine runs a test, and of which the test skips some.
final class SkippingTimekeeper: Timekeeper {
    private struct State {
        var skipped = Duration.zero
        var asked: [ObjectIdentifier: (signal: WakeSignal, moment: Moment)] = [:]
    }

    private let slowness: Int
    private let system = SystemTimekeeper()
    private let state = Mutex(State())

    var now: Moment { .start + (system.now - .start) / slowness + state.withLock(\.skipped) }
    var wallTime: Date { Date(timeIntervalSince1970: 1_800_000_000 + now.inSeconds) }

    init(slowness: Int = 50) { self.slowness = slowness }

    func skip(_ duration: Duration) {
        let asked = state.withLock { state in
            state.skipped += duration
            return Array(state.asked.values)
        }
        for (signal, moment) in asked { wake(signal, at: moment) }
    }

    func wake(_ signal: WakeSignal, at moment: Moment) {
        guard moment < .never else { return forget(signal) }
        state.withLock { $0.asked[ObjectIdentifier(signal)] = (signal, moment) }
        system.wake(signal, at: system.now + (moment - now) * slowness)
    }

    func forget(_ signal: WakeSignal) {
        state.withLock { _ = $0.asked.removeValue(forKey: ObjectIdentifier(signal)) }
        system.forget(signal)
    }
}

extension [UInt8] {
    fileprivate func holds(_ text: String) -> Bool { String(decoding: self, as: UTF8.self).contains(text) }
}
