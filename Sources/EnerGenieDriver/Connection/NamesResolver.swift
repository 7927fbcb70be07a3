internal import HostNames
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Looks a name up for NIO, which tries all addresses of both families (RFC 8305).
///
/// NIO's own look-ups wait for each other on each event loop, so that one name whose server does not answer would hold up
/// the devices with other names.
final class NamesResolver: Resolver, Sendable {
    private let loop: any EventLoop
    private let names: HostNames
    private let tickets = Mutex<[HostNames.Ticket]>([])

    /// A resolver for one connection.
    init(loop: any EventLoop, names: HostNames = .shared) {
        self.loop = loop
        self.names = names
    }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        query(host, port) { !$0.contains(":") }
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        query(host, port) { $0.contains(":") }
    }

    func cancelQueries() {
        for ticket in tickets.withLock({ $0 }) { names.giveBack(ticket) }
    }

    private func query(
        _ host: String,
        _ port: Int,
        _ isWanted: @escaping @Sendable (String) -> Bool
    ) -> EventLoopFuture<[SocketAddress]> {
        let promise = loop.makePromise(of: [SocketAddress].self)
        let ticket = names.lookUp(host) { answer in
            promise.completeWith(
                answer.map { addresses in
                    addresses.filter(isWanted).compactMap { try? SocketAddress(ipAddress: $0, port: port) }
                }
                .mapError { $0 as any Error }
            )
        }
        tickets.withLock { $0.append(ticket) }
        return promise.futureResult
    }
}
