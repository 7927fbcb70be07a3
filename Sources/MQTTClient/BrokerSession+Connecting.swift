import Dispatch
import Logging
import Synchronization

extension BrokerSession {
    /// Tries the next broker, or sets the time when to do so.
    func connect() {
        guard phase == .running, link == nil else { return }
        clearAlarm()
        while link == nil {
            // A consumer that does not take its events would find ever more of them.
            if events.isBehind { return }
            switch rotation.next(now: now) {
            case .wait(let instant): return setAlarm(after: max(.zero, instant - now))
            case .attempt(let attempt): open(attempt)
            }
        }
    }

    private func open(_ attempt: ConnectionAttempt) {
        do throws(MQTTError) {
            let library = try MosquittoHandle(configuration, for: attempt)
            let result = library.connect(to: attempt.broker, keepAlive: configuration.keepAlive)
            guard result.isSuccess, library.socket >= 0 else {
                let failure = ConnectionFailure(
                    context: FailureContext(configuration, attempt),
                    stage: .reaching,
                    result: result,
                    loggedErrors: library.loggedErrors
                )
                throw failure.error
            }
            let watch = try SocketWatch(
                socket: library.socket,
                queue: executor.queue,
                onReadable: { [weak self] in self?.assumeIsolated { $0.readable() } },
                onWritable: { [weak self] in self?.assumeIsolated { $0.writable() } }
            )
            link = Link(
                attempt: attempt,
                library: library,
                watch: watch,
                configuration: configuration,
                subscriptions: subscriptions,
                now: now
            )
            startTicking()
        } catch {
            // A refusal by this host itself comes so soon that the library has closed the socket, and with it the trace
            // of which address it was; then a name may have another one.
            let isEarly = error.code == .connectionRefused || error.code == .unreachable
            attemptFailed(error, attempt, usedIPv6: isEarly && attempt.broker.isNamed)
        }
    }

    private func attemptFailed(_ error: MQTTError, _ attempt: ConnectionAttempt, usedIPv6: Bool) {
        rotation.failed(error, usedIPv6: usedIPv6, now: now, using: &random)
        statistics.withLock { statistics in
            statistics.failedConnections += 1
            statistics.lastError = error
        }
        let isOldProtocol = attempt.version == .v5 && configuration.protocolChoice == .auto
        if isOldProtocol && error.code == .protocolRefused {
            logger.debug("MQTT: \(error)")
        } else if failures.isNew(error, of: attempt.broker.description) {
            logger.log(level: error.needsAttention ? .error : .warning, "MQTT: \(error)")
        }
    }

    /// The broker has let us in.
    func established(_ link: Link, sessionPresent: Bool, limits: BrokerLimits) {
        link.stage = .established
        link.library.stopLogging()
        link.establishedAt = now
        link.lastReceived = now
        link.limits = limits
        link.window = max(1, min(configuration.maximumInflight, limits.receiveMaximum))
        // With 0 the broker wants no keepalive, and the library sends no pings; we still want to know that it is there.
        if let seconds = limits.keepAlive, seconds > 0 { link.keepAlive = .seconds(seconds) }
        failures.reset()
        statistics.withLock { statistics in
            statistics.isConnected = true
            statistics.connections += 1
            statistics.broker = link.attempt.broker
            statistics.protocolVersion = link.attempt.version
        }
        logger.info("MQTT: connected to \(link.attempt.broker) with MQTT \(link.attempt.version.rawValue)")
        if !limits.keepsRetained {
            logger.error(
                "MQTT: \(link.attempt.broker) does not keep retained messages: states are lost on reconnection"
            )
        }
        note(.connected(sessionPresent: sessionPresent))
        subscribe(link)
    }

    /// A connection or the attempt at one has come to its end.
    func lose(_ link: Link, _ result: LibraryResult) {
        let failure = ConnectionFailure(
            context: FailureContext(configuration, link.attempt),
            stage: link.stage,
            result: result,
            reason: link.reason,
            loggedErrors: link.library.loggedErrors,
            certificateProblem: link.library.certificateProblem
        )
        let error = failure.error
        let usedIPv6 = link.stage == .reaching && link.watch.usesIPv6
        drop(link)
        guard let establishedAt = link.establishedAt else {
            attemptFailed(error, link.attempt, usedIPv6: usedIPv6)
            return phase == .stopping ? end() : connect()
        }
        let lifetime = now - establishedAt
        rotation.lost(after: lifetime, now: now, using: &random)
        statistics.withLock { statistics in
            statistics.isConnected = false
            statistics.isSubscribed = false
            statistics.lastError = error
        }
        // An intended end is no loss.
        if phase == .stopping { return end() }
        logger.warning("MQTT: \(error)")
        let closedByBroker = link.reason == nil && result.code == .connectionLost
        if takeover.connectionLost(after: lifetime, closedByBroker: closedByBroker) {
            logger.error(
                "MQTT: \(link.attempt.broker) keeps closing the connection: probably another client uses the client id '\(configuration.clientID)' too; give each client an id of its own"
            )
        }
        note(.disconnected(error))
        connect()
    }

    /// Lets go of a connection; what was under way is queued again.
    func drop(_ link: Link) {
        ticker?.cancel()
        ticker = nil
        // Watching ends before the library closes its socket with the handle.
        link.watch.cancel()
        self.link = nil
        outbox.restore(link.inflight.values.sorted { $0.sequence < $1.sequence })
        link.inflight = [:]
        publishTally()
    }
}
