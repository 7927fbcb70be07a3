import Foundation
import Glibc
import LocalServices
import SNMPClient
import Synchronization
import TestSupport

/// An agent that has no room for a second datagram while it works on one, as a small network controller has not.
final class OneDatagramAgent: Sendable {
    private struct Counts {
        var answered = 0
        var lost = 0
        var isOver = false
    }

    private final class Shared: Sendable {
        let counts = Mutex(Counts())
    }

    let port: UInt16
    private let shared = Shared()

    init() throws {
        let port = UInt16(try FreePort.udp())
        self.port = port
        let descriptor = try DatagramSocket.bound(to: port)
        let shared = shared
        // It has a thread of its own, which works and does not look at the socket meanwhile.
        Thread.detachNewThread {
            var isOver = false
            while !isOver {
                isOver = shared.counts.withLock { $0.isOver }
                guard let (datagram, sender) = DatagramSocket.receive(descriptor, milliseconds: 50) else { continue }
                usleep(5_000)
                while DatagramSocket.receive(descriptor, milliseconds: 0) != nil {
                    shared.counts.withLock { $0.lost += 1 }
                }
                guard let request = AgentRequest(datagram) else { continue }
                let values = request.objects.map { ($0, $0.arcs.last == 0 ? Int32(24) : 1) }
                shared.counts.withLock { $0.answered += 1 }
                DatagramSocket.send(request.response(values), to: sender, from: descriptor)
            }
            close(descriptor)
        }
    }

    deinit { shared.counts.withLock { $0.isOver = true } }

    var answered: Int { shared.counts.withLock { $0.answered } }
    /// Datagrams that came while it worked on another.
    var lost: Int { shared.counts.withLock { $0.lost } }
}

/// Passes datagrams on to a real agent, and loses those that are longer than a limit.
final class SizedRelay: Sendable {
    private final class Count: Sendable {
        let dropped = Mutex(0)
    }

    let agent: PlayedAgent
    private let count = Count()

    init(to port: UInt16, limit: Int) throws {
        let descriptor = try DatagramSocket.bound(to: 0)
        let count = count
        agent = try PlayedAgent { datagram, _ in
            guard datagram.count <= limit else {
                count.dropped.withLock { $0 += 1 }
                return []
            }
            DatagramSocket.send(datagram, to: DatagramSocket.address(port), from: descriptor)
            guard let (answer, _) = DatagramSocket.receive(descriptor, milliseconds: 2_000) else { return [] }
            return [PlayedAgent.Reply(bytes: answer)]
        }
    }

    var dropped: Int { count.dropped.withLock { $0 } }
}
