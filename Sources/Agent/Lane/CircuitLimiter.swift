import Power
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
        /// In a fleet, the PDU of each circuit whose owner alone switches on in it; nothing for a circuit of one PDU.
        var leads: [String: PDUName] = [:]
        /// Those of them that this agent owns.
        var owned: Set<PDUName> = []
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

    /// How often a switch-on looks whether this agent leads its circuit.
    private static let leadPause = Duration.milliseconds(100)

    /// Takes over which PDU's owner alone switches on in each circuit of several PDUs.
    func adopt(leads: [String: PDUName], at now: Moment) {
        state.withLock { state in
            for (name, lead) in leads where state.leads[name] != lead {
                state.circuits[name, default: Circuit()].lastUse = now
            }
            state.leads = leads
        }
    }

    /// The PDU is this agent's, or is not any more. What an owner before has switched on last, nobody knows here: it is
    /// taken for now.
    func own(_ pdu: PDUName, _ isOwned: Bool, at now: Moment) {
        state.withLock { state in
            guard isOwned else { return _ = state.owned.remove(pdu) }
            state.owned.insert(pdu)
            for (name, lead) in state.leads where lead == pdu {
                state.circuits[name, default: Circuit()].lastUse = now
            }
        }
    }

    /// The PDU whose owner alone switches on in a circuit; nothing where that is every outlet's own agent.
    func lead(of name: String?) -> PDUName? { name.flatMap { name in state.withLock { $0.leads[name] } } }

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
            if let lead = state.leads[name], !state.owned.contains(lead) { return now + Self.leadPause }
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
