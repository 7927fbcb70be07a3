import Logging
internal import Loop
public import MQTTClient
import Power

/// What the agent hears from the broker, and tells it of itself.
extension PowerAgent {
    func listen() async { await listen(to: client) }

    private func listen(to client: some BrokerClient) async {
        for await event in client.events {
            switch event {
            case .connected(let sessionPresent):
                isGranted = false
                mayHaveWaited = sessionPresent
                // A word of an earlier connection may wait in the session too, behind commands of its time.
                syncWord = Array("\(UInt64.random(in: .min ... .max))".utf8)
                grantedAt = nil
                await fleet?.broker(.connected)
            case .subscriptionsGranted:
                // Told again when the subscriptions change, which is news only where there is something to be found.
                let isNew = !isGranted
                let isLooking = announcer?.isLooking ?? false
                isGranted = true
                grantedAt = grantedAt ?? timekeeper.now
                if isNew || isLooking { announcer?.connected() }
                if mayHaveWaited || isLooking { publisher.notice(syncTopic, syncWord) }
                guard isNew else { continue }
                await fleet?.broker(.subscribed)
                // The client is served in between: ten thousand PDUs have a great deal to tell.
                for lane in lanes.all {
                    await lane.republish()
                    await Loop.shared.nextTurn()
                }
                await tellOnline()
            case .subscriptionRefused(let subscription, _):
                if subscription.isRequired { isGranted = false }
            case .disconnected:
                isGranted = false
                await fleet?.broker(.none)
            case .message(let message):
                if message.topic == syncTopic {
                    guard message.payload == syncWord else { continue }
                    mayHaveWaited = false
                    await finishLooking()
                } else if !(announcer?.take(message) ?? false) {
                    endWaitForSession()
                    if fleet != nil { await noteFleet(message) }
                    await router.route(Delivery(message, mayHaveWaited: mayHaveWaited))
                }
            }
        }
    }

    /// Stops waiting for the agent's own word, where the broker does not let it be written or read: what waited in the
    /// session has been taken long ago, and commands must not be refused for ever.
    private func endWaitForSession() {
        guard mayHaveWaited, let grantedAt, grantedAt + Self.longestSync <= timekeeper.now else { return }
        mayHaveWaited = false
        logger.warning(
            "the agent does not get what it writes to itself; let it write and read the topic at the broker",
            metadata: ["topic": "\(syncTopic)"]
        )
    }

    /// How long after the grant of the subscriptions commands without a deadline are taken for late ones at most.
    private static let longestSync = Duration.seconds(30)

    /// The broker has shown everything that earlier runs have announced, so nobody's announcements are of interest.
    private func finishLooking() async {
        guard let announcer, announcer.isLooking else { return }
        announcer.finishLooking()
        await subscribe()
    }

    /// Subscribes to what is of interest now.
    func subscribe() async {
        await tellClient { () throws(MQTTError) in
            var told: FleetAttention?
            // What is of interest may change while the client is told.
            repeat {
                told = attention
                let own = publisher.topics.subscriptions(agent: id, listens: listens, shared: told)
                try await client.setSubscriptions(own + (announcer?.subscriptions ?? []))
            } while told != attention
        }
    }

    /// Subscribes to what is of interest now of PDUs that the agent has come to own or to be next for, or does not any more.
    func subscribe(_ changes: [PDUName: PDUAttention], before: [PDUName: PDUAttention]) async {
        let topics = publisher.topics
        var removed: [String] = []
        var added: [Subscription] = []
        for (pdu, now) in changes.sorted(by: { $0.key < $1.key }) {
            let (old, new) = (topics.filters(of: pdu, before[pdu] ?? .nothing), topics.filters(of: pdu, now))
            removed += old.filter { !new.contains($0) }
            added += new.filter { !old.contains($0) }.map { topics.subscription($0, listens) }
        }
        await tellClient { [added, removed] () throws(MQTTError) in
            try await client.changeSubscriptions(adding: added, removing: removed)
        }
    }

    private func tellClient(_ tell: () async throws(MQTTError) -> Void) async {
        do throws(MQTTError) {
            try await tell()
        } catch {
            logger.warning("the subscriptions stay as they are", metadata: ["error": "\(error)"])
        }
    }

    private var listens: ListeningNeeds { ListeningNeeds(loads: !router.loads.isEmpty, users: router.hasUsers) }

    /// Where the agent writes to itself to learn that everything before was taken from its session.
    private var syncTopic: String { publisher.topics.sync(agent: id) }

    func becomeReady() async {
        let limit = startedAt + Self.firstContactTime
        await PDULane.awaitFirstContact(of: lanes.all, until: limit, by: timekeeper)
        isReady = true
        for lane in lanes.all {
            await lane.tellIfUnread()
            await Loop.shared.nextTurn()
        }
        noteFeedsWithoutLane()
        await notePublished()
        await tellOnline()
    }

    /// Loads with a feed on a PDU that the configuration does not use cannot be read.
    func noteFeedsWithoutLane() {
        // In a fleet another agent may own them.
        guard fleet == nil else { return }
        let pdus = Set(plan.router.loads.values.flatMap { $0.feeds.map(\.pdu) })
        for pdu in pdus where lanes[pdu.rawValue] == nil { publisher.loads.note(isOnline: false, pdu) }
    }

    private func tellOnline() async {
        guard isGranted, isReady, !isStopping else { return }
        await publishInfo()
        publisher.retain(publisher.topics.availability(agent: id), Array("online".utf8))
        onlineSignal.signal()
    }

    func reportRegularly() async {
        while !Task.isCancelled {
            await timekeeper.sleep(until: timekeeper.now + Self.infoInterval)
            if isGranted, isReady, !isStopping { await publishInfo() }
            await notePublished()
        }
    }

    func publishInfo() async {
        var info = await info()
        let groups = router.groups.mapValues { group in
            AgentInfo.Group(label: group.label, outlets: group.members.map(\.description))
        }
        if !groups.isEmpty { info.groups = groups }
        let loads = router.loads.mapValues { load in
            AgentInfo.Load(
                label: load.label,
                feeds: load.feeds.map(\.description),
                requires: load.requires.isEmpty ? nil : load.requires,
                exclusive: load.isExclusive ? true : nil
            )
        }
        if !loads.isEmpty { info.loads = loads }
        publisher.retain(publisher.topics.info(agent: id), publisher.json(info))
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
            journalFailure: journal?.failure,
            fleet: await fleet?.standing
        )
    }

    /// Whether the broker takes and gives messages, and every device was asked once.
    public var isOnline: Bool { isGranted && isReady && !isStopping }

    /// What the broker's client has done so far.
    public nonisolated var broker: MQTTStatistics { client.statistics }
}
