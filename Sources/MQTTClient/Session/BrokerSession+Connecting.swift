internal import HostNames
import Logging
import Synchronization

extension BrokerSession {
    /// Tries the next broker, or sets the time when to do so.
    func connect() {
        guard phase == .running else { return }
        while link == nil && approach == nil {
            clearAlarm()
            // A consumer that does not take its events would find ever more of them.
            if events.isBehind { return }
            switch rotation.next(now: now) {
            case .wait(let instant): return setAlarm(after: max(.zero, instant - now))
            case .attempt(let attempt): begin(attempt)
            }
        }
    }

    private func newID() -> UInt64 {
        lastID += 1
        return lastID
    }

    private func begin(_ attempt: ConnectionAttempt) {
        let approach = Approach(id: newID(), attempt: attempt, now: now, limit: configuration.connectTimeout)
        self.approach = approach
        startTicking()
        guard attempt.broker.isNamed else {
            approach.race = AddressRace([attempt.broker.host])
            return advance(approach)
        }
        let id = approach.id
        approach.ticket = names.lookUp(attempt.broker.host) { [weak self] answer in
            self?.onLoop("MQTT: connecting") { $0.lookedUp(id, answer) }
        }
    }

    private func lookedUp(_ id: UInt64, _ answer: HostNames.Answer) {
        guard let approach, approach.id == id else { return }
        approach.ticket = nil
        switch answer {
        case .success(let addresses):
            approach.race = AddressRace(addresses)
            advance(approach)
        case .failure(let failure):
            let result = LibraryResult(code: .nameLookup, systemError: failure.code)
            give(up: approach, with: reachingError(approach.attempt, result))
        }
        goOn()
    }

    /// Begins what is to be begun.
    func advance(_ approach: Approach) {
        while self.approach === approach {
            switch approach.race.next(now: now - approach.start) {
            case .begin(let address): contact(address, approach)
            case .wait(let instant): return setAlarm(after: max(.zero, approach.start + instant - now))
            case .waitForThose: return clearAlarm()
            case .over: give(up: approach, with: approach.error)
            }
        }
    }

    /// A library object on its way to the loop, which nobody else knows.
    private struct Begun: @unchecked Sendable {
        let result: Result<MosquittoHandle, MQTTError>
    }

    private func contact(_ address: String, _ approach: Approach) {
        let attempt = approach.attempt
        guard attempt.broker.usesTLS else {
            return begun(Self.begin(attempt, at: address, configuration), at: address, approach)
        }
        // With TLS the library reads files, which may block.
        approach.beginning.insert(address)
        OneThread.run { [configuration, id = approach.id, weak self] in
            let begun = Begun(result: Self.begin(attempt, at: address, configuration))
            self?.onLoop("MQTT: connecting") { session in
                guard let approach = session.approach, approach.id == id else { return }
                approach.beginning.remove(address)
                session.begun(begun.result, at: address, approach)
                session.advance(approach)
                session.goOn()
            }
        }
    }

    /// Has the library begin to connect.
    private static func begin(
        _ attempt: ConnectionAttempt,
        at address: String,
        _ configuration: MQTTConfiguration
    ) -> Result<MosquittoHandle, MQTTError> {
        Result { () throws(MQTTError) in
            let library = try MosquittoHandle(configuration, for: attempt, at: address)
            let result = library.connect(to: attempt.broker, keepAlive: configuration.keepAlive)
            guard result.isSuccess, library.socket >= 0 else {
                throw reachingError(attempt, result, configuration, library)
            }
            return library
        }
    }

    private func begun(_ result: Result<MosquittoHandle, MQTTError>, at address: String, _ approach: Approach) {
        do throws(MQTTError) {
            let library = try result.get()
            // It belongs to this connection alone: what a socket tells after its end is not for the one that follows.
            let id = newID()
            let watch = try SocketWatch(
                socket: library.socket,
                onReadable: { [weak self] in self?.assumeIsolated { $0.readable(id) } },
                onWritable: { [weak self] in self?.assumeIsolated { $0.writable(id) } }
            )
            approach.contacts[id] = Approach.Contact(address: address, library: library, watch: watch)
        } catch {
            // A broker close by may have answered the handshake already, and what is wrong with our files is so at every
            // address: the others would only hide it.
            if error.needsAttention || error.code == .closedBeforeAnswer { return give(up: approach, with: error) }
            approach.failures.append((address, error))
            approach.race.failed(address)
        }
    }

    /// A connection to one of the addresses stands, or has come to nothing.
    ///
    /// - Returns: whether the number is that of such a connection.
    func contactEnded(_ id: UInt64) -> Bool {
        guard let approach, let contact = approach.contacts.removeValue(forKey: id) else { return false }
        let error = contact.watch.takeConnectError()
        guard error == 0 else {
            contact.watch.cancel()
            let result = LibraryResult(code: .systemError, systemError: error)
            approach.failures.append((contact.address, reachingError(approach.attempt, result)))
            approach.race.failed(contact.address)
            advance(approach)
            goOn()
            return true
        }
        let link = Link(approach, contact, id: id, configuration: configuration, now: now)
        subscriptions.begin()
        end(approach)
        startTicking()
        self.link = link
        reached(link)
        return true
    }

    /// The broker's time is over before one of its addresses has answered.
    func approachTimedOut(_ approach: Approach) {
        let error: MQTTError
        if approach.ticket != nil {
            error = MQTTError(
                .hostNotFound,
                "the name server does not answer for the broker's host '\(approach.attempt.broker.host)'"
            )
        } else {
            let result = LibraryResult(code: .keepAliveMissed, systemError: 0)
            for address in approach.contacts.values.map(\.address) + approach.beginning {
                approach.failures.append((address, reachingError(approach.attempt, result)))
            }
            error = approach.error
        }
        give(up: approach, with: error)
        goOn()
    }

    private func give(up approach: Approach, with error: MQTTError) {
        end(approach)
        attemptFailed(error, approach.attempt)
    }

    /// Lets go of what was begun.
    func end(_ approach: Approach) {
        clearAlarm()
        stopTicking()
        if let ticket = approach.ticket { names.giveBack(ticket) }
        for contact in approach.contacts.values { contact.watch.cancel() }
        approach.contacts = [:]
        if self.approach === approach { self.approach = nil }
    }

    private func goOn() {
        guard link == nil, approach == nil else { return }
        if phase == .stopping { end() } else { connect() }
    }

    private func reachingError(_ attempt: ConnectionAttempt, _ result: LibraryResult) -> MQTTError {
        Self.reachingError(attempt, result, configuration)
    }

    private static func reachingError(
        _ attempt: ConnectionAttempt,
        _ result: LibraryResult,
        _ configuration: MQTTConfiguration,
        _ library: MosquittoHandle? = nil
    ) -> MQTTError {
        ConnectionFailure(
            context: FailureContext(configuration, attempt),
            stage: .reaching,
            result: result,
            loggedErrors: library?.loggedErrors ?? [],
            certificateProblem: library?.certificateProblem
        )
        .error
    }

    private func attemptFailed(_ error: MQTTError, _ attempt: ConnectionAttempt) {
        rotation.failed(error, now: now, using: &random)
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
        hasSpoken.insert(link.attempt.broker)
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
            context: FailureContext(
                configuration,
                link.attempt,
                hasSpoken: hasSpoken.contains(link.attempt.broker)
            ),
            stage: link.stage,
            result: result,
            reason: link.reason,
            loggedErrors: link.library.loggedErrors,
            certificateProblem: link.library.certificateProblem
        )
        let error = failure.error
        drop(link)
        guard let establishedAt = link.establishedAt else {
            attemptFailed(error, link.attempt)
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
        stopTicking()
        // Watching ends before the library closes its socket with the handle.
        link.watch.cancel()
        self.link = nil
        outbox.restore(link.inflight.values.filter { !$0.isWithdrawn }.sorted { $0.sequence < $1.sequence })
        link.inflight = [:]
        publishTally()
    }
}
