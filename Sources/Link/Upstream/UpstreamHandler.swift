import NIOCore
import Wire

/// Moves bytes between a channel and an upstream.
final class UpstreamHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    /// The upstream; nil after `leave`.
    private var upstream: Upstream?
    private var context: ChannelHandlerContext?
    private var hasDeferredRead = false

    init(_ upstream: Upstream) {
        self.upstream = upstream
    }

    /// Parts from the upstream, which gets no more events of this channel.
    func leave() { upstream = nil }

    /// Writes a share of the outbox, and returns whether the outbox has more.
    func write(share: Outbox.Contents?) -> Bool { context?.write(share: share) == true }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) { upstream?.connected(context.channel, self) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        upstream?.received(&bytes)
    }

    func channelReadComplete(context: ChannelHandlerContext) { upstream?.run() }

    /// Reads, or waits until the bytes that were read before are taken.
    func read(context: ChannelHandlerContext) {
        if upstream?.hasBacklog == true { hasDeferredRead = true } else { context.read() }
    }

    func continueReading() {
        guard hasDeferredRead else { return }
        hasDeferredRead = false
        context?.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { upstream?.becameWritable() }

    func channelInactive(context: ChannelHandlerContext) { upstream?.disconnected("the connection was closed") }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        upstream?.failed(error)
        context.close(promise: nil)
    }
}
