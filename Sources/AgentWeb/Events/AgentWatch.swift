public import Agent
import Foundation
import Power
import Synchronization

/// Follows what happens in the agent, for the page, the events and the metrics.
public final class AgentWatch: AgentObserver {
    private struct State {
        var commands = CommandStatistics()
        var changes: [OutletID: LastChange] = [:]
    }

    let events = EventHub()
    /// How much is remembered of what was drawn.
    let limits: HistoryLimits
    private let state = Mutex(State())
    private let history: Mutex<PowerHistory>
    private let seconds: @Sendable () -> Int

    /// A watch to which nothing has happened yet.
    ///
    /// - Parameters:
    ///   - history: how much to remember of what outlets and PDUs draw.
    ///   - timekeeper: tells the time for it.
    public init(
        history: HistoryLimits = HistoryLimits(span: .zero, memory: 0),
        timekeeper: any Timekeeper = SystemTimekeeper()
    ) {
        limits = history
        self.history = Mutex(PowerHistory(history))
        let start = timekeeper.now
        seconds = { Int((timekeeper.now - start).inSeconds) }
    }

    /// Takes an event.
    public func observe(_ event: AgentEvent) {
        let now = Date()
        switch event {
        case .state(let outlet, _, let previous, let isOwn):
            // What is read first is no change.
            if previous != nil { state.withLock { $0.changes[outlet] = LastChange(at: now, isOwn: isOwn) } }
        case .result(let result, let ticket):
            state.withLock { state in
                state.commands.add(result)
                guard result.status == .done, let change = state.changes[ticket.outlet], change.isOwn,
                    change.by == nil, change.at >= result.receivedAt
                else { return }
                state.changes[ticket.outlet]?.by = result.by
            }
        case .refused(let result): state.withLock { $0.commands.add(result) }
        case .refusedGroup(let result): state.withLock { $0.commands.add(result) }
        case .reading(let pdu, let reading):
            let seconds = seconds()
            history.withLock { $0.take(reading, of: pdu, at: seconds) }
        case .availability: break
        }
        events.publish(event, at: now)
    }

    var commands: CommandStatistics { state.withLock(\.commands) }

    var changes: [OutletID: LastChange] { state.withLock(\.changes) }

    /// What a PDU or one of its outlets drew, and how long ago the first of it began; nothing when nothing is known.
    func curve(of pdu: PDUName, _ outlet: OutletNumber?) -> (curve: PowerCurve, age: Int)? {
        let seconds = seconds()
        let curve = history.withLock { $0.curve(of: pdu, outlet, at: seconds) }
        return curve.map { ($0, seconds - $0.start) }
    }
}
