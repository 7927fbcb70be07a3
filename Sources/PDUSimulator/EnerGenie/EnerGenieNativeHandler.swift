internal import NIOCore

/// A connection to the simulated native protocol.
final class EnerGenieNativeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private enum Phase {
        case idle
        case challenged(EnerGenieNativeCoding)
        case open(EnerGenieNativeCoding)
    }

    private let strip: SimulatedEnerGenie
    private var phase = Phase.idle
    private var received = ByteBuffer()
    private var expiry: Scheduled<Void>?

    init(_ strip: SimulatedEnerGenie) {
        self.strip = strip
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        wait(context)
        while step(context) {}
    }

    func channelInactive(context: ChannelHandlerContext) {
        expiry?.cancel()
        strip.endNative(ObjectIdentifier(self))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// Takes what has arrived one step further; says whether there may be more to do.
    private func step(_ context: ChannelHandlerContext) -> Bool {
        switch phase {
        case .idle:
            guard received.readInteger(as: UInt8.self) == 0x11 else { return received.readableBytes > 0 }
            guard let (latency, coding, task) = strip.beginNative(ObjectIdentifier(self)) else { return true }
            phase = .challenged(coding)
            EnerGenieSender.send(SimulatedEnerGenie.Answer(bytes: task, latency: latency, closes: false), context)
        case .challenged(let coding):
            guard let frame = nextFrame(context) else { return false }
            phase = .open(coding)
            send(strip.authenticateNative(frame, coding), context)
        case .open(let coding):
            guard let frame = nextFrame(context) else { return false }
            send(strip.controlNative(frame, coding), context)
        }
        return true
    }

    /// The next frame; a lone start byte instead ends the session at once.
    private func nextFrame(_ context: ChannelHandlerContext) -> [UInt8]? {
        if received.readableBytes == 1, received.getInteger(at: received.readerIndex, as: UInt8.self) == 0x11 {
            context.close(promise: nil)
            return nil
        }
        return received.readBytes(length: 4)
    }

    private func send(_ answer: SimulatedEnerGenie.Answer?, _ context: ChannelHandlerContext) {
        guard let answer else { return }
        EnerGenieSender.send(answer, context)
    }

    private func wait(_ context: ChannelHandlerContext) {
        expiry?.cancel()
        expiry = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(strip.configuration.nativeExpiry)) {
            context.close(promise: nil)
        }
    }
}
