import Glibc
import NIOCore
import POSIX

/// Counts and records the connections that a listener accepts, and stops accepting at the limiter's bound or when the
/// system has no descriptor left. Without this handler NIO would try again at once and without end, with a whole
/// processor.
final class AcceptHandler: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let limiter: ConnectionLimiter
    private let open: OpenChannels

    init(_ limiter: ConnectionLimiter, _ open: OpenChannels) {
        (self.limiter, self.open) = (limiter, open)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let (channel, limiter, open) = (unwrapInboundIn(data), limiter, open)
        if !limiter.opened(ObjectIdentifier(self), resumption(context.channel)) { stop(context.channel) }
        let slot = open.add(channel)
        // There is one closure for both, because each open connection keeps it.
        channel.closeFuture.whenComplete { _ in
            open.remove(slot)
            limiter.closed()
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) else {
            return context.fireErrorCaught(error)
        }
        let resume = resumption(context.channel)
        stop(context.channel)
        limiter.ranOut(SystemError.text(error.errnoCode), ObjectIdentifier(self), resume)
        _ = context.eventLoop.scheduleTask(in: ConnectionLimiter.pause, resume)
    }

    private func stop(_ channel: any Channel) { try? channel.syncOptions?.setOption(.autoRead, value: false) }

    private func resumption(_ channel: any Channel) -> @Sendable () -> Void {
        { channel.setOption(.autoRead, value: true).whenFailure { _ in } }
    }
}
