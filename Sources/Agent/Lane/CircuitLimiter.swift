import Synchronization

/// Spreads switch-ons on one electrical circuit, so that many boards powered at once do not trip its breaker.
public final class CircuitLimiter: Sendable {
    private let intervals: [String: Duration]
    private let nextFree = Mutex<[String: Moment]>([:])

    /// A limiter.
    ///
    /// - Parameter switchOnsPerSecond: for each circuit by name, more than 0.
    public init(switchOnsPerSecond: [String: Double]) {
        intervals = switchOnsPerSecond.filter { $0.value > 0 }.mapValues { .seconds(1 / $0) }
    }

    /// Takes the next free place for a switch-on.
    ///
    /// - Returns: when the outlet may be switched on, `now` at the earliest.
    func reserve(_ circuit: String?, at now: Moment) -> Moment {
        guard let circuit, let interval = intervals[circuit] else { return now }
        return nextFree.withLock { nextFree in
            let place = max(now, nextFree[circuit] ?? now)
            nextFree[circuit] = place + interval
            return place
        }
    }
}
