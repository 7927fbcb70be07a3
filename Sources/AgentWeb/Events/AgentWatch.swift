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
    private let state = Mutex(State())

    /// A watch to which nothing has happened yet.
    public init() {}

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
        case .availability, .reading: break
        }
        events.publish(event, at: now)
    }

    var commands: CommandStatistics { state.withLock(\.commands) }

    var changes: [OutletID: LastChange] { state.withLock(\.changes) }
}
