import Synchronization

/// Holds the result of a command for several outlets until the one who waits for it takes it.
final class PendingAnswer<Value: Sendable>: Sendable {
    private let result = Mutex<Value?>(nil)
    private let signal = WakeSignal()

    func give(_ result: Value) {
        self.result.withLock { $0 = result }
        signal.signal()
    }

    /// The result; nothing when the waiting task was cancelled before it was there.
    func wait() async -> Value? {
        while true {
            if let result = result.withLock(\.self) { return result }
            guard !Task.isCancelled else { return nil }
            await signal.wait()
        }
    }
}
