import NIOCore
import NIOPosix
import Synchronization

/// The side of a relay that clients see. For each of them it has a channel to the server, so that answers find back.
///
/// All channels of a relay are on one event loop, so nothing here is used from two threads.
final class FaultyRelayFront: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    /// Clients come and go with a new port each; the one that has been silent longest makes room.
    private static let mostClients = 256
    /// Datagrams that may wait for their time, or for a channel to be open; any further are lost, as in a full queue.
    private static let mostWaiting = 8_192

    private struct Client {
        var channel: (any Channel)?
        var waiting: [ByteBuffer] = []
        var lastUse: UInt64
    }

    private let server: SocketAddress
    private let shared: FaultyRelay.Shared
    private var clients: [SocketAddress: Client] = [:]
    private var uses: UInt64 = 0
    private var delayed = 0

    init(server: SocketAddress, shared: FaultyRelay.Shared) {
        self.server = server
        self.shared = shared
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let request = unwrapInboundIn(data)
        let faults = shared.faults.withLock { $0 }
        guard !faults.isDead, !happens(faults.loss) else { return shared.count { $0.lost += 1 } }
        uses += 1
        if clients[request.remoteAddress] == nil { open(for: request.remoteAddress, context) }
        clients[request.remoteAddress]?.lastUse = uses
        if let channel = clients[request.remoteAddress]?.channel {
            send(request.data, on: channel)
        } else if let count = clients[request.remoteAddress]?.waiting.count, count < 64 {
            clients[request.remoteAddress]?.waiting.append(request.data)
        } else {
            shared.count { $0.lost += 1 }
        }
    }

    /// A failed send or receive is a lost datagram; the relay goes on.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}

    func channelInactive(context: ChannelHandlerContext) {
        for client in clients.values { client.channel?.close(promise: nil) }
        clients = [:]
        context.fireChannelInactive()
    }

    private func send(_ request: ByteBuffer, on channel: any Channel) {
        shared.count { $0.requests += 1 }
        channel.writeAndFlush(AddressedEnvelope(remoteAddress: server, data: request), promise: nil)
    }

    private func open(for client: SocketAddress, _ context: ChannelHandlerContext) {
        if clients.count >= Self.mostClients, let oldest = clients.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            oldest.value.channel?.close(promise: nil)
            clients[oldest.key] = nil
        }
        clients[client] = Client(lastUse: uses)
        let bound = NIOLoopBound((front: self, context: context), eventLoop: context.eventLoop)
        DatagramBootstrap(group: context.eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        FaultyRelayBack { answer in
                            let (front, context) = bound.value
                            front.answer(answer, to: client, context)
                        }
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .whenComplete { result in
                bound.value.front.opened(try? result.get(), for: client)
            }
    }

    private func opened(_ channel: (any Channel)?, for client: SocketAddress) {
        guard let channel else {
            shared.count { $0.lost += clients[client]?.waiting.count ?? 0 }
            clients[client] = nil
            return
        }
        guard clients[client] != nil else { return channel.close(promise: nil) }
        clients[client]?.channel = channel
        let waiting = clients[client]?.waiting ?? []
        clients[client]?.waiting = []
        for request in waiting { send(request, on: channel) }
    }

    private func answer(_ answer: ByteBuffer, to client: SocketAddress, _ context: ChannelHandlerContext) {
        let faults = shared.faults.withLock { $0 }
        guard !faults.isDead, !happens(faults.loss) else { return shared.count { $0.lost += 1 } }
        for _ in 0..<(happens(faults.duplication) ? 2 : 1) {
            let wait = faults.latency + faults.jitter * Double.random(in: 0...1)
            guard wait > .zero else {
                deliver(answer, to: client, context)
                continue
            }
            guard delayed < Self.mostWaiting else { return shared.count { $0.lost += 1 } }
            delayed += 1
            let bound = NIOLoopBound((front: self, context: context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: .nanoseconds(wait.wholeNanoseconds)) {
                let (front, context) = bound.value
                front.delayed -= 1
                front.deliver(answer, to: client, context)
            }
        }
    }

    private func deliver(_ answer: ByteBuffer, to client: SocketAddress, _ context: ChannelHandlerContext) {
        // It may have died while the answer waited.
        guard !shared.faults.withLock({ $0.isDead }) else { return shared.count { $0.lost += 1 } }
        shared.count { $0.answers += 1 }
        context.writeAndFlush(wrapOutboundOut(AddressedEnvelope(remoteAddress: client, data: answer)), promise: nil)
    }

    private func happens(_ share: Double) -> Bool { share > 0 && Double.random(in: 0..<1) < share }
}

/// The side of a relay that the server sees, one for each client.
final class FaultyRelayBack: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let receive: (ByteBuffer) -> Void

    init(receive: @escaping (ByteBuffer) -> Void) { self.receive = receive }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { receive(unwrapInboundIn(data).data) }

    /// A server that is not there is silence, as with a real network.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
