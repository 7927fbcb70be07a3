import Glibc
internal import Loop
import Synchronization

extension SNMPEngine {
    /// Carries out a request; ends at once when the task is cancelled.
    nonisolated func perform(
        _ operation: Operation,
        session: UInt64,
        retries: Int,
        timeout: Duration,
        mayLeave: (@Sendable () -> Bool)?,
        errors: ErrorText
    ) async -> Exchange.Outcome {
        let ticket = Ticket(nextToken())
        return await withTaskCancellationHandler {
            // Made here and not on the executor: the answer then goes straight to the waiting task.
            await withCheckedContinuation { continuation in
                onExecutor { engine in
                    if ticket.isCancelled { return continuation.resume(returning: .failure(errors.cancelled)) }
                    guard let state = engine.sessions[session] else {
                        return continuation.resume(returning: .failure(errors.closed))
                    }
                    let exchange = Exchange(
                        token: ticket.token,
                        session: state,
                        operation: operation,
                        timeout: timeout.nanoseconds,
                        retries: retries,
                        mayLeave: mayLeave,
                        continuation: continuation
                    )
                    engine.submit(exchange)
                }
            }
        } onCancel: {
            ticket.cancel()
            onExecutor { $0.cancel(ticket) }
        }
    }

    private func submit(_ exchange: Exchange) {
        let session = exchange.session
        exchanges[exchange.token] = exchange
        if session.hasRoom {
            begin(exchange)
        } else if session.waiting.count < SessionState.maximumWaiting {
            session.waiting.append(exchange)
        } else {
            finish(exchange, .failure(session.errors.overloaded))
        }
    }

    private func cancel(_ ticket: Ticket) {
        guard let exchange = exchanges[ticket.token] else { return }
        finish(exchange, .failure(exchange.session.errors.cancelled))
    }

    /// Starts an exchange, or has it wait until the device's version 3 engine has said who it is.
    private func begin(_ exchange: Exchange) {
        let session = exchange.session
        exchange.isStarted = true
        session.active[exchange.token] = exchange
        if session.needsDiscovery {
            wait(exchange, exchange.patience)
            if session.discovery == nil { discoverEngine(of: session, asPatientlyAs: exchange) }
        } else {
            transmit(exchange)
        }
    }

    private func discoverEngine(of session: SessionState, asPatientlyAs exchange: Exchange) {
        let discovery = Exchange(
            token: nextToken(),
            session: session,
            operation: nil,
            timeout: exchange.timeout,
            retries: exchange.retries,
            continuation: nil
        )
        session.discovery = discovery
        exchanges[discovery.token] = discovery
        transmit(discovery)
    }

    /// Sends one try.
    func transmit(_ exchange: Exchange) {
        let session = exchange.session
        let recipient = session.recipient(for: exchange.operation)
        if exchange.requestID == 0 || recipient.version == .v3 {
            // Version 3 numbers each try anew; answers to earlier ones count all the same.
            let id = newWireID()
            if exchange.requestID == 0 { exchange.requestID = id }
            exchange.wireIDs.append(id)
            exchangesOnTheWire[id] = exchange
        }
        exchange.candidate = 0
        var outcome = send(exchange, recipient)
        // An address that cannot be reached at all costs no time.
        while case .failed? = outcome, exchange.candidate + 1 < session.candidates.count {
            exchange.candidate += 1
            outcome = send(exchange, recipient)
        }
        guard let outcome else { return finish(exchange, .failure(session.errors.tooLong)) }
        switch exchange.progress.sendEnded(outcome) {
        case .forAnswer: waitForAnswer(exchange)
        case .forRoom: wait(exchange, DeadlineWheel.tickLength)
        case .notAtAll(let number): finish(exchange, .failure(session.errors.notSent(number)))
        case .overdue(afterTry: false): finish(exchange, .failure(session.errors.overdue))
        case .overdue(afterTry: true): giveUp(exchange)
        }
    }

    /// Sends the current try to one of the device's addresses; nothing when it does not fit into a datagram.
    private func send(_ exchange: Exchange, _ recipient: MessageCodec.Recipient) -> UDPSocket.SendOutcome? {
        let session = exchange.session
        let address = session.candidates[exchange.candidate]
        guard let socket = socket(session.socketIndex(address)), let codec else { return .failed(EBADF) }
        return codec.withMessage(
            exchange.operation,
            for: recipient,
            requestID: exchange.requestID,
            messageID: exchange.wireIDs.last ?? exchange.requestID
        ) { message in
            // The last look before the datagram is the system's.
            if let mayLeave = exchange.mayLeave, !mayLeave() { return .overdue }
            return socket.send(message, to: address)
        }
    }

    /// How long an address is waited for before the next is asked as well (RFC 8305).
    private static let stagger: UInt64 = 250_000_000

    private func waitForAnswer(_ exchange: Exchange) {
        // A write goes to one address only: who knows that they are all the same device's?
        let hasAnother =
            exchange.operation?.isWrite != true && exchange.candidate + 1 < exchange.session.candidates.count
        wait(exchange, hasAnother ? min(exchange.timeout, Self.stagger) : exchange.timeout)
    }

    /// Asks the next of the device's addresses the same, when there is one and nothing has answered yet.
    ///
    /// - Returns: whether there was.
    private func askElsewhere(_ exchange: Exchange) -> Bool {
        let session = exchange.session
        guard exchange.operation?.isWrite != true, !exchange.wireIDs.isEmpty,
            exchange.candidate + 1 < session.candidates.count
        else { return false }
        exchange.candidate += 1
        if case .sent? = send(exchange, session.recipient(for: exchange.operation)) {
            waitForAnswer(exchange)
            return true
        }
        return askElsewhere(exchange)
    }

    private func wait(_ exchange: Exchange, _ nanoseconds: UInt64) {
        if let deadline = exchange.deadline { deadlines.remove(deadline) }
        let now = Loop.now
        exchange.deadline = deadlines.add(exchange.token, at: now &+ nanoseconds, now: now)
        wakeForDeadlines()
    }

    /// A try was not answered in time.
    func waitEnded(_ exchange: Exchange) {
        if exchange.isHeld { return giveUp(exchange) }
        if askElsewhere(exchange) { return }
        switch exchange.progress.waitEnded() {
        case .send: transmit(exchange)
        case .giveUp: giveUp(exchange)
        }
    }

    private func giveUp(_ exchange: Exchange) {
        let session = exchange.session
        // The device may have been exchanged, or have lost its clock, in a way that it does not tell.
        session.needsDiscovery = session.user != nil
        let asked = exchange.isHeld ? session.discovery ?? exchange : exchange
        let error = session.errors.silence(
            tries: max(1, asked.progress.triesMade),
            timeout: asked.timeout,
            heardNonsense: exchange.heardNonsense,
            engineAnswered: asked.operation != nil && session.hasOnlyTheEngineAnswered
        )
        if asked.operation == nil { session.hasOnlyTheEngineAnswered = false }
        finish(exchange, .failure(error))
    }

    /// Ends an exchange, and starts the next that waits for the device.
    func finish(_ exchange: Exchange, _ outcome: Exchange.Outcome) {
        let session = exchange.session
        guard exchanges.removeValue(forKey: exchange.token) != nil else { return }
        for id in exchange.wireIDs { exchangesOnTheWire.removeValue(forKey: id) }
        if let deadline = exchange.deadline { deadlines.remove(deadline) }
        if exchange.operation == nil {
            session.discovery = nil
            return discoveryEnded(exchange, outcome)
        }
        if exchange.isStarted {
            session.active.removeValue(forKey: exchange.token)
        } else {
            session.waiting.removeAll { $0 === exchange }
        }
        exchange.complete(outcome)
        if session.hasRoom, !session.waiting.isEmpty { begin(session.waiting.removeFirst()) }
    }

    private func discoveryEnded(_ discovery: Exchange, _ outcome: Exchange.Outcome) {
        let session = discovery.session
        let held = session.active.values.filter(\.isHeld)
        switch outcome {
        case .success:
            session.needsDiscovery = false
            for exchange in held { transmit(exchange) }
        case .failure(let error):
            let canWaitLonger = error.code == .noAnswer || error.code == .badReply
            for exchange in held where !canWaitLonger || exchange.patience <= discovery.patience {
                finish(exchange, .failure(error))
            }
            // Whoever has more patience than the one that asked goes on asking.
            let patient = session.active.values.filter(\.isHeld).max { $0.patience < $1.patience }
            if session.discovery == nil, let patient { discoverEngine(of: session, asPatientlyAs: patient) }
        }
    }

    /// Ends a session and everything that it was asked.
    func end(session id: UInt64) {
        guard let session = sessions.removeValue(forKey: id) else { return }
        engineIDs.release(session: id)
        let waiting = session.waiting
        session.waiting = []
        let discovery = session.discovery
        for exchange in waiting + Array(session.active.values) {
            finish(exchange, .failure(session.errors.closed))
        }
        if let discovery { finish(discovery, .failure(session.errors.closed)) }
    }

    /// A number for a request or message that no other has, from 1 to 2^31 - 1, not to be guessed.
    private func newWireID() -> Int32 {
        while true {
            if randomIDs.isEmpty {
                // One call of the system for 64, the most that it gives.
                randomIDs = [Int32](unsafeUninitializedCapacity: 64) { numbers, count in
                    guard let room = numbers.baseAddress, getentropy(room, 256) == 0 else { return }
                    count = 64
                }
            }
            let id = (randomIDs.popLast() ?? .random(in: 1...Int32.max)) & .max
            if id > 0, exchangesOnTheWire[id] == nil { return id }
        }
    }
}

extension Duration {
    /// The duration in whole nanoseconds; 0 for negative ones.
    fileprivate var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(seconds) &* 1_000_000_000 &+ UInt64(attoseconds / 1_000_000_000)
    }
}

/// Identifies a request between the task that waits for it and the executor that carries it out.
final class Ticket: Sendable {
    let token: UInt64
    private let isCancelledFlag = Atomic(false)

    init(_ token: UInt64) {
        self.token = token
    }

    /// Whether the waiting task was cancelled, perhaps before the request reached the executor.
    var isCancelled: Bool { isCancelledFlag.load(ordering: .acquiring) }

    func cancel() {
        isCancelledFlag.store(true, ordering: .releasing)
    }
}
