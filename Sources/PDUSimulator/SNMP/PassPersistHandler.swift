import NIOCore

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
