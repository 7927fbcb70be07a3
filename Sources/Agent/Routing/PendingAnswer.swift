import Synchronization

/// Something that one task gives and another waits for, such as the result of a command. It stays given, and may be waited for
/// again; one task waits at a time.
public final class PendingAnswer<Value: Sendable>: Sendable {
    private let result = Mutex<Value?>(nil)
    private let signal = WakeSignal()

    /// Nothing yet.
    public init() {}

    /// Gives it to the task that waits, or will.
    public func give(_ result: Value) {
        self.result.withLock { $0 = result }
        signal.signal()
    }

    /// The result; nothing when the waiting task was cancelled before it was there.
    public func wait() async -> Value? {
        while true {
            if let result = result.withLock(\.self) { return result }
            guard !Task.isCancelled else { return nil }
            await signal.wait()
        }
    }
}
