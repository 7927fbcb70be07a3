public import Foundation
import Synchronization

/// Tells the time and wakes those who wait for a moment. Injected everywhere, so that tests own the time.
public protocol Timekeeper: Sendable {
    /// The present moment.
    var now: Moment { get }

    /// The wall-clock time, for people and for what must survive a restart.
    var wallTime: Date { get }

    /// Gives the signal at the moment, or soon after; at once when it has passed. Replaces what was asked for this
    /// signal before.
    func wake(_ signal: WakeSignal, at moment: Moment)

    /// Forgets what was asked for this signal.
    func forget(_ signal: WakeSignal)
}

extension Timekeeper {
    /// Sleeps until the moment, or until the task is cancelled.
    public nonisolated(nonsending) func sleep(until moment: Moment) async {
        let signal = WakeSignal()
        while now < moment, !Task.isCancelled {
            wake(signal, at: moment)
            await signal.wait()
        }
        forget(signal)
    }
}

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
