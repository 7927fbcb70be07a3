import NIOCore
import NIOPosix

/// One exchange over TCP without any client library: sends bytes and returns all that comes until the other side closes.
enum RawExchange {
    /// - Parameter source: the local address to connect from.
    static func run(_ request: String, port: Int, from source: String = "127.0.0.1") async throws -> String {
        let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: ByteBuffer.self)
        do {
            let channel = try await ClientBootstrap(group: promise.futureResult.eventLoop)
                .bind(to: try SocketAddress(ipAddress: source, port: 0))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Collector(promise))
                    }
                }
                .connect(host: "127.0.0.1", port: port)
                .get()
            try await channel.writeAndFlush(channel.allocator.buffer(string: request))
        } catch {
            promise.fail(error)
        }
        return String(buffer: try await promise.futureResult.get())
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let promise: EventLoopPromise<ByteBuffer>
        private var received = ByteBuffer()

        init(_ promise: EventLoopPromise<ByteBuffer>) {
            self.promise = promise
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            received.writeBuffer(&bytes)
        }

        func channelInactive(context: ChannelHandlerContext) {
            promise.succeed(received)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            promise.fail(error)
        }
    }
}
