import Foundation
public import Logging
internal import Loop
import MQTTClient
import Power
public import ServiceLifecycle
import Synchronization

/// The agent: takes commands from the broker to the lanes, and what the lanes see back to the broker.
public actor PowerAgent: Service {
    /// How long running switches may take to finish when the agent is stopped.
    static let drainTime = Duration.seconds(5)
    /// How long a PDU that is taken out of the configuration may take to finish what it has begun.
    static let dismissalTime = Duration.seconds(10)
    /// How long an agent of a fleet that is stopped may take to hand its PDUs over.
    static let handOverTime = Duration.seconds(3)
    /// How long the broker may take to acknowledge the last words.
    private static let farewellTime = Duration.seconds(2)
    /// How long the first readings may hold up `online`.
    static let firstContactTime = Duration.seconds(10)
    /// How often a journal that could not be read is tried again.
    static let journalRetry = Duration.seconds(2)
    /// How often the agent tells how it is.
    static let infoInterval = Duration.seconds(60)

    /// The agent lives on the loop, as everything does that a command passes.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { Loop.shared.executor.asUnownedSerialExecutor() }

    let id: String
    let version: String
    let client: any BrokerClient
    /// Announces what there is to others, where somebody wants to know.
    let announcer: (any Announcer)?
    let publisher: Publisher
    let journal: AgentJournal?
    let circuits: CircuitLimiter
    let timekeeper: any Timekeeper
    let numbers: TicketNumbers
    let logger: Logger
    /// Takes commands to the lanes; also for commands from within this process.
    public nonisolated let router: CommandRouter
    /// The lanes by PDU.
    public nonisolated let lanes: LaneDirectory
    let firstContacts = FirstContacts()
    /// Given when the agent has told the broker that it is online for the first time.
    public nonisolated let onlineSignal = WakeSignal()

    /// The agent's place in a fleet, where it shares its PDUs with others.
    let fleet: (any FleetMember)?
    /// Where the PDUs of a fleet are in the plan.
    var places: [PDUName: Int] = [:]
    /// The PDUs that the agent owns in its fleet.
    var tenures: [PDUName: Tenure] = [:]
    /// Where commands for groups and loads are kept in a fleet.
    let fleetJournal: FleetJournal?
    /// Which commands of the fleet's PDUs the agent listens for.
    var attention: FleetAttention?

    let startedAt: Moment
    /// What an earlier process left; nothing while the journal cannot be read.
    var contents: JournalContents?
    private let newLanes: AsyncStream<PDULane>
    let newLanesInput: AsyncStream<PDULane>.Continuation
    private let stopSignal = WakeSignal()
    var isGranted = false
    var isReady = false
    var isStopping = false
    /// While messages that waited in the session may still arrive.
    var mayHaveWaited = false
    /// What the agent writes to itself on this connection, to learn that everything before was taken from its session.
    var syncWord: [UInt8] = []
    /// What the journal knows to be retained at the broker.
    var published: [String: [Int]] = [:]
    /// When the broker granted the subscriptions of this connection.
    var grantedAt: Moment?

    /// An agent that does nothing until `run` is called.
    public init(
        id: String,
        version: String,
        plan: AgentPlan,
        client: any BrokerClient,
        publisher: Publisher,
        announcer: (any Announcer)? = nil,
        journal: AgentJournal?,
        circuits: CircuitLimiter,
        timekeeper: any Timekeeper,
        fleet: (any FleetMember)? = nil,
        logger: Logger
    ) {
        self.fleet = fleet
        fleetJournal = fleet == nil ? nil : FleetJournal()
        if fleet != nil { attention = FleetAttention() }
        self.id = id
        self.version = version
        self.client = client
        self.announcer = announcer
        self.publisher = publisher
        self.journal = journal
        self.circuits = circuits
        self.timekeeper = timekeeper
        self.logger = logger
        startedAt = timekeeper.now
        contents = if let journal { journal.load() } else { JournalContents() }
        // Numbers that no earlier process can have given, also when the journal cannot be read before later.
        let microseconds = UInt64(max(0, min(timekeeper.wallTime.timeIntervalSince1970, 1e12)) * 1e6)
        numbers = TicketNumbers(after: max(contents?.lastTicket ?? 0, microseconds))
        lanes = LaneDirectory()
        router = CommandRouter(
            rules: plan.router,
            lanes: lanes,
            publisher: publisher,
            journal: fleetJournal ?? journal,
            numbers: numbers,
            timekeeper: timekeeper,
            fleet: fleet,
            logger: logger
        )
        // Lanes are few compared with what they hold; a reload may bring as many as the configuration names.
        (newLanes, newLanesInput) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
        self.plan = plan
    }

    var plan: AgentPlan

    // MARK: - Running

    /// Runs until the graceful shutdown: then running switches finish or become `unknown`, `offline` is published and
    /// acknowledged, and this returns, all within 10 s.
    public func run() async throws {
        await withTaskExecutorPreference(Loop.shared.tasks) { await runOnLoop() }
    }

    private func runOnLoop() async {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                noteShared()
                // Every lane is there before the first message can come: a command must not find its PDU missing.
                let known = contents?.byPDU ?? [:]
                // A PDU of a fleet gets its lane when this agent owns it.
                for blueprint in plan.pdus where fleet == nil {
                    let firstPoll = startedAt + Self.firstContactTime
                    await setUp(blueprint, knowing: known[blueprint.rules.pdu], firstPoll: firstPoll)
                    await Loop.shared.nextTurn()
                }
                firstContacts.add(lanes.all)
                group.addTask { await self.firstContacts.run(by: self.timekeeper) }
                await answerOrphans()
                if let fleet {
                    await fleet.adopt(plan.shared)
                    await fleet.broker(.none)
                    // Off the loop, which has no time to read what etcd tells of ten thousand PDUs.
                    group.addTask(executorPreference: globalConcurrentExecutor) { await fleet.run(self) }
                }
                if fleet == nil {
                    await router.recover(contents?.groups ?? [])
                    await router.loadDesk.recover(contents?.loads ?? [], answers: contents?.loadAnswers ?? [])
                }
                clearForgotten(contents?.published ?? [:])
                // All of it is dealt with; the answers of ten minutes may be many.
                if contents != nil { contents = JournalContents() }
                group.addTask { await self.client.run() }
                if let announcer {
                    // Off the loop, which has no time to write what ten thousand PDUs are announced with.
                    group.addTask(executorPreference: globalConcurrentExecutor) { await announcer.run() }
                }
                group.addTask { await self.listen() }
                group.addTask { await self.becomeReady() }
                group.addTask { await self.reportRegularly() }
                if contents == nil { group.addTask { await self.recoverLate() } }
                await runLanesAndGroups()
                await sayFarewell()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.stopSignal.signal()
        }
    }

    /// Runs the lanes until they have ended; then the groups, whose outlets are answered by now, end too.
    private func runLanesAndGroups() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.router.runGroups() }
            group.addTask { await self.router.loadDesk.run() }
            await runLanes()
            // What a group still waits for stays in the journal, and nobody answers it in this process.
            group.cancelAll()
        }
    }

    /// Runs the lanes until the agent is stopped and they have drained, or their time is over.
    private func runLanes() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await withDiscardingTaskGroup { lanes in
                    for await lane in self.newLanes { lanes.addTask { await lane.run() } }
                }
            }
            group.addTask {
                await self.stopSignal.wait()
                await self.beginStop()
                await self.timekeeper.sleep(until: self.timekeeper.now + Self.drainTime + .seconds(1))
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func beginStop() async {
        guard !isStopping else { return }
        isStopping = true
        logger.notice("stopping: running switches may finish")
        // The others take over while this one still finishes what it has begun.
        if let fleet { await fleet.leave(until: timekeeper.now + Self.handOverTime) }
        let limit = timekeeper.now + Self.drainTime
        router.stop(until: limit)
        for lane in lanes.all + lanes.leaving {
            await lane.stop(until: limit)
            await Loop.shared.nextTurn()
        }
        newLanesInput.finish()
    }

    private func sayFarewell() async {
        await notePublished()
        await journal?.flush()
        let contents = await journal?.contents()
        let left =
            (contents?.entries ?? []).filter { $0.stage != .finished }.map(\.outlet.description)
            + (contents?.loads ?? []).filter { $0.stage != .finished }.map { "load/\($0.load)" }
        if !left.isEmpty {
            let outlets = left.joined(separator: ", ")
            logger.warning(
                "unfinished commands stay in the journal; the next start finishes them",
                metadata: ["outlets": "\(outlets)"]
            )
        }
        // The last will is the agent's `offline`; in good order the client publishes it itself and awaits its PUBACK.
        await client.stop(within: Self.farewellTime)
        // What the broker has acknowledged at last need not be told again.
        await journal?.flush()
    }
}
