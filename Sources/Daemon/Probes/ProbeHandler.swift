import Link
import NIOCore
import NIOHTTP1
import Synchronization

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
        let (bound, probes) = (NIOLoopBound((self, context), eventLoop: context.eventLoop), probes)
        // The metrics are not written on the event loop, because its sessions would wait for that.
        Task { [loop = context.eventLoop] in
            let answer = await probes.answer(head.method, head.uri)
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
    private func write(_ answer: Probes.Answer, isHead: Bool, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        var headers = HTTPHeaders([
            ("Content-Type", answer.contentType), ("Content-Length", "\(answer.body.utf8.count)"),
            ("Cache-Control", "no-store"), ("Connection", "close"),
        ])
        if answer.status == .methodNotAllowed { headers.add(name: "Allow", value: "GET, HEAD") }
        let head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !isHead {
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

/// The slots for connections of monitoring. Their number limits the connections at one time.
final class ProbeSlots: Sendable {
    /// A slot, which becomes free when its last reference is released.
    final class Slot: Sendable {
        private let slots: ProbeSlots

        fileprivate init(_ slots: ProbeSlots) {
            self.slots = slots
        }

        deinit { slots.taken.subtract(1, ordering: .relaxed) }
    }

    private let limit: Int
    private let taken = Atomic(0)

    init(_ limit: Int) {
        self.limit = limit
    }

    /// Returns a free slot; nil if none is free.
    func take() -> Slot? {
        guard taken.add(1, ordering: .relaxed).newValue <= limit else {
            taken.subtract(1, ordering: .relaxed)
            return nil
        }
        return Slot(self)
    }
}
