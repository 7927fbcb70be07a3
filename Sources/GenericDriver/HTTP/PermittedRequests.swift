internal import AsyncHTTPClient
internal import NIOCore
internal import NIOPosix
internal import Power

/// Sends a request that needs a permit: over a connection of its own, whose last handler looks at the permit right before
/// bytes are the system's.
enum PermittedRequests {
    /// The permit was over before anything had left.
    struct Overdue: Error {}

    /// Runs `body` with a client whose connections let nothing out once the permit is over.
    nonisolated(nonsending) static func run<Value: Sendable>(
        _ permit: WritePermit,
        _ body: nonisolated(nonsending) (HTTPClient) async throws(DriverError) -> Value
    ) async throws(DriverError) -> Value {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.decompression = .disabled
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(60)
        configuration.http1_1ConnectionDebugInitializer = { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(PermitGate(permit), position: .first)
            }
        }
        let client = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
        let result: Result<Value, DriverError>
        do throws(DriverError) {
            result = .success(try await body(client))
        } catch {
            result = .failure(error)
        }
        // What it had open is closed; nothing of it can be left to say.
        try? await client.shutdown()
        return try result.get()
    }
}

/// Lets bytes out of a connection while a permit holds.
private final class PermitGate: ChannelOutboundHandler, Sendable {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let permit: WritePermit

    init(_ permit: WritePermit) {
        self.permit = permit
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let milliseconds = permit.remaining / .milliseconds(1)
        // What the system was handed it would send again for minutes otherwise: `TCP_USER_TIMEOUT`.
        try? context.channel.syncOptions?.setOption(
            ChannelOptions.Types.SocketOption(level: .tcp, name: NIOBSDSocket.Option(rawValue: 18)),
            value: Int(max(1, min(milliseconds, 60_000)))
        )
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard permit.isValid else {
            promise?.fail(PermittedRequests.Overdue())
            context.fireErrorCaught(PermittedRequests.Overdue())
            context.close(promise: nil)
            return
        }
        context.write(data, promise: promise)
    }
}
