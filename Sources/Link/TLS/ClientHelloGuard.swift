import NIOCore

/// Holds a connection back from TLS until its ClientHello is complete. A client that offers protocols but not ours
/// speaks another protocol, and may be a browser that somebody misled (ALPACA). It gets the alert
/// no_application_protocol and no session.
final class ClientHelloGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The alerts that are sent here (RFC 8446, 6).
    private enum Alert: UInt8 {
        case decodeError = 50
        case noApplicationProtocol = 120

        /// The alert as fatal, in a record of TLS 1.2.
        var bytes: [UInt8] { [21, 3, 3, 0, 2, 2, rawValue] }
    }

    private var seen = ByteBuffer()
    private var isRefused = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        var bytes = unwrapInboundIn(data)
        seen.writeBuffer(&bytes)
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
        // No more bytes will come, so TLS reports what is missing, and closes. The guard stays in the pipeline, because
        // an event from a removed handler would not reach the next one.
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
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: alert.bytes))).whenComplete { _ in
            channel.close(promise: nil)
        }
    }
}
