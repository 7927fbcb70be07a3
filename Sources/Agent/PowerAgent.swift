import Foundation
public import Logging
public import MQTTClient
import Power
public import ServiceLifecycle
import Synchronization

/// The agent: takes commands from the broker to the lanes, and what the lanes see back to the broker.
public actor PowerAgent: Service {
    /// How long running switches may take to finish when the agent is stopped.
    private static let drainTime = Duration.seconds(5)
    /// How long the broker may take to acknowledge the last words.
    private static let farewellTime = Duration.seconds(2)
    /// How long the first readings may hold up `online`.
    private static let firstContactTime = Duration.seconds(10)
    /// How often a journal that could not be read is tried again.
    private static let journalRetry = Duration.seconds(2)
    /// How often the agent tells how it is.
    private static let infoInterval = Duration.seconds(60)

    /// The time from one PDU's first reading to the next one's, so that a large fleet is not read all at once: ten
    /// thousand PDUs within 2 s, each with little memory for its answers at any time.
    private static let firstPollDistance = Duration.microseconds(200)

    private let id: String
    private let version: String
    private let client: MQTTClient
    private let publisher: Publisher
    private let journal: SQLiteJournal?
    private let circuits: CircuitLimiter
    private let timekeeper: any Timekeeper
    private let numbers: TicketNumbers
    private let logger: Logger
    /// Takes commands to the lanes; also for commands from within this process.
    public nonisolated let router: CommandRouter
    /// The lanes by PDU.
    public nonisolated let lanes: LaneDirectory
    /// Given when the agent has told the broker that it is online for the first time.
    public nonisolated let onlineSignal = WakeSignal()

    private let startedAt: Moment
    /// What an earlier process left; nothing while the journal cannot be read.
    private var contents: JournalContents?
    private let newLanes: AsyncStream<PDULane>
    private let newLanesInput: AsyncStream<PDULane>.Continuation
    private let stopSignal = WakeSignal()
    private let farewellSignal = WakeSignal()
    private var isGranted = false
    private var isReady = false
    private var isStopping = false
    /// While messages that waited in the session may still arrive.
    private var mayHaveWaited = false

    /// An agent that does nothing until `run` is called.
    public init(
        id: String,
        version: String,
        plan: AgentPlan,
        client: MQTTClient,
        publisher: Publisher,
        journal: SQLiteJournal?,
        circuits: CircuitLimiter,
        timekeeper: any Timekeeper,
        logger: Logger
    ) {
        self.id = id
        self.version = version
        self.client = client
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
            numbers: numbers,
            timekeeper: timekeeper,
            logger: logger
        )
        // Lanes are few compared with what they hold; a reload may bring as many as the configuration names.
        (newLanes, newLanesInput) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
        self.plan = plan
    }

    private var plan: AgentPlan

    // MARK: - Running

    /// Runs until the graceful shutdown: then running switches finish or become `unknown`, `offline` is published and
    /// acknowledged, and this returns, all within 10 s.
    public func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                // Every lane is there before the first message can come: a command must not find its PDU missing.
                for blueprint in plan.pdus { await setUp(blueprint) }
                reportOrphans()
                group.addTask { await self.client.run() }
                if let discovery = publisher.discovery { group.addTask { await discovery.run() } }
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
        router.stop()
        let limit = timekeeper.now + Self.drainTime
        for lane in lanes.all { await lane.stop(until: limit) }
        newLanesInput.finish()
    }

    private func sayFarewell() async {
        await journal?.flush()
        let left = journal?.load()?.entries.filter { $0.stage != .finished } ?? []
        if !left.isEmpty {
            let outlets = left.map(\.outlet.description).joined(separator: ", ")
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

    // MARK: - The broker

    private func listen() async {
        for await event in client.events {
            switch event {
            case .connected(let sessionPresent):
                isGranted = false
                mayHaveWaited = sessionPresent
            case .subscriptionsGranted:
                // Told again when the subscriptions change, which makes nothing new known.
                guard !isGranted else { continue }
                isGranted = true
                publisher.discovery?.connected()
                if mayHaveWaited || publisher.discovery?.isLooking ?? false { publisher.notice(syncTopic, []) }
                for lane in lanes.all { await lane.republish() }
                await tellOnline()
            case .subscriptionRefused(let subscription, _):
                if subscription.isRequired { isGranted = false }
            case .disconnected:
                isGranted = false
            case .message(let message):
                if message.topic == syncTopic {
                    mayHaveWaited = false
                    await finishLooking()
                } else if !tellDiscovery(message) {
                    await router.route(Delivery(message, mayHaveWaited: mayHaveWaited))
                }
            }
        }
    }

    /// Takes a message that is Home Assistant's.
    private func tellDiscovery(_ message: IncomingMessage) -> Bool {
        publisher.discovery?.take(
            topic: message.topic,
            payload: message.payload ?? [],
            isRetained: message.isRetained
        ) ?? false
    }

    /// The broker has shown everything that earlier runs have announced, so nobody's announcements are of interest.
    private func finishLooking() async {
        guard let discovery = publisher.discovery, discovery.isLooking else { return }
        discovery.finishLooking()
        let subscriptions = publisher.topics.subscriptions(
            agent: id,
            discovery: discovery.settings,
            isLooking: false
        )
        do throws(MQTTError) {
            try await client.setSubscriptions(subscriptions)
        } catch {
            logger.warning("the announcements of others stay subscribed", metadata: ["error": "\(error)"])
        }
    }

    /// Where the agent writes to itself to learn that everything before was taken from its session.
    private var syncTopic: String { publisher.topics.sync(agent: id) }

    private func becomeReady() async {
        let limit = startedAt + Self.firstContactTime
        await PDULane.awaitFirstContact(of: lanes.all, until: limit, by: timekeeper)
        isReady = true
        await tellOnline()
    }

    private func tellOnline() async {
        guard isGranted, isReady, !isStopping else { return }
        await publishInfo()
        publisher.retain(publisher.topics.availability(agent: id), Array("online".utf8))
        onlineSignal.signal()
    }

    private func reportRegularly() async {
        while !Task.isCancelled {
            await timekeeper.sleep(until: timekeeper.now + Self.infoInterval)
            if isGranted, isReady, !isStopping { await publishInfo() }
        }
    }

    private func publishInfo() async {
        publisher.retain(publisher.topics.info(agent: id), publisher.json(await info()))
    }

    /// What the agent is and how it is.
    public func info() async -> AgentInfo {
        var online = 0
        var outlets = 0
        let all = lanes.all
        for lane in all {
            let counts = await lane.counts
            online += counts.isOnline ? 1 : 0
            outlets += counts.outlets
        }
        let statistics = client.statistics
        return AgentInfo(
            version: version,
            uptime: Int((timekeeper.now - startedAt).inSeconds),
            pdus: all.count,
            online: online,
            outlets: outlets,
            reconnections: statistics.reconnections,
            queued: statistics.queued,
            dropped: statistics.dropped,
            journalFailure: journal?.failure
        )
    }

    /// Whether the broker takes and gives messages, and every device was asked once.
    public var isOnline: Bool { isGranted && isReady && !isStopping }

    /// What the broker's client has done so far.
    public nonisolated var broker: MQTTStatistics { client.statistics }

    // MARK: - PDUs

    private func setUp(_ blueprint: LaneBlueprint) async {
        let lane = PDULane(
            rules: blueprint.rules,
            driver: blueprint.makeDriver(),
            publisher: publisher,
            journal: journal,
            circuits: circuits,
            numbers: numbers,
            timekeeper: timekeeper,
            firstPoll: timekeeper.now + Self.firstPollDistance * lanes.count,
            logger: logger
        )
        if let contents { await recover(contents, on: lane) }
        lanes.add(lane)
        newLanesInput.yield(lane)
    }

    private func recover(_ contents: JournalContents, on lane: PDULane) async {
        let entries = contents.entries.filter { $0.outlet.pdu == lane.pdu }.map { ($0, ticket(of: $0)) }
        let answers = contents.answers.filter { $0.outlet.pdu == lane.pdu }
        let memories = contents.memories.filter { $0.outlet.pdu == lane.pdu }
        guard !entries.isEmpty || !answers.isEmpty || !memories.isEmpty else { return }
        await lane.recover(entries, answers: answers, memories: memories)
    }

    /// Tries to read a journal that could not be read at the start, until it can: what is in it must be finished.
    private func recoverLate() async {
        let limit = numbers.first
        while contents == nil, !isStopping, !Task.isCancelled {
            await timekeeper.sleep(until: timekeeper.now + Self.journalRetry)
            guard !isStopping, var late = journal?.load() else { continue }
            // What this process wrote meanwhile is not left over from an earlier one.
            late.entries.removeAll { $0.ticket >= limit }
            contents = late
            for lane in lanes.all { await recover(late, on: lane) }
            reportOrphans()
        }
    }

    private func ticket(of entry: JournalEntry) -> Ticket {
        Ticket(
            number: entry.ticket,
            outlet: entry.outlet,
            command: entry.command,
            receivedAt: timekeeper.now + .seconds(min(0, entry.receivedTime.timeIntervalSince(timekeeper.wallTime))),
            receivedTime: entry.receivedTime,
            reply: entry.reply,
            target: entry.target,
            isRecovered: true
        )
    }

    /// Says which work of an earlier run nobody can finish, because its PDU is gone from the configuration.
    private func reportOrphans() {
        for entry in contents?.entries ?? [] where entry.stage != .finished && lanes[entry.outlet.pdu.rawValue] == nil {
            logger.error(
                "the journal holds unfinished work for a PDU that is not in the configuration any more",
                metadata: ["outlet": "\(entry.outlet)", "action": "\(entry.command.action)"]
            )
        }
    }

    /// Takes over a changed configuration: without dropping the broker's session, without touching an outlet.
    public func adopt(_ newPlan: AgentPlan) async {
        guard !isStopping else { return }
        router.adopt(newPlan.router)
        let wanted = Set(newPlan.pdus.map(\.rules.pdu))
        publisher.discovery?.expect(wanted)
        for lane in lanes.all where !wanted.contains(lane.pdu) {
            await dismiss(lane)
            _ = lanes.remove(lane.pdu)
            await lane.clearRetained()
            contents = await currentContents()
            reportOrphans()
        }
        for blueprint in newPlan.pdus {
            let pdu = blueprint.rules.pdu
            if let lane = lanes[pdu.rawValue] {
                if !newPlan.renewed.contains(pdu) {
                    await lane.adopt(blueprint.rules)
                    continue
                }
                await dismiss(lane)
                await lane.clearRetained(of: blueprint.rules)
            }
            contents = await currentContents()
            await setUp(blueprint)
        }
        contents = await currentContents()
        reportOrphans()
        plan = newPlan
        logger.notice("the new configuration is in force", metadata: ["pdus": "\(newPlan.pdus.count)"])
    }

    /// Ends a lane. It stays in the directory meanwhile, so that commands that come now are answered, by a refusal.
    private func dismiss(_ lane: PDULane) async {
        await lane.stop(until: timekeeper.now + Self.drainTime)
        await lane.awaitEnd()
    }

    private func currentContents() async -> JournalContents? {
        guard let journal else { return JournalContents() }
        await journal.flush()
        return journal.load()
    }
}

extension Delivery {
    /// A message as the MQTT client delivers it.
    init(_ message: IncomingMessage, mayHaveWaited: Bool) {
        self.init(
            topic: message.topic,
            payload: message.payload ?? [],
            size: message.payloadSize,
            isRetained: message.isRetained,
            responseTopic: message.properties.responseTopic,
            correlationData: message.properties.correlationData,
            expiry: message.properties.messageExpiryInterval.map { .seconds(Int64($0)) },
            userProperties: message.properties.userProperties.map { ($0.name, $0.value) },
            mayHaveWaited: mayHaveWaited
        )
    }
}

extension OutgoingMessage {
    /// A publication as the MQTT client takes it.
    public init(_ publication: Publication) {
        var properties = MessageProperties()
        properties.correlationData = publication.correlationData
        self.init(
            topic: publication.topic,
            payload: publication.payload,
            qos: publication.importance == .retainedSample ? .atMostOnce : .atLeastOnce,
            isRetained: publication.importance != .notice,
            properties: properties
        )
    }
}
