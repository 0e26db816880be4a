import NIOCore

/// The client of a connection that a balancer has made, as the balancer names it. It is told before the connection is
/// active.
struct ProxiedClient: Sendable {
    /// nil where the balancer does not say it: the balancer's own counts then.
    let address: SocketAddress?
    /// Whether nobody can read what the client sends, up to here.
    let isPrivate: Bool
}

/// Takes the header that a balancer puts before a client's octets, and goes. Whoever stands behind it hears nothing of the
/// connection before, neither that it is active nor what it sends. A connection without a header is closed, as is one whose
/// header does not come in time.
final class ProxyHeaderHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private static let patience = TimeAmount.seconds(5)

    private var octets = ByteBuffer()
    private var deadline: Scheduled<Void>?

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
        // Nobody behind asks for octets yet.
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var more = unwrapInboundIn(data)
        octets.writeBuffer(&more)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        do throws(ProxyHeader.Fault) {
            guard let header = try ProxyHeader.take(&octets) else { return context.read() }
            deadline?.cancel()
            // What the balancer does not encrypt has to stay on this machine from there on. A client of which nothing is
            // known may be anywhere.
            let isHopLocal = context.channel.remoteAddress?.isLocal ?? false
            let isPrivate = isHopLocal && header.source.map { $0.isLocal || header.isEncrypted } ?? false
            context.fireUserInboundEventTriggered(ProxiedClient(address: header.source, isPrivate: isPrivate))
            context.fireChannelActive()
            if octets.readableBytes > 0 {
                context.fireChannelRead(wrapInboundOut(octets))
                context.fireChannelReadComplete()
            }
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        // Whoever has not heard of the connection need not hear of its end.
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed || event is Drain {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }
}
