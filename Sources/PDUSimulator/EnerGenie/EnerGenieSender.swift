internal import NIOCore

/// Sends answers of a simulated strip at the pace that its faults demand.
enum EnerGenieSender {
    /// Sends an answer; called on the event loop of the connection.
    static func send(_ answer: SimulatedEnerGenie.Answer, _ context: ChannelHandlerContext) {
        guard answer.latency > .zero else { return sendNow(answer, context) }
        let latency = TimeAmount(answer.latency)
        context.eventLoop.assumeIsolated().scheduleTask(in: latency) { sendNow(answer, context) }
    }

    private static func sendNow(_ answer: SimulatedEnerGenie.Answer, _ context: ChannelHandlerContext) {
        guard answer.gap > .zero, let first = answer.bytes.first else {
            write(answer.bytes, context)
            if answer.closes { context.close(promise: nil) }
            return
        }
        write([first], context)
        var rest = answer
        rest.bytes.removeFirst()
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(answer.gap)) { [rest] in
            if context.channel.isActive { sendNow(rest, context) }
        }
    }

    private static func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        guard !bytes.isEmpty else { return }
        context.writeAndFlush(NIOAny(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
    }
}
