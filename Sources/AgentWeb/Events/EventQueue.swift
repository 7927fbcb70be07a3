import Agent
import NIOCore
import Synchronization

/// What one client has yet to be sent: bounded, and honest about what did not fit.
final class EventQueue: Sendable {
    /// How many events wait for a client at most.
    static let capacity = 1000

    private struct State {
        var waiting: [ByteBuffer] = []
        var dropped: UInt64 = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let signal = WakeSignal()

    /// Adds an event. When the client is too far behind, everything that waits is dropped and counted instead.
    func add(_ event: ByteBuffer) {
        state.withLock { state in
            if state.waiting.count >= Self.capacity {
                state.dropped += UInt64(state.waiting.count)
                state.waiting = []
            }
            state.waiting.append(event)
        }
        signal.signal()
    }

    /// Ends the client's stream.
    func close() {
        state.withLock { $0.isClosed = true }
        signal.signal()
    }

    /// The events that wait, once there are any; nothing when the stream has ended.
    func next() async -> [ByteBuffer]? {
        while true {
            let (batch, isClosed) = state.withLock { state in
                var batch = state.waiting
                if state.dropped > 0 { batch.insert(ServerSentEvent.dropped(state.dropped), at: 0) }
                state.waiting = []
                state.dropped = 0
                return (batch, state.isClosed)
            }
            if isClosed || Task.isCancelled { return nil }
            if !batch.isEmpty { return batch }
            await signal.wait()
        }
    }
}
