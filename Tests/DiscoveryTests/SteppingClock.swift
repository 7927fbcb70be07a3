import Synchronization

/// A clock that goes on when it is told.
final class SteppingClock: Clock {
    private let time = Mutex(Duration.zero)

    struct Instant: InstantProtocol {
        let time: Duration
        func advanced(by duration: Duration) -> Instant { Instant(time: time + duration) }
        func duration(to other: Instant) -> Duration { other.time - time }
        static func < (left: Instant, right: Instant) -> Bool { left.time < right.time }
    }

    var now: Instant { Instant(time: time.withLock { $0 }) }
    var minimumResolution: Duration { .zero }
    func step(_ duration: Duration) { time.withLock { $0 += duration } }
    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        time.withLock { $0 = max($0, deadline.time) }
    }
}
