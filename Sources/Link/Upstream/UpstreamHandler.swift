import NIOCore
import Wire

/// Carries an upstream's octets.
final class UpstreamHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    /// Nil once it has left.
    private var upstream: Upstream?
    private var context: ChannelHandlerContext?
    private var wantsRead = false

    init(_ upstream: Upstream) {
        self.upstream = upstream
    }

    /// The upstream hears no more of this channel.
    func leave() { upstream = nil }

    /// Writes a share of the outbox, and returns whether more waits there.
    func write(share: Outbox.Contents?) -> Bool { context?.write(share: share) == true }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) { upstream?.connected(context.channel, self) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var octets = unwrapInboundIn(data)
        upstream?.received(&octets)
    }

    func channelReadComplete(context: ChannelHandlerContext) { upstream?.run() }

    /// Reading waits while what was read is not taken yet.
    func read(context: ChannelHandlerContext) {
        if upstream?.isBehind == true { wantsRead = true } else { context.read() }
    }

    func goOnReading() {
        guard wantsRead else { return }
        wantsRead = false
        context?.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { upstream?.becameWritable() }

    func channelInactive(context: ChannelHandlerContext) { upstream?.disconnected("the connection was closed") }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        upstream?.failed(error)
        context.close(promise: nil)
    }
}
