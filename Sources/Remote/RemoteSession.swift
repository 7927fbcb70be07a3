import Agent
import MQTTClient
import Power

/// One connection to the broker for one command line: looks at what there is, then does its work, then goes.
actor RemoteSession {
    /// What to do after the look.
    enum Work: Sendable {
        /// Nothing more.
        case none
        /// Give a command to these targets and wait so long for the answers.
        case command([RemoteTarget], RemoteOrder, Duration)
        /// Have the PDUs read that these outlets are of, and wait so long for their states.
        case refresh(Fleet.Selection, Duration)
        /// Tell what happens, for so long.
        case watch(Duration?)
    }

    private enum Stage {
        case connecting
        case looking
        case working
        case over
    }

    /// How long after a failed attempt another one may still succeed.
    private static let graceTime = Duration.milliseconds(1500)

    private let settings: RemoteSettings
    private let interest: RemoteInterest
    private let notes = FailureNotes()
    private let client: MQTTClient
    private let decide: @Sendable (Fleet) throws(RemoteError) -> Work
    private let see: @Sendable (Sighting) -> Void
    private let progress: @Sendable (_ ended: Int, _ of: Int) -> Void
    private var stage = Stage.connecting
    private var limit: ContinuousClock.Instant
    private var failure: RemoteError?
    private var pending: [String: RemoteTarget] = [:]
    /// The dry runs that are to tell how long the commands take, and how long to wait besides.
    private var plans: Set<String> = []
    private var patience = Duration.zero
    private var order: [RemoteTarget] = []
    private var endings: [RemoteTarget: RemoteOutcome.Ending] = [:]
    /// The outlets whose states are still to come.
    private var unread: Set<OutletID> = []
    private(set) var fleet = Fleet()
    private let outbox: AsyncStream<(id: String, message: OutgoingMessage)>
    private let outboxInput: AsyncStream<(id: String, message: OutgoingMessage)>.Continuation

    init(
        _ settings: RemoteSettings,
        _ interest: RemoteInterest,
        see: @escaping @Sendable (Sighting) -> Void = { _ in },
        progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in },
        decide: @escaping @Sendable (Fleet) throws(RemoteError) -> Work
    ) throws(RemoteError) {
        self.settings = settings
        self.interest = interest
        self.see = see
        self.progress = progress
        self.decide = decide
        // One message for each target of one command line, so it is bounded by that.
        (outbox, outboxInput) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
        var connection = settings.connection
        connection.clientID = "busbar-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        connection.subscriptions = interest.subscriptions(settings.topics)
        connection.lastWill = nil
        connection.session = .clean
        connection.maximumPayload = 1 << 20
        do throws(MQTTError) {
            client = try MQTTClient(configuration: connection, logger: notes.logger)
        } catch {
            throw RemoteError(.unreachable, error.message)
        }
        limit = .now + settings.connectTime
    }

    /// Does the work.
    ///
    /// - Returns: how it ended for each target of a command, in order.
    func run() async throws(RemoteError) -> [RemoteOutcome] {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.client.run() }
            group.addTask { await self.watchLimit() }
            group.addTask { await self.watchFailures() }
            group.addTask { await self.sendCommands() }
            for await event in client.events { await handle(event) }
            group.cancelAll()
        }
        if let failure { throw failure }
        if stage == .connecting || stage == .looking { throw unreachable() }
        return order.map { RemoteOutcome(target: $0, ending: endings[$0] ?? .noAnswer) }
    }

    private func unreachable() -> RemoteError {
        let brokers = settings.connection.brokers.map(\.description).joined(separator: ", ")
        return RemoteError(.unreachable, notes.reason ?? "\(brokers) did not answer in time")
    }

    // MARK: - Limits

    private func watchLimit() async {
        while !Task.isCancelled, stage != .over {
            let until = limit
            try? await Task.sleep(until: until, clock: .continuous)
            if limit <= .now { return await end() }
        }
    }

    /// Gives up early when the broker cannot be reached: a script wants to know.
    private func watchFailures() async {
        for await _ in notes.failures where stage == .connecting {
            try? await Task.sleep(for: Self.graceTime)
            if stage == .connecting { return await end() }
        }
    }

    private func end() async {
        guard stage != .over || failure != nil else { return }
        if stage == .working { stage = .over }
        await client.stop(within: .milliseconds(500))
    }

    private func fail(_ error: RemoteError) async {
        failure = failure ?? error
        await end()
    }

    // MARK: - Events

    private func handle(_ event: MQTTEvent) async {
        switch event {
        case .subscriptionsGranted: await advance()
        case .subscriptionRefused(let subscription, _) where !subscription.isRequired: return
        case .subscriptionRefused(_, let error): await fail(RemoteError(.notAllowed, error.message))
        case .message(let message): await take(message)
        case .connected, .disconnected: return
        }
    }

    /// The broker has taken the subscriptions. Whatever it had kept for the first of them came before it took a second
    /// one, which is how the end of that is known without writing anything.
    private func advance() async {
        switch stage {
        case .connecting:
            stage = .looking
            // One that is not there yet, or the broker would have nothing to grant.
            let topics = settings.topics
            let filter = interest.looksIntoGroups ? topics.sync(agent: "+") : topics.info(agent: "+")
            let next = Subscription(filter, qos: .atMostOnce)
            do throws(MQTTError) {
                try await client.setSubscriptions(interest.subscriptions(settings.topics) + [next])
            } catch {
                await fail(RemoteError(.unreachable, error.message))
            }
        case .looking:
            stage = .working
            do throws(RemoteError) {
                try await start(try decide(fleet))
            } catch {
                await fail(error)
            }
        case .working, .over: return
        }
    }

    private func start(_ work: Work) async throws(RemoteError) {
        switch work {
        case .none: await end()
        case .refresh(let selection, let patience): try await refresh(selection, patience)
        case .watch(let duration): limit = duration.map { .now + $0 } ?? .now + .seconds(1_000_000_000)
        case .command(let targets, let what, let patience):
            guard !fleet.agents.isEmpty, fleet.agents.values.contains(true) else {
                throw RemoteError(.noAgent, "no agent is online below '\(settings.topics.base)' at the broker")
            }
            limit = .now + patience
            self.patience = patience
            order = targets
            let prefix = "cli-\(String(UInt64.random(in: .min ... .max), radix: 36))"
            let expiry = UInt32(clamping: Int64((patience / .seconds(1)).rounded(.up)))
            for (place, target) in targets.enumerated() {
                let id = "\(prefix)-\(place)"
                pending[id] = target
                if what.takesUnknownTime(for: target) {
                    plans.insert("\(id)-plan")
                    send(what.asDryRun, id: "\(id)-plan", to: target, expiry: expiry)
                }
                send(what, id: id, to: target, expiry: expiry)
            }
            if targets.isEmpty { await end() }
        }
    }

    /// The PDUs of which nothing was heard after they were to be read.
    var silentPDUs: [PDUName] { Set(unread.map(\.pdu)).sorted() }

    private func refresh(_ selection: Fleet.Selection, _ patience: Duration) async throws(RemoteError) {
        guard fleet.agents.values.contains(true) else {
            throw RemoteError(.noAgent, "no agent is online below '\(settings.topics.base)' at the broker")
        }
        limit = .now + patience
        unread = Set(selection.outlets)
        let pdus = Set(selection.outlets.map(\.pdu) + selection.pdus).sorted()
        for pdu in pdus {
            outboxInput.yield(("", OutgoingMessage(topic: settings.topics.get(pdu), payload: [])))
        }
        // Loads are published with the outlets that feed them; without an outlet there is nothing to wait for.
        if unread.isEmpty { await end() }
    }

    private func send(_ what: RemoteOrder, id: String, to target: RemoteTarget, expiry: UInt32) {
        let base = settings.topics.base
        let topic =
            switch target {
            case .outlet(let outlet): "\(base)/pdu/\(outlet.pdu)/outlet/\(outlet.outlet)/set"
            case .group(let name): "\(base)/group/\(name)/set"
            case .load(let name): "\(base)/load/\(name)/set"
            }
        let message = OutgoingMessage(
            topic: settings.user.map { settings.topics.own(topic, of: $0) } ?? topic,
            payload: what.payload(id: id),
            properties: MessageProperties(messageExpiryInterval: expiry)
        )
        outboxInput.yield((id, message))
    }

    /// Publishes commands; the broker's refusal ends the waiting for an answer that cannot come.
    private func sendCommands() async {
        await withDiscardingTaskGroup { group in
            for await (id, message) in outbox {
                group.addTask {
                    do throws(MQTTError) {
                        try await self.client.publish(message)
                    } catch {
                        await self.couldNotSend(id, error)
                    }
                }
            }
        }
    }

    private func couldNotSend(_ id: String, _ error: MQTTError) async {
        guard [.notAuthorised, .refused, .invalidMessage].contains(error.code),
            let target = pending.removeValue(forKey: id)
        else { return }
        await finish(target, .notSent(error.message))
    }

    private func finish(_ target: RemoteTarget, _ ending: RemoteOutcome.Ending) async {
        endings[target] = ending
        progress(endings.count, order.count)
        if pending.isEmpty { await end() }
    }

    private func take(_ message: IncomingMessage) async {
        let base = settings.topics.base
        guard let payload = message.payload, message.topic.hasPrefix(base + "/") else { return }
        let levels = message.topic.dropFirst(base.count + 1).split(separator: "/", omittingEmptySubsequences: false)
        if levels.last == "result" { return await takeResult(levels, payload) }
        if message.isRetained, stage == .connecting || stage == .looking {
            // A broker that still tells what it has kept is there: a large fleet's takes longer than any limit for connecting.
            limit = max(limit, .now + settings.connectTime)
        }
        fleet.take(levels, payload)
        if stage == .working, !unread.isEmpty, case .state(let outlet, _)? = Sighting(levels, payload) {
            unread.remove(outlet)
            if unread.isEmpty { await end() }
        }
        guard stage == .working, let sighting = Sighting(levels, payload) else { return }
        see(sighting)
    }

    private func takeResult(_ levels: [Substring], _ payload: [UInt8]) async {
        guard stage == .working, let answer = RemoteAnswer(json: payload) else { return }
        if let id = answer.id, plans.remove(id) != nil {
            limit = max(limit, .now + patience + .seconds(answer.plannedDuration))
            return
        }
        let text = String(decoding: payload, as: UTF8.self)
        see(.result(levels.dropLast().dropFirst().joined(separator: "/"), answer, text: text))
        guard let id = answer.id, let target = pending.removeValue(forKey: id) else { return }
        await finish(target, .answered(answer, text: text))
    }
}
