import Synchronization

/// Spreads switch-ons on one electrical circuit, so that many boards powered at once do not trip its breaker.
public final class CircuitLimiter: Sendable {
    private let intervals: [String: Duration]
    private let lastUse = Mutex<[String: Moment]>([:])
    private let nextFree = Mutex<[String: Moment]>([:])

    /// A limiter.
    ///
    /// - Parameter switchOnsPerSecond: for each circuit by name, more than 0.
    public init(switchOnsPerSecond: [String: Double]) {
        intervals = switchOnsPerSecond.filter { $0.value > 0 }.mapValues { .seconds(1 / $0) }
    }

    /// Begins a switch-on that is about to be sent, unless the circuit has had one too short a while ago: what waited for
    /// a slow or absent device may have lost its place to others meanwhile.
    ///
    /// - Returns: when to ask again; nothing when the outlet may be switched on now.
    func postpone(_ circuit: String?, at now: Moment) -> Moment? {
        guard let circuit, let interval = intervals[circuit] else { return nil }
        return lastUse.withLock { lastUse in
            if let last = lastUse[circuit], now < last + interval { return last + interval }
            lastUse[circuit] = now
            return nil
        }
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
