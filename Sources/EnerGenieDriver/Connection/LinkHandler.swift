internal import NIOCore
internal import NIOPosix
internal import Power

/// The loop's side of a `TCPLink`: at most one question is open at a time; everything here runs on the event loop.
final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// The most a device may send without having been asked.
    static let unaskedLimit = 64 * 1024

    private enum Ending {
        case cancelled
        case peer(String?)
    }

    private struct Question {
        /// Looks at what has arrived; gives back how to settle the question once that is possible.
        let advance: (inout ByteBuffer, Ending?) -> (() -> Void)?
        let fail: (ExchangeError) -> Void
        let limit: Scheduled<Void>
    }

    private let loop: any EventLoop
    private var attempts: [any Channel] = []
    private var context: ChannelHandlerContext?
    private var received = ByteBuffer()
    private var ending: Ending?
    private var question: Question?

    init(loop: any EventLoop) {
        self.loop = loop
    }

    /// Notes a channel that is about to connect, so that a cancellation closes it.
    func attempts(_ channel: any Channel) throws(ExchangeError) {
        if case .cancelled = ending { throw .cancelled(requestLeft: false) }
        attempts.append(channel)
    }

    /// The error of a connection attempt, told apart from one that a cancellation ended.
    func meaning(of error: any Error, reason: String) -> ExchangeError {
        if case .cancelled = ending { return .cancelled(requestLeft: false) }
        return error as? ExchangeError ?? .unreachable(reason)
    }

    /// Moves into the channel that has connected.
    func settle(in channel: any Channel) throws {
        attempts = []
        if case .cancelled = ending {
            channel.close(promise: nil)
            throw ExchangeError.cancelled(requestLeft: false)
        }
        try channel.pipeline.syncOperations.addHandler(self)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        advance()
        if question == nil, received.readableBytes > Self.unaskedLimit { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if ending == nil { ending = .peer(nil) }
        advance()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if ending == nil { ending = .peer("\(error)") }
        advance()
        context.close(promise: nil)
    }

    /// Sends bytes and waits for the answer to them, at most so long.
    func ask<Reader: ReplyReader>(
        _ bytes: [UInt8],
        reader: Reader,
        within limit: TimeAmount,
        permit: WritePermit?,
        promise: EventLoopPromise<Reader.Reply>
    ) {
        guard question == nil else { return promise.fail(ExchangeError.malformed("two questions at once")) }
        if case .cancelled = ending { return promise.fail(ExchangeError.cancelled(requestLeft: true)) }
        if let permit, !prepare(for: permit) { return promise.fail(ExchangeError.overdue) }
        var reader = reader
        question = Question(
            advance: { bytes, ending in
                do throws(ExchangeError) {
                    if let reply = try reader.read(from: &bytes) { return { promise.succeed(reply) } }
                    switch ending {
                    case nil: return nil
                    case .cancelled: throw .cancelled(requestLeft: true)
                    case .peer(let reason?): throw .closed(reason)
                    case .peer(nil):
                        let reply = try reader.end()
                        return { promise.succeed(reply) }
                    }
                } catch {
                    return { promise.fail(error) }
                }
            },
            fail: { promise.fail($0) },
            limit: loop.assumeIsolated().scheduleTask(in: limit) { self.giveUp(.timedOut) }
        )
        if ending == nil { send(bytes) }
        advance()
    }

    /// Fails the open question and every later one; the connection itself stays, so that it can be ended properly.
    func cancel() {
        ending = .cancelled
        for channel in attempts { channel.close(promise: nil) }
        giveUp(.cancelled(requestLeft: true))
    }

    /// Sends last words and closes, without waiting for the peer.
    func close(saying bytes: [UInt8], promise: EventLoopPromise<Void>?) {
        send(bytes)
        guard let context else {
            promise?.succeed()
            return
        }
        context.close(promise: promise)
    }

    /// Has the system give up when the permit does: what it was handed it would send again for minutes otherwise.
    ///
    /// - Returns: whether bytes may leave now.
    private func prepare(for permit: WritePermit) -> Bool {
        if let context {
            let milliseconds = permit.remaining / .milliseconds(1)
            // A system that does not know the option keeps trying; what that means is in the manual.
            try? context.channel.syncOptions?.setOption(
                ChannelOptions.Types.SocketOption(level: .tcp, name: Self.userTimeout),
                value: Int(max(1, min(milliseconds, 60_000)))
            )
        }
        return permit.isValid
    }

    /// `TCP_USER_TIMEOUT`, of which NIO has no name.
    private static let userTimeout = NIOBSDSocket.Option(rawValue: 18)

    private func send(_ bytes: [UInt8]) {
        guard let context, !bytes.isEmpty else { return }
        context.writeAndFlush(NIOAny(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
    }

    private func advance() {
        guard let open = question, let settle = open.advance(&received, ending) else { return }
        question = nil
        open.limit.cancel()
        settle()
    }

    private func giveUp(_ error: ExchangeError) {
        guard let open = question else { return }
        question = nil
        open.limit.cancel()
        open.fail(error)
    }
}
