public import Power

/// The outlets of a simulated device over time: what they are, what the device says they are, and what is yet to come.
///
/// A pure value: time is given, in the order of its passing.
public struct SimulatedOutlets: Sendable, Equatable {
    /// What a device may be told to do with an outlet.
    public enum Action: Sendable, Hashable {
        /// Switch now.
        case switchTo(PowerState)
        /// Switch after a delay.
        case switchLater(PowerState, after: Duration)
        /// Off after a delay and on again some time later.
        case cycle(after: Duration, offTime: Duration)
        /// Forget what is yet to come.
        case cancel
        /// The button: on becomes off and off becomes on, now.
        case press
    }

    private struct Change: Equatable {
        let time: Duration
        let visible: Duration
        let state: PowerState
    }

    private struct Outlet: Equatable {
        var changes: [Change]
        var onBefore: Duration = .zero
    }

    private var outlets: [Outlet]

    /// Outlets that have all been in one state since a time.
    public init(count: Int, state: PowerState = .off, since time: Duration = .zero) {
        let start = Change(time: time, visible: time, state: state)
        outlets = Array(repeating: Outlet(changes: [start]), count: max(0, count))
    }

    /// How many there are.
    public var count: Int { outlets.count }

    /// Whether there is an outlet of this number, counted from 1.
    public func contains(_ number: Int) -> Bool { number >= 1 && number <= outlets.count }

    /// Does something with an outlet; nothing when there is no such outlet. What was yet to come is forgotten.
    ///
    /// - Parameter lag: how long the device goes on telling the old state.
    public mutating func perform(_ action: Action, on number: Int, at now: Duration, lag: Duration = .zero) {
        guard contains(number) else { return }
        forgetThePast(number, before: now)
        let current = state(of: number, at: now)
        outlets[number - 1].changes.removeAll { $0.time > now }
        switch action {
        case .switchTo(let state): add(state, to: number, at: now, lag)
        case .switchLater(let state, let delay): add(state, to: number, at: now + delay, lag)
        case .cycle(let delay, let offTime):
            add(.off, to: number, at: now + delay, lag)
            add(.on, to: number, at: now + delay + offTime, lag)
        case .cancel: break
        case .press: add((current ?? .off).opposite, to: number, at: now, lag)
        }
    }

    /// What an outlet is; nothing when there is no such outlet.
    public func state(of number: Int, at now: Duration) -> PowerState? {
        guard contains(number) else { return nil }
        return outlets[number - 1].changes.last { $0.time <= now }?.state
    }

    /// What the device says an outlet is.
    public func reportedState(of number: Int, at now: Duration) -> PowerState? {
        guard contains(number) else { return nil }
        return outlets[number - 1].changes.last { $0.visible <= now }?.state
    }

    /// Whether something is yet to come, or has come and is not yet told.
    public func isPending(_ number: Int, at now: Duration) -> Bool {
        guard contains(number) else { return false }
        return outlets[number - 1].changes.contains { $0.visible > now }
    }

    /// How long an outlet has been on in all.
    public func timeOn(_ number: Int, at now: Duration) -> Duration {
        guard contains(number) else { return .zero }
        let outlet = outlets[number - 1]
        var total = outlet.onBefore
        for (index, change) in outlet.changes.enumerated() where change.state == .on && change.time <= now {
            let end = index + 1 < outlet.changes.count ? min(outlet.changes[index + 1].time, now) : now
            total += end - change.time
        }
        return total
    }

    private mutating func add(_ state: PowerState, to number: Int, at time: Duration, _ lag: Duration) {
        outlets[number - 1].changes.append(Change(time: time, visible: time + lag, state: state))
    }

    /// Drops changes that neither the present nor what is told of it depends on.
    private mutating func forgetThePast(_ number: Int, before now: Duration) {
        var outlet = outlets[number - 1]
        while outlet.changes.count > 1, outlet.changes[1].visible <= now, outlet.changes[1].time <= now {
            if outlet.changes[0].state == .on { outlet.onBefore += outlet.changes[1].time - outlet.changes[0].time }
            outlet.changes.removeFirst()
        }
        // A device told to switch thousands of times while it lags must not remember all of them.
        if outlet.changes.count > 64 { outlet.changes.removeSubrange(1..<(outlet.changes.count - 32)) }
        outlets[number - 1] = outlet
    }
}
