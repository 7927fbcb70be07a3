import DequeModule
import Synchronization

/// Events on their way from the broker session to the one consumer. It never drops any: when the consumer is behind,
/// the session stops reading from the broker until half of them have been taken.
final class EventBuffer: Sendable {
    private struct State {
        var events: Deque<MQTTEvent> = []
        var consumer: (id: UInt64, continuation: CheckedContinuation<MQTTEvent?, Never>)?
        var nextConsumer: UInt64 = 0
        var isBehind = false
        var isFinished = false
    }

    private enum Step {
        case event(MQTTEvent?, isRelieved: Bool)
        case wait
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: how many events may wait before the session stops reading.
    init(limit: Int) { self.limit = limit }

    /// Whether the consumer is so far behind that nothing more may be read.
    var isBehind: Bool { state.withLock { $0.isBehind } }

    /// Adds an event.
    ///
    /// - Returns: whether the consumer has fallen behind by it.
    @discardableResult
    func push(_ event: MQTTEvent) -> Bool {
        let (consumer, fellBehind) = state.withLock { state -> (CheckedContinuation<MQTTEvent?, Never>?, Bool) in
            if state.isFinished { return (nil, false) }
            if let consumer = state.consumer {
                state.consumer = nil
                return (consumer.continuation, false)
            }
            state.events.append(event)
            let fellBehind = !state.isBehind && state.events.count >= limit
            if fellBehind { state.isBehind = true }
            return (nil, fellBehind)
        }
        consumer?.resume(returning: event)
        return fellBehind
    }

    /// Ends the sequence behind what is in it.
    func finish() {
        let consumer = state.withLock { state in
            state.isFinished = true
            defer { state.consumer = nil }
            return state.consumer
        }
        consumer?.continuation.resume(returning: nil)
    }

    /// The next event; nothing at the end, when the task is cancelled, or when somebody else waits already.
    ///
    /// - Parameter onRelief: called when a consumer that was behind has caught up.
    func next(
        isolation: isolated (any Actor)?,
        onRelief: @Sendable () -> Void
    ) async -> MQTTEvent? {
        if case .event(let event, let isRelieved) = state.withLock({ takeFirst(&$0) }) {
            if isRelieved { onRelief() }
            return event
        }
        let id = state.withLock { state in
            state.nextConsumer += 1
            return state.nextConsumer
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation(isolation: isolation) { continuation in
                wait(continuation, id, onRelief)
            }
        } onCancel: {
            let consumer = state.withLock { state -> CheckedContinuation<MQTTEvent?, Never>? in
                guard state.consumer?.id == id else { return nil }
                defer { state.consumer = nil }
                return state.consumer?.continuation
            }
            consumer?.resume(returning: nil)
        }
    }

    private func wait(
        _ continuation: CheckedContinuation<MQTTEvent?, Never>,
        _ id: UInt64,
        _ onRelief: @Sendable () -> Void
    ) {
        let step = state.withLock { state in
            let step = takeFirst(&state)
            guard case .wait = step else { return step }
            // Checked under the lock: the cancellation handler finds the consumer only from here on.
            if state.consumer != nil || Task.isCancelled { return .event(nil, isRelieved: false) }
            state.consumer = (id, continuation)
            return .wait
        }
        guard case .event(let event, let isRelieved) = step else { return }
        if isRelieved { onRelief() }
        continuation.resume(returning: event)
    }

    private func takeFirst(_ state: inout State) -> Step {
        guard let event = state.events.popFirst() else {
            return state.isFinished ? .event(nil, isRelieved: false) : .wait
        }
        let isRelieved = state.isBehind && state.events.count <= limit / 2
        if isRelieved { state.isBehind = false }
        return .event(event, isRelieved: isRelieved)
    }
}
