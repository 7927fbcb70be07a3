import NIOCore

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
