import Logging
import Synchronization

extension BrokerSession {
    /// Twice a second.
    func tick() {
        if let approach, now >= approach.deadline { return approachTimedOut(approach) }
        guard let link else { return }
        switch link.stage {
        case .reaching, .greeting:
            if now >= link.deadline { lose(link, LibraryResult(code: .keepAliveMissed, systemError: 0)) }
        case .established:
            subscribe(link)
            guard self.link === link else { return }
            keepAlive(link)
            settle()
        case .leaving, .left: break
        }
    }

    private func keepAlive(_ link: Link) {
        if !mayRead || link.watch.bytesReadable > 0 { return showLife(link) }
        // A dead connection is noticed within twice the keepalive, this tick included.
        if now - link.lastReceived >= link.keepAlive * 2 - .milliseconds(600) {
            return lose(link, LibraryResult(code: .keepAliveMissed, systemError: 0))
        }
        // The answer to a ping comes after those to what the broker was asked before, which may take a busy one longer than the
        // library waits for it.
        if link.limits.keepAlive == 0 || subscriptions.isWaiting { return showLife(link) }
        let result = link.library.keepAlive()
        process(link)
        check(link, result)
    }

    /// Stands in for the library's pings: while nothing is read, or answers are late, it would take the broker for dead. The
    /// broker hears from us, and answers, in another way: nobody has this subscription.
    private func showLife(_ link: Link) {
        guard now - link.lastSignOfLife >= link.keepAlive / 2 else { return }
        link.lastSignOfLife = now
        check(link, link.library.unsubscribe(from: ["keepalive"]))
    }

    /// Asks for the subscriptions that are due.
    func subscribe(_ link: Link) {
        for wanted in subscriptions.due(now: now) {
            let (packet, result) = link.library.subscribe(to: wanted)
            guard result.isSuccess else { return check(link, result) }
            subscriptions.asked(for: wanted, packet: packet, now: now)
        }
        tellWhenGranted(link)
    }

    /// The broker has answered. What it may be asked for next follows when what waits to be sent has been handed over.
    func subscribed(_ link: Link, _ packet: Int32, _ reasons: [Int32]) {
        let answers = subscriptions.answered(
            packet: packet,
            // An answer with nothing in it is a refusal.
            reasons: reasons.isEmpty ? [ReasonCode.failure] : reasons,
            now: now,
            roundTrip: link.watch.roundTrip,
            using: &random
        )
        for (subscription, reason, refusals) in answers {
            if reason < ReasonCode.failure {
                failures.succeeded("subscription \(subscription.filter)")
            } else {
                refused(subscription, reason, inARow: refusals)
            }
        }
        tellWhenGranted(link)
    }

    private func refused(_ subscription: Subscription, _ reason: Int32, inARow refusals: Int) {
        if reason == ReasonCode.failure && refusals < SubscriptionLedger.refusalsToBelieve {
            logger.debug("MQTT: the broker refused the subscription to '\(subscription.filter)'; it is asked again")
            return
        }
        let error = ReasonCode.refusedSubscription(reason, filter: subscription.filter)
        statistics.withLock { $0.lastError = error }
        guard failures.isNew(error, of: "subscription \(subscription.filter)") else { return }
        if subscription.isRequired {
            logger.error("MQTT: \(error)")
        } else {
            logger.warning("MQTT: \(error); everything else works without it, and it is asked for again")
        }
        note(.subscriptionRefused(subscription, error))
    }

    private func tellWhenGranted(_ link: Link) {
        guard !link.hasToldGranted, subscriptions.isComplete else { return }
        link.hasToldGranted = true
        link.wasGranted = true
        statistics.withLock { $0.isSubscribed = true }
        note(.subscriptionsGranted)
    }

    /// Changes all of what is received, on this connection and all later ones.
    func setSubscriptions(_ wanted: [Subscription]) {
        changed(removing: subscriptions.replace(with: wanted))
    }

    /// Changes a part of what is received, on this connection and all later ones.
    func changeSubscriptions(adding wanted: [Subscription], removing filters: [String]) {
        changed(removing: subscriptions.change(adding: wanted, removing: filters))
    }

    private func changed(removing unwanted: [String]) {
        guard let link, link.stage == .established else { return }
        link.hasToldGranted = false
        statistics.withLock { $0.isSubscribed = false }
        for start in stride(from: 0, to: unwanted.count, by: SubscriptionLedger.together) {
            let result = link.library.unsubscribe(from: Array(unwanted[start...].prefix(SubscriptionLedger.together)))
            guard result.isSuccess else { return check(link, result) }
        }
        subscribe(link)
        settle()
    }
}
