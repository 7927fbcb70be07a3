import Agent
import Foundation
import Synchronization

/// A clock that a test moves. Nobody is woken by it.
final class HandClock: Timekeeper {
    private let seconds = Mutex(0)

    /// Lets time pass.
    func pass(seconds: Int) { self.seconds.withLock { $0 += seconds } }

    var now: Moment { Moment.start + .seconds(seconds.withLock { $0 }) }

    var wallTime: Date { Date(timeIntervalSince1970: Double(seconds.withLock { $0 })) }

    func wake(_ signal: WakeSignal, at moment: Moment) {}

    func forget(_ signal: WakeSignal) {}
}
