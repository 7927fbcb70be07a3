import NIOCore
import NIOPosix

/// The Unix-domain socket at which `PassPersistProgram` reaches a simulated device.
final class PassPersistServer: Sendable {
    private let channel: any Channel

    private init(channel: any Channel) { self.channel = channel }

    static func start(
        path: String,
        _ objects: some PassPersistObjects
    ) async throws(PDUSimulatorError) -> PassPersistServer {
        do {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(PassPersistHandler(objects))
                    }
                }
                .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true)
                .get()
            return PassPersistServer(channel: channel)
        } catch {
            throw PDUSimulatorError(.cannotStart, "cannot open the socket \(path): \(error)")
        }
    }

    deinit { channel.close(promise: nil) }

    func stop() async {
        // It can only be closed already.
        try? await channel.close()
    }
}

/// Answers the lines of one connection.
final class PassPersistHandler<Objects: PassPersistObjects>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let objects: Objects
    private var conversation = PassPersist()
    private var lines = LineBuffer(longestLine: 65_536)

    init(_ objects: Objects) { self.objects = objects }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let answers = lines.append(unwrapInboundIn(data).readableBytesView).compactMap {
            conversation.receive($0, objects)
        }
        if !answers.isEmpty {
            let answer = context.channel.allocator.buffer(string: answers.joined())
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
        }
        if lines.isOverlong { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
