import Logging

extension BrokerSession {
    /// Publishes some last messages and the last will, waits for the broker to have everything, says goodbye.
    func stop(publishing messages: [OutgoingMessage], within limit: Duration) async {
        beginStop(publishing: messages, within: limit)
        await untilEnd()
    }

    /// The same without waiting for the end.
    nonisolated func requestStop(within limit: Duration) {
        onLoop("MQTT: stopping") { $0.beginStop(publishing: [], within: limit) }
    }

    private func beginStop(publishing messages: [OutgoingMessage], within limit: Duration) {
        switch phase {
        case .idle: end()
        case .running:
            phase = .stopping
            outbox.close(after: messages + [configuration.lastWill?.message].compactMap(\.self))
            guard let link, link.stage == .established else { return end() }
            setAlarm(after: limit)
            settle()
        case .stopping, .ended: break
        }
    }

    func leaveWhenDone(_ link: Link) {
        guard link.stage == .established, link.inflight.isEmpty, outbox.isEmpty else { return }
        leave(link, reason: 0)
    }

    private func leave(_ link: Link, reason: Int32) {
        link.stage = .leaving
        // The broker should need a moment only to close its end.
        setAlarm(after: .seconds(1))
        let result = link.library.disconnect(reason: reason)
        _ = link.library.takeEvents()
        check(link, result)
    }

    /// The broker was too slow.
    func stopTimedOut() {
        guard let link, link.stage == .established else { return end() }
        logger.warning("MQTT: the broker has not acknowledged everything in time; leaving all the same")
        // The last will may be among what it did not get, so it is to publish that itself: with MQTT 5 it can be asked
        // to, with 3.1.1 it does when the connection just ends.
        guard link.attempt.version == .v5 else { return end() }
        leave(link, reason: 4)
        settle()
    }
}
