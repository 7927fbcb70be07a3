import Agent
import Foundation
import NIOCore
import Power
import Synchronization

/// Gives every client its copy of what happens.
final class EventHub: Sendable {
    /// How many clients are served.
    static let maximumClients = 100

    private struct Client {
        let queue: EventQueue
        /// What of an event it may hear; nothing where it may hear everything.
        let ear: (@Sendable (PageEvent) -> PageEvent?)?
    }

    private struct State {
        var clients: [UInt64: Client] = [:]
        var lastNumber: UInt64 = 0
    }

    private let state = Mutex(State())

    var clientCount: Int { state.withLock(\.clients.count) }

    /// A queue for a new client; nothing when there are too many.
    ///
    /// - Parameter ear: what of an event the client may hear; nothing where it may hear everything.
    func join(_ ear: (@Sendable (PageEvent) -> PageEvent?)? = nil) -> (number: UInt64, queue: EventQueue)? {
        state.withLock { state in
            guard state.clients.count < Self.maximumClients else { return nil }
            state.lastNumber += 1
            let queue = EventQueue()
            state.clients[state.lastNumber] = Client(queue: queue, ear: ear)
            return (state.lastNumber, queue)
        }
    }

    func leave(_ number: UInt64) {
        state.withLock { _ = $0.clients.removeValue(forKey: number) }
    }

    func publish(_ event: PageEvent, at time: Date) {
        let clients = state.withLock { Array($0.clients.values) }
        guard !clients.isEmpty, let message = ServerSentEvent(event, at: time) else { return }
        for client in clients {
            guard let ear = client.ear else {
                client.queue.add(message.bytes)
                continue
            }
            guard let heard = ear(event), let part = ServerSentEvent(heard, at: time) else { continue }
            client.queue.add(part.bytes)
        }
    }

    /// Shows every client that the connection stands.
    func beat() {
        let clients = state.withLock { Array($0.clients.values) }
        for client in clients { client.queue.add(ServerSentEvent.heartbeat) }
    }
}
