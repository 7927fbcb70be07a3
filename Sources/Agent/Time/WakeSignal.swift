import Synchronization

/// Lets one task sleep until somebody, from any thread, wants it awake.
///
/// A signal given while nobody sleeps is kept, once, so no wake-up is lost.
public final class WakeSignal: Sendable {
    private enum State {
        case idle
        case signalled
        case sleeping(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.idle)

    /// A signal that nobody has given yet.
    public init() {}

    /// Wakes the sleeper, or the next one to lie down.
    public func signal() {
        let sleeper = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard case .sleeping(let continuation) = state else {
                state = .signalled
                return nil
            }
            state = .idle
            return continuation
        }
        sleeper?.resume()
    }

    /// Sleeps until the signal is given or the task is cancelled. One sleeper at a time.
    public nonisolated(nonsending) func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isAwake = state.withLock { state in
                    if case .signalled = state {
                        state = .idle
                        return true
                    }
                    state = .sleeping(continuation)
                    return false
                }
                if isAwake { continuation.resume() }
            }
        } onCancel: {
            signal()
        }
    }
}
