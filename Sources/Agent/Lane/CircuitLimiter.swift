import Synchronization

/// Spreads switch-ons on one electrical circuit, so that many boards powered at once do not trip its breaker.
public final class CircuitLimiter: Sendable {
    private struct State {
        var intervals: [String: Duration]
        var lastUse: [String: Moment] = [:]
        var lastPlace: [String: Moment] = [:]
    }

    private let state: Mutex<State>

    /// A limiter.
    ///
    /// - Parameter switchOnsPerSecond: for each circuit by name, more than 0.
    public init(switchOnsPerSecond: [String: Double]) {
        state = Mutex(State(intervals: Self.intervals(switchOnsPerSecond)))
    }

    /// Takes over changed limits. A place that was given stays given.
    public func adopt(switchOnsPerSecond: [String: Double]) {
        state.withLock { $0.intervals = Self.intervals(switchOnsPerSecond) }
    }

    private static func intervals(_ switchOnsPerSecond: [String: Double]) -> [String: Duration] {
        switchOnsPerSecond.filter { $0.value > 0 }.mapValues { .seconds(1 / $0) }
    }

    /// Begins a switch-on that is about to be sent, unless the circuit has had one too short a while ago: what waited for
    /// a slow or absent device may have lost its place to others meanwhile.
    ///
    /// - Returns: when to ask again; nothing when the outlet may be switched on now.
    func postpone(_ circuit: String?, at now: Moment) -> Moment? {
        guard let circuit else { return nil }
        return state.withLock { state in
            guard let interval = state.intervals[circuit] else { return nil }
            if let last = state.lastUse[circuit], now < last + interval { return last + interval }
            state.lastUse[circuit] = now
            return nil
        }
    }

    /// Takes the next free place for a switch-on.
    ///
    /// - Returns: when the outlet may be switched on, `now` at the earliest.
    func reserve(_ circuit: String?, at now: Moment) -> Moment {
        guard let circuit else { return now }
        return state.withLock { state in
            guard let interval = state.intervals[circuit] else { return now }
            let place = max(now, state.lastPlace[circuit].map { $0 + interval } ?? now)
            state.lastPlace[circuit] = place
            return place
        }
    }
}
