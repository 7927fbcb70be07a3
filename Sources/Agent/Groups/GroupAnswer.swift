import Synchronization

/// Holds the result of a group's command until the one who waits for it takes it.
final class GroupAnswer: Sendable {
    private let result = Mutex<GroupResult?>(nil)
    private let signal = WakeSignal()

    func give(_ result: GroupResult) {
        self.result.withLock { $0 = result }
        signal.signal()
    }

    /// The result; nothing when the waiting task was cancelled before it was there.
    func wait() async -> GroupResult? {
        while true {
            if let result = result.withLock(\.self) { return result }
            guard !Task.isCancelled else { return nil }
            await signal.wait()
        }
    }
}
