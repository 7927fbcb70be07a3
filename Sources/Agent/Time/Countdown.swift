import Synchronization

/// Counts arrivals and wakes one waiter when the last has come.
final class Countdown: Sendable {
    private let remaining: Mutex<Int>
    private let signal = WakeSignal()

    init(_ count: Int) {
        remaining = Mutex(count)
    }

    /// One more has come.
    func arrive() {
        let isLast = remaining.withLock { remaining in
            remaining -= 1
            return remaining == 0
        }
        if isLast { signal.signal() }
    }

    /// Waits until all have come, or until the moment, or until the task is cancelled.
    func wait(until limit: Moment, by timekeeper: any Timekeeper) async {
        while remaining.withLock({ $0 > 0 }), timekeeper.now < limit, !Task.isCancelled {
            timekeeper.wake(signal, at: limit)
            await signal.wait()
        }
        timekeeper.forget(signal)
    }
}
