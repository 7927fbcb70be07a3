internal import NIOCore

/// A connection to the simulated web interface: one request, one answer.
final class EnerGenieWebHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let strip: SimulatedEnerGenie
    private var received = ByteBuffer()
    private var isAnswered = false

    init(_ strip: SimulatedEnerGenie) {
        self.strip = strip
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        guard !isAnswered else { return }
        received.writeBuffer(&bytes)
        guard let request = EnerGenieRequest(received.readableBytesView) else {
            if received.readableBytes > EnerGenieRequest.limit { context.close(promise: nil) }
            return
        }
        isAnswered = true
        let client = context.remoteAddress?.ipAddress ?? ""
        guard let answer = strip.answer(request, from: client) else { return }
        EnerGenieSender.send(answer, context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
