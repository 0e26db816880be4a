import NIOCore

/// Stands before TLS until the client has greeted. A client that offers protocols but not ours is another protocol's,
/// perhaps a browser sent here by somebody else (ALPACA): it gets the alert no_application_protocol, and no session.
final class ClientHelloGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Of those that there are (RFC 8446, 6), the two that this needs.
    private enum Alert: UInt8 {
        case decodeError = 50
        case noApplicationProtocol = 120

        /// Fatal, in a record of TLS 1.2.
        var octets: [UInt8] { [21, 3, 3, 0, 2, 2, rawValue] }
    }

    private var seen = ByteBuffer()
    private var isRefused = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        var octets = unwrapInboundIn(data)
        seen.writeBuffer(&octets)
        switch ClientHello(seen) {
        case .incomplete where seen.readableBytes < ClientHello.limit: break
        case .incomplete: refuse(context, .decodeError)
        case .hello(let protocols?) where !protocols.contains(TLSIdentity.protocolName):
            refuse(context, .noApplicationProtocol)
        case .other, .hello:
            pass(context)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // What came is all that there will be: TLS says what it lacks, and closes. The guard stays, since nothing behind
        // it hears of an event from a handler that is gone.
        if case ChannelEvent.inputClosed = event, seen.readableBytes > 0, !isRefused { pass(context) }
        context.fireUserInboundEventTriggered(event)
    }

    private func pass(_ context: ChannelHandlerContext) {
        context.fireChannelRead(wrapInboundOut(seen))
        context.fireChannelReadComplete()
        seen = ByteBuffer()
    }

    private func refuse(_ context: ChannelHandlerContext, _ alert: Alert) {
        isRefused = true
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: alert.octets))).whenComplete { _ in
            channel.close(promise: nil)
        }
    }
}
