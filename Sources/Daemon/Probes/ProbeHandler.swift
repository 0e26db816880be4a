import Link
import NIOCore
import NIOHTTP1

/// Answers the single request of a connection, and closes the connection. A connection that takes too long or sends
/// too much is closed without an answer.
final class ProbeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let probes: Probes
    /// The slot of the connection. It is kept while the answer is being made, even if the connection has closed.
    private let slot: ProbeSlots.Slot
    private var isAsked = false
    private var isAnswered = false

    init(_ probes: Probes, _ slot: ProbeSlots.Slot) {
        self.probes = probes
        self.slot = slot
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data), !isAsked else { return }
        isAsked = true
        slot.isAsked()
        let (bound, probes) = (NIOLoopBound((self, context), eventLoop: context.eventLoop), probes)
        // The metrics are not written on the event loop, because its sessions would wait for that.
        Task { [loop = context.eventLoop] in
            let answer = await probes.answer(head)
            loop.execute { bound.value.0.write(answer, isHead: head.method == .HEAD, bound.value.1) }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        let isOver = event is DrainEvent || event as? ChannelEvent == .inputClosed
        if isOver, !isAsked || isAnswered { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// Writes the answer. If `isHead`, it leaves out the body.
    private func write(_ answer: ProbeAnswer, isHead: Bool, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        if !isHead, !answer.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
        }
        let channel = context.channel
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
            bound.value.isAnswered = true
            channel.closeAfterAnswer()
        }
    }
}

/// Closes a connection that sends more than a request may have. It comes before HTTP in the pipeline.
final class ProbeInputLimit: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private static let limit = 8192
    private var count = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        count += unwrapInboundIn(data).readableBytes
        if count > Self.limit { context.close(promise: nil) } else { context.fireChannelRead(data) }
    }
}

/// Answers a client that may not ask with 403, without waiting for its request, and closes the connection.
final class ProbeRefusal: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private static let text = "this client's address is not in --metrics-clients\n"
    private static let response = """
        HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: \(text.utf8.count)\r
        Cache-Control: no-store\r\nConnection: close\r\n\r\n\(text)
        """

    private let slot: ProbeSlots.Slot

    init(_ slot: ProbeSlots.Slot) {
        self.slot = slot
        slot.isAsked()
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        channel.writeAndFlush(ByteBuffer(string: Self.response)).whenComplete { _ in channel.closeAfterAnswer() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
