import Synchronization

/// Spreads switch-ons on one electrical circuit, so that many boards powered at once do not trip its breaker.
///
/// Whoever is ready to send a switch-on claims its turn. Those who were told to come later keep their place in the order,
/// until they have had their turn, have ended, or have not come for it: a device that is away holds up nobody else.
public final class CircuitLimiter: Sendable {
    fileprivate struct Circuit {
        var lastUse: Moment?
        /// Who was told to come again, and when; in the order in which they first asked.
        var queue: [(ticket: UInt64, promised: Moment)] = []
    }

    fileprivate struct State {
        var intervals: [String: Duration]
        var circuits: [String: Circuit] = [:]
        /// The circuit that a waiting ticket waits for.
        var waiting: [UInt64: String] = [:]
    }

    private let state: Mutex<State>

    /// A limiter.
    ///
    /// - Parameter switchOnsPerSecond: for each circuit by name, more than 0.
    public init(switchOnsPerSecond: [String: Double]) {
        state = Mutex(State(intervals: Self.intervals(switchOnsPerSecond)))
    }

    /// Takes over changed limits. Those who wait keep their order.
    public func adopt(switchOnsPerSecond: [String: Double]) {
        state.withLock { $0.intervals = Self.intervals(switchOnsPerSecond) }
    }

    private static func intervals(_ switchOnsPerSecond: [String: Double]) -> [String: Duration] {
        switchOnsPerSecond.filter { $0.value > 0 }.mapValues { .seconds(1 / $0) }
    }

    /// Begins a switch-on that is about to be sent, if it is the ticket's turn.
    ///
    /// - Returns: when to claim again; nothing when the outlet may be switched on now.
    func claim(_ name: String?, for ticket: UInt64, at now: Moment) -> Moment? {
        guard let name else { return nil }
        return state.withLock { state in
            guard let interval = state.intervals[name] else {
                state.leave(ticket)
                return nil
            }
            var circuit = state.circuits[name] ?? Circuit()
            defer { state.circuits[name] = circuit }
            let place = circuit.queue.firstIndex { $0.ticket == ticket } ?? circuit.queue.count
            let ahead = circuit.queue[..<place].count { now < $0.promised + interval }
            let earliest = circuit.lastUse.map { $0 + interval } ?? now
            let turn = max(now, earliest) + interval * ahead
            guard turn > now else {
                circuit.lastUse = now
                if place < circuit.queue.count { circuit.queue.remove(at: place) }
                state.waiting[ticket] = nil
                return nil
            }
            if place < circuit.queue.count {
                circuit.queue[place].promised = turn
            } else {
                circuit.queue.append((ticket, turn))
            }
            state.waiting[ticket] = name
            return turn
        }
    }

    /// Gives back the place of a ticket that has ended.
    func release(_ ticket: UInt64) {
        state.withLock { $0.leave(ticket) }
    }
}

extension CircuitLimiter.State {
    fileprivate mutating func leave(_ ticket: UInt64) {
        guard let name = waiting.removeValue(forKey: ticket) else { return }
        circuits[name]?.queue.removeAll { $0.ticket == ticket }
    }
}
