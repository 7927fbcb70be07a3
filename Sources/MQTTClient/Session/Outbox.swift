import DequeModule
import Synchronization

/// What is to be published and who waits for it, between any number of publishers and the one broker session.
final class Outbox: Sendable {
    typealias Outcome = Result<Void, MQTTError>
    /// Is told once how a message ended; must not wait.
    typealias Waiter = @Sendable (Outcome) -> Void

    private struct State {
        var queue: OutgoingQueue
        var waiters: [UInt64: Waiter] = [:]
        var nextWaiter: UInt64 = 0
        /// Whether the session has nothing to do and room for more, and so must be told of the next message.
        var wantsWake = false
        var isClosed = false
        var dropped: UInt64 = 0
        var coalesced: UInt64 = 0
    }

    struct Counts: Sendable {
        var queued: Int
        var dropped: UInt64
        var coalesced: UInt64
    }

    private let state: Mutex<State>

    init(maximumTopics: Int, maximumOthers: Int) {
        state = Mutex(State(queue: OutgoingQueue(maximumTopics: maximumTopics, maximumOthers: maximumOthers)))
    }

    var counts: Counts {
        state.withLock { Counts(queued: $0.queue.count, dropped: $0.dropped, coalesced: $0.coalesced) }
    }

    var isEmpty: Bool { state.withLock { $0.queue.count == 0 } }

    /// Queues a message that nobody waits for.
    ///
    /// - Returns: whether the session must be woken.
    func enqueue(_ message: OutgoingMessage) throws(MQTTError) -> Bool {
        try message.validate()
        let (mustWake, orphans) = try state.withLock { state throws(MQTTError) in
            try Self.append(message, waiter: nil, to: &state)
        }
        resume(orphans, with: .failure(Self.droppedError))
        return mustWake
    }

    /// Queues a message and has somebody told how it ended.
    ///
    /// - Returns: whether the session must be woken.
    func enqueue(_ message: OutgoingMessage, whenDone waiter: @escaping Waiter) throws(MQTTError) -> Bool {
        try message.validate()
        let (mustWake, orphans) = try state.withLock { state throws(MQTTError) in
            state.nextWaiter += 1
            let id = state.nextWaiter
            let result = try Self.append(message, waiter: id, to: &state)
            state.waiters[id] = waiter
            return result
        }
        resume(orphans, with: .failure(Self.droppedError))
        return mustWake
    }

    /// Queues a message and waits for its end.
    func publish(_ message: OutgoingMessage, wake: @Sendable () -> Void) async throws(MQTTError) {
        try message.validate()
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let outcome: Outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                start(message, id, continuation, wake)
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?(.failure(Self.cancelledError))
        }
        try outcome.get()
    }

    private func start(
        _ message: OutgoingMessage,
        _ id: UInt64,
        _ continuation: CheckedContinuation<Outcome, Never>,
        _ wake: @Sendable () -> Void
    ) {
        do throws(MQTTError) {
            let (mustWake, orphans) = try state.withLock { state throws(MQTTError) in
                // Checked under the lock: the cancellation handler finds the waiter only from here on.
                if Task.isCancelled { throw Self.cancelledError }
                let result = try Self.append(message, waiter: id, to: &state)
                state.waiters[id] = { continuation.resume(returning: $0) }
                return result
            }
            resume(orphans, with: .failure(Self.droppedError))
            if mustWake { wake() }
        } catch {
            continuation.resume(returning: .failure(error))
        }
    }

    private static func append(
        _ message: OutgoingMessage,
        waiter: UInt64?,
        to state: inout State
    ) throws(MQTTError) -> (mustWake: Bool, orphans: [Waiter]) {
        if state.isClosed {
            throw MQTTError(.stopped, "cannot publish to '\(message.topic)': the MQTT client has been stopped")
        }
        var orphans: [Waiter] = []
        switch try state.queue.append(message, waiter: waiter) {
        case .queued: break
        case .coalesced: state.coalesced += 1
        case .queuedDropping(let entry):
            state.dropped += 1
            orphans = entry.waiters.compactMap { state.waiters.removeValue(forKey: $0) }
        }
        let mustWake = state.wantsWake
        state.wantsWake = false
        return (mustWake, orphans)
    }

    /// Takes back retained messages that wait for these topics.
    func withdraw(_ topics: [String]) {
        state.withLock { state in
            for topic in topics { state.queue.withdraw(topic) }
        }
    }

    /// Gives the session up to so many messages, and wakes it for the next one when there were fewer.
    func take(upTo count: Int, into entries: inout [OutgoingQueue.Entry]) {
        state.withLock { state in
            while entries.count < count, let entry = state.queue.popFirst() { entries.append(entry) }
            state.wantsWake = entries.count < count
        }
    }

    /// Takes messages back whose fate is unknown.
    func restore(_ entries: [OutgoingQueue.Entry]) {
        let orphans = state.withLock { state in
            state.wantsWake = false
            let dropped = state.queue.restore(entries)
            state.dropped += UInt64(dropped.count)
            return dropped.flatMap(\.waiters).compactMap { state.waiters.removeValue(forKey: $0) }
        }
        resume(orphans, with: .failure(Self.droppedError))
    }

    /// Tells those who wait how a message ended.
    func finish(_ entry: OutgoingQueue.Entry, with outcome: Outcome) {
        if entry.waiters.isEmpty { return }
        let waiters = state.withLock { state in
            entry.waiters.compactMap { state.waiters.removeValue(forKey: $0) }
        }
        resume(waiters, with: outcome)
    }

    /// Takes some last messages and no more after them. Bad ones, and those there is no room for, are left out.
    func close(after last: [OutgoingMessage]) {
        let orphans = state.withLock { state in
            var orphans: [Waiter] = []
            for message in last {
                if (try? message.validate()) == nil { continue }
                orphans += (try? Self.append(message, waiter: nil, to: &state).orphans) ?? []
            }
            state.isClosed = true
            state.wantsWake = false
            return orphans
        }
        resume(orphans, with: .failure(Self.droppedError))
    }

    /// Gives up everything.
    ///
    /// - Returns: how many messages were still queued.
    func abandon(with error: MQTTError) -> Int {
        let (count, waiters) = state.withLock { state in
            state.isClosed = true
            defer {
                state.queue.removeAll()
                state.waiters = [:]
            }
            return (state.queue.count, Array(state.waiters.values))
        }
        resume(waiters, with: .failure(error))
        return count
    }

    private func resume(_ waiters: [Waiter], with outcome: Outcome) {
        for waiter in waiters { waiter(outcome) }
    }

    private static let droppedError = MQTTError(
        .dropped,
        "the message was dropped: too many wait for the broker, and newer ones came"
    )
    private static let cancelledError = MQTTError(.cancelled, "nobody waits for the message any more")
}
