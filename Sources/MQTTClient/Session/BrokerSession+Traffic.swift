import Logging
import Synchronization

extension BrokerSession {
    /// How many packets are read before others get their turn on the queue.
    private static let packetsPerTurn = 256
    /// How many windows full of messages are handed over before others get theirs.
    private static let batchesPerTurn = 16
    /// From how many messages on they are gathered into full segments: below that it would only cost two system calls.
    private static let messagesWorthGathering = 4

    /// Something has arrived, or the connection has ended.
    func readable(_ id: UInt64) {
        if contactEnded(id) { return }
        guard let link, link.id == id else { return }
        switch link.stage {
        case .left:
            link.watch.discard()
            if link.watch.isAtEnd { end() }
        case .reaching, .greeting, .established, .leaving:
            read(link)
            settle()
        }
    }

    /// Something can be written, or TCP has been set up.
    func writable(_ id: UInt64) {
        if contactEnded(id) { return }
        guard let link, link.id == id else { return }
        let result = link.library.write()
        process(link)
        // While TLS is being agreed on it is reading that goes on with it, also where it wants to write.
        if result.isSuccess && link.stage == .greeting && link.attempt.broker.usesTLS {
            read(link)
        } else {
            check(link, result)
        }
        settle()
    }

    /// The TCP connection stands.
    func reached(_ link: Link) {
        let result = link.attempt.broker.usesTLS ? link.library.read() : link.library.write()
        process(link)
        check(link, result)
        settle()
    }

    /// Reads all there is, within bounds.
    private func read(_ link: Link) {
        for turn in 0..<Self.packetsPerTurn {
            guard mayRead else { break }
            let available = link.watch.bytesReadable
            if available == 0 && turn > 0 { break }
            let result = link.library.read()
            if available > 0 { link.lastReceived = now }
            process(link)
            check(link, result)
            guard self.link === link, link.stage != .left else { return }
            if available == 0 {
                // The library takes a connection that ends during the TLS handshake for one that is slow.
                if link.watch.isAtEnd { lose(link, .lost) }
                return
            }
        }
        link.watch.acknowledgeNow()
    }

    /// Ends a connection that the library has given up.
    func check(_ link: Link, _ result: LibraryResult) {
        guard self.link === link, !result.isSuccess || link.library.socket < 0 else { return }
        if link.stage == .leaving && result.isSuccess {
            link.stage = .left
            link.watch.finishWriting()
        } else if link.stage != .left {
            lose(link, result)
        }
    }

    /// Handles what the library noted during the last call.
    func process(_ link: Link) {
        for event in link.library.takeEvents() {
            switch event {
            case .greeted(0, let sessionPresent, let limits):
                established(link, sessionPresent: sessionPresent, limits: limits)
            case .greeted(let reason, _, _): link.reason = reason
            case .message(let message):
                tally.received += 1
                note(.message(message))
            case .published(let packet, let reason): published(link, packet, reason)
            case .subscribed(let packet, let reasons): subscribed(link, packet, reasons)
            case .disconnected(let reason):
                if reason >= ReasonCode.failure && link.reason == nil { link.reason = reason }
            }
        }
        if finished.isEmpty { return }
        // Whoever has waited finds statistics that know of it.
        publishTally()
        for (entry, outcome) in finished { outbox.finish(entry, with: outcome) }
        finished.removeAll(keepingCapacity: true)
    }

    private func finish(_ entry: OutgoingQueue.Entry, _ outcome: Outbox.Outcome) {
        if !entry.waiters.isEmpty { finished.append((entry, outcome)) }
    }

    /// Whether the consumer is not too far behind. When stopping it may be gone, and only acknowledgements matter.
    var mayRead: Bool { phase == .stopping || !events.isBehind }

    /// Tells the consumer.
    func note(_ event: MQTTEvent) {
        if phase == .stopping && events.isBehind {
            untaken += 1
            return
        }
        guard events.push(event) else { return }
        tally.suspensions += 1
        logger.debug(
            "MQTT: \(configuration.maximumOutstandingEvents) events wait for the consumer: reading is suspended"
        )
    }

    private func published(_ link: Link, _ packet: Int32, _ reason: Int32) {
        guard let entry = link.inflight.removeValue(forKey: packet) else { return }
        if reason < ReasonCode.failure {
            tally.published += 1
            refusals.succeeded(entry.message.topic)
            finish(entry, .success(()))
        } else {
            refuse(entry, ReasonCode.refusedPublish(reason, topic: entry.message.topic))
        }
    }

    private func refuse(_ entry: OutgoingQueue.Entry, _ error: MQTTError) {
        tally.refused += 1
        finish(entry, .failure(error))
        if refusals.isNew(error, of: entry.message.topic) { logger.error("MQTT: \(error)") }
        statistics.withLock { $0.lastError = error }
    }

    /// Hands over what waits, as far as the broker takes more, and watches for what can happen next.
    func settle() {
        if let link, link.stage == .established {
            handOver(link)
            tellDrops()
            if self.link === link, subscriptions.hasDue { subscribe(link) }
        }
        publishTally()
        guard let link else { return }
        if phase == .stopping { leaveWhenDone(link) }
        guard self.link === link else { return }
        if link.stage == .left {
            link.watch.watchesWriting = false
            link.watch.watchesReading = true
        } else {
            link.watch.watchesWriting = link.library.wantsToWrite
            link.watch.watchesReading = mayRead
        }
    }

    private func handOver(_ link: Link) {
        var entries: [OutgoingQueue.Entry] = []
        defer { link.watch.gathersSegments = false }
        for _ in 0..<Self.batchesPerTurn {
            guard self.link === link, link.inflight.count < link.window else { return }
            entries.removeAll(keepingCapacity: true)
            outbox.take(upTo: link.window - link.inflight.count, into: &entries)
            if entries.isEmpty { return }
            if entries.count >= Self.messagesWorthGathering { link.watch.gathersSegments = true }
            var result = LibraryResult.success
            for (index, entry) in entries.enumerated() {
                result = send(entry, link)
                if result.isSuccess { continue }
                outbox.restore(Array(entries[(index + 1)...]))
                break
            }
            // Messages of QoS 0 are done when they have been written, which makes room for more.
            process(link)
            check(link, result)
        }
        outboxFilled()
    }

    /// Whether a message says of us what the broker's last word, the last will, has put right since: that we are there,
    /// before we can be reached on this connection.
    private func isOutdated(_ message: OutgoingMessage, _ link: Link) -> Bool {
        phase == .running && !link.wasGranted && message.topic == configuration.lastWill?.topic
    }

    private func send(_ entry: OutgoingQueue.Entry, _ link: Link) -> LibraryResult {
        if isOutdated(entry.message, link) {
            let words = "nothing is said on the last will's topic before the broker has granted the subscriptions"
            finish(entry, .failure(MQTTError(.dropped, words)))
            return .success
        }
        if entry.message.encodedSize > link.limits.maximumPacketSize {
            let limit = link.limits.maximumPacketSize
            let topic = entry.message.topic
            refuse(
                entry,
                MQTTError(.refused, "a message to '\(topic)' is longer than the \(limit) bytes the broker takes")
            )
            return .success
        }
        let (packet, result) = link.library.publish(entry.message, qos: min(entry.message.qos, link.limits.maximumQoS))
        if result.isSuccess || !result.blamesMessage {
            // Also when the connection is gone: it is queued again with all that is under way.
            link.inflight[packet] = entry
            return result
        }
        refuse(entry, MQTTError(.invalidMessage, "a message to '\(Topic.shown(entry.message.topic))' cannot be sent"))
        return .success
    }

    /// Takes retained messages back, as far as the broker cannot have them yet.
    func withdraw(_ topics: [String], notice: OutgoingMessage) {
        outbox.withdraw(topics)
        guard let link else { return }
        let withdrawn = Set(topics)
        var isLate = false
        for (packet, entry) in link.inflight
        where entry.message.isRetained && entry.waiters.isEmpty && withdrawn.contains(entry.message.topic) {
            link.inflight[packet]?.isWithdrawn = true
            isLate = true
        }
        guard isLate else { return }
        // A client that was stopped has no more to say.
        _ = try? outbox.enqueue(notice)
        settle()
    }

    private func tellDrops() {
        let dropped = outbox.counts.dropped
        let told = toldDrops
        guard dropped > told else { return }
        toldDrops = dropped
        logger.warning("MQTT: \(dropped - told) messages were dropped because too many waited for the broker")
    }
}
