import NIOCore

/// An event with the client that a balancer's header names. It comes before the connection becomes active.
struct ProxiedClient: Sendable {
    /// The client's address; nil if the balancer does not give it. Then the balancer's address counts.
    let address: SocketAddress?
    /// Whether nobody can read the client's bytes on their way to here.
    let isPrivate: Bool
}

/// Takes the header that a balancer sends before a client's bytes, and then leaves the pipeline. The handlers after it
/// see nothing of the connection before: neither that it is active nor any bytes. The connection is closed if it has no
/// header, or if the header does not come in time.
final class ProxyHeaderHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private static let timeout = TimeAmount.seconds(5)

    private var bytes = ByteBuffer()
    private var deadline: Scheduled<Void>?

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: Self.timeout) { channel.close(promise: nil) }
        // No later handler reads yet.
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var more = unwrapInboundIn(data)
        bytes.writeBuffer(&more)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        do throws(ProxyHeader.Fault) {
            guard let header = try ProxyHeader.take(&bytes) else { return context.read() }
            deadline?.cancel()
            // The way from the balancer to here is not encrypted, so it has to stay on this machine. An unnamed client
            // may be anywhere.
            let isHopLocal = context.channel.remoteAddress?.isLocal ?? false
            let isPrivate = isHopLocal && header.source.map { $0.isLocal || header.isEncrypted } ?? false
            context.fireUserInboundEventTriggered(ProxiedClient(address: header.source, isPrivate: isPrivate))
            context.fireChannelActive()
            if bytes.readableBytes > 0 {
                context.fireChannelRead(wrapInboundOut(bytes))
                context.fireChannelReadComplete()
            }
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        // The later handlers have not seen the connection become active, so they do not see its end.
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed || event is DrainEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }
}
