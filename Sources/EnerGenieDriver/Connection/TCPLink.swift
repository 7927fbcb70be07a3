import Glibc
internal import NIOCore
internal import NIOPosix
internal import Power

/// A TCP connection to a device on which one question at a time is asked.
final class TCPLink: Sendable {
    private let endpoint: EnerGenieEndpoint
    private let loop: any EventLoop
    private let handler: NIOLoopBoundBox<LinkHandler>

    /// A link that `open` has yet to connect.
    init(to endpoint: EnerGenieEndpoint, on group: any EventLoopGroup) {
        self.endpoint = endpoint
        loop = group.any()
        handler = .makeBoxSendingValue(LinkHandler(loop: loop), eventLoop: loop)
    }

    /// Connects, at most so long.
    ///
    /// - Returns: A future that fails with `unreachable` or `cancelled` alone: before it succeeds nothing has left.
    func open(within limit: Duration) -> EventLoopFuture<Void> {
        let bootstrap = ClientBootstrap(group: loop)
            .resolver(NamesResolver(loop: loop))
            .connectTimeout(TimeAmount(limit))
            .channelInitializer { [handler] channel in
                channel.eventLoop.makeCompletedFuture { try handler.value.attempts(channel) }
            }
        let connection =
            if let address = try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port) {
                bootstrap.connect(to: address)
            } else {
                bootstrap.connect(host: endpoint.host, port: endpoint.port)
            }
        // A device speaks only when spoken to, so nothing can arrive before the handler is in its place.
        return connection.flatMapThrowing { [handler] in try handler.value.settle(in: $0) }
            .flatMapErrorThrowing { [handler] error in
                throw handler.value.meaning(of: error, reason: Self.reason(error))
            }
    }

    /// Sends bytes and waits for the answer, at most so long.
    ///
    /// - Parameter permit: looked at right before the bytes leave.
    /// - Returns: A future that fails with `ExchangeError` alone.
    func ask<Reader: ReplyReader>(
        _ bytes: [UInt8],
        reader: Reader,
        within limit: Duration,
        permit: WritePermit? = nil
    ) -> EventLoopFuture<Reader.Reply> {
        let promise = loop.makePromise(of: Reader.Reply.self)
        onLoop { $0.ask(bytes, reader: reader, within: TimeAmount(limit), permit: permit, promise: promise) }
        return promise.futureResult
    }

    /// Fails the open question, and every later one, with `cancelled`. The connection stays until it is closed.
    func cancel() {
        onLoop { $0.cancel() }
    }

    /// Closes, without waiting for anything.
    func close() {
        onLoop { $0.close(saying: [], promise: nil) }
    }

    /// Sends last words and closes; returns when both are the operating system's to deliver, cancelled or not.
    nonisolated(nonsending) func close(saying bytes: [UInt8]) async {
        let promise = loop.makePromise(of: Void.self)
        onLoop { $0.close(saying: bytes, promise: promise) }
        // A connection that cannot be closed is closed already.
        try? await promise.futureResult.get()
    }

    private func onLoop(_ work: @escaping @Sendable (LinkHandler) -> Void) {
        if loop.inEventLoop {
            work(handler.value)
        } else {
            loop.execute { [handler] in work(handler.value) }
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case ChannelError.connectTimeout: "no answer to the connection attempt"
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first {
                reason(first.error)
            } else {
                "the name cannot be resolved"
            }
        case let error as IOError: String(cString: strerror(error.errnoCode))
        default: "\(error)"
        }
    }
}

extension EventLoopFuture {
    /// The value, with the one kind of error that links fail with; runs `onCancel` when the task is cancelled.
    nonisolated(nonsending) func value(
        onCancel: @escaping @Sendable () -> Void
    ) async throws(ExchangeError) -> Value where Value: Sendable {
        do {
            return try await withTaskCancellationHandler {
                try await get()
            } onCancel: {
                onCancel()
            }
        } catch let error as ExchangeError {
            throw error
        } catch {
            throw .closed("\(error)")
        }
    }
}
