import Agent
import Foundation
import NIOCore
import Power
import Synchronization

/// Gives every client its copy of what happens.
final class EventHub: Sendable {
    /// How many clients are served.
    static let maximumClients = 100

    private struct State {
        var clients: [UInt64: EventQueue] = [:]
        var lastNumber: UInt64 = 0
    }

    private let state = Mutex(State())

    var clientCount: Int { state.withLock(\.clients.count) }

    /// A queue for a new client; nothing when there are too many.
    func join() -> (number: UInt64, queue: EventQueue)? {
        state.withLock { state in
            guard state.clients.count < Self.maximumClients else { return nil }
            state.lastNumber += 1
            let queue = EventQueue()
            state.clients[state.lastNumber] = queue
            return (state.lastNumber, queue)
        }
    }

    func leave(_ number: UInt64) {
        state.withLock { _ = $0.clients.removeValue(forKey: number) }
    }

    func publish(_ event: AgentEvent, at time: Date) {
        let clients = state.withLock { Array($0.clients.values) }
        guard !clients.isEmpty, let message = ServerSentEvent(event, at: time) else { return }
        for client in clients { client.add(message.bytes) }
    }

    /// Shows every client that the connection stands.
    func beat() {
        let clients = state.withLock { Array($0.clients.values) }
        for client in clients { client.add(ServerSentEvent.heartbeat) }
    }
}
