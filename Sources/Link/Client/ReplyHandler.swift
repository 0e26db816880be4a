import NIOCore
import NIOTLS
import Wire

/// Reads replies, and keeps them, and what has come of their bodies, until they are asked for.
final class ReplyHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What is asked for next.
    enum Wanted {
        case head(EventLoopPromise<ReplyHead>)
        case body(EventLoopPromise<ByteBuffer?>)
        case reply(EventLoopPromise<Reply>)
    }

    /// With so much that nobody has asked for yet, no more is read.
    private static let maximumArrived = (events: 64, octets: 1 << 18)

    private let patience: TimeAmount
    private var stream = ReplyStream(limits: .link)
    private var input = ByteBuffer()
    private var arrived = CircularBuffer<ReplyStream.Event>()
    private var arrivedOctets = 0
    private var waiting = CircularBuffer<Wanted>()
    /// Whether the head that was given last has more of its body to come.
    private var isInBody = false
    /// The reply whose body is being put together for the first who waits.
    private var collected: Reply?
    private var failure: ConnectionFailure?
    private var greetingTimer: Scheduled<Void>?
    private var wantsRead = false
    private var handshake: EventLoopPromise<Void>?
    private var context: ChannelHandlerContext?

    init(patience: TimeAmount) {
        self.patience = patience
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        greetingTimer = context.eventLoop.scheduleTask(in: patience) { bound.value.end("no answer") }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var octets = unwrapInboundIn(data)
        input.writeOrTake(&octets)
        serve()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end("connection lost")
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(TLSFault(of: error) == nil ? ConnectionFailure("connection lost") : ConnectionFailure(error))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event {
            handshake?.succeed()
            handshake = nil
        }
        context.fireUserInboundEventTriggered(event)
    }

    func beginTLS(_ trust: TLSTrust, _ promise: EventLoopPromise<Void>) {
        handshake = promise
        guard failure == nil, let context else { return end("connection lost") }
        guard input.readableBytes == 0, arrived.isEmpty else {
            return end("something was sent in clear behind the reply to STARTTLS; nothing of it was believed")
        }
        do {
            try context.pipeline.syncOperations.addHandler(trust.handler(), position: .first)
        } catch {
            end(ConnectionFailure(error))
        }
    }

    func read(context: ChannelHandlerContext) {
        if hasRoom { context.read() } else { wantsRead = true }
    }

    // MARK: - What is asked for

    func take(_ wanted: Wanted) {
        waiting.append(wanted)
        serve()
    }

    /// A reply that has arrived and that nobody waits for.
    func takeArrived() -> Reply? {
        parse()
        guard waiting.isEmpty, case .head(let head)? = arrived.first, head.bodyCount == nil else { return nil }
        _ = pop()
        return head.reply
    }

    private var hasRoom: Bool {
        arrived.count < Self.maximumArrived.events && arrivedOctets < Self.maximumArrived.octets
    }

    /// Gives those who wait what has come.
    private func serve() {
        parse()
        while let wanted = waiting.first {
            if case .body(let promise) = wanted, !isInBody {
                promise.succeed(nil)
                waiting.removeFirst()
                continue
            }
            guard !arrived.isEmpty else { break }
            if give(pop(), to: wanted) { waiting.removeFirst() }
            parse()
        }
        if let failure { fail(failure) }
        if wantsRead, hasRoom {
            wantsRead = false
            context?.read()
        }
    }

    /// Whether whoever waits has what he waits for. An event that is of no use to him is passed over.
    private func give(_ event: ReplyStream.Event, to wanted: Wanted) -> Bool {
        switch (wanted, event) {
        case (.head(let promise), .head(let head)): promise.succeed(head)
        case (.body(let promise), .part(let part)): promise.succeed(part)
        case (.body(let promise), .end): promise.succeed(nil)
        case (.reply(let promise), _): return collect(event, for: promise)
        case (.head, .part), (.head, .end), (.body, .head): return false
        }
        return true
    }

    private func collect(_ event: ReplyStream.Event, for promise: EventLoopPromise<Reply>) -> Bool {
        switch event {
        case .head(let head):
            guard let count = head.bodyCount else {
                promise.succeed(head.reply)
                return true
            }
            collected = head.reply
            collected?.body = ByteBufferAllocator().buffer(capacity: count)
            return false
        case .part(var part):
            collected?.body?.writeBuffer(&part)
            return false
        case .end:
            guard let reply = collected else { return false }
            collected = nil
            promise.succeed(reply)
            return true
        }
    }

    // MARK: - What comes

    private func pop() -> ReplyStream.Event {
        let event = arrived.removeFirst()
        switch event {
        case .head(let head): isInBody = head.bodyCount != nil
        case .part(let part): arrivedOctets -= part.readableBytes
        case .end: isInBody = false
        }
        return event
    }

    private func parse() {
        do throws(WireFault) {
            while hasRoom, let event = try stream.next(&input) {
                greetingTimer?.cancel()
                if case .part(let part) = event { arrivedOctets += part.readableBytes }
                arrived.append(event)
            }
        } catch {
            input.clear()
            end("the server does not speak Clavero's protocol (\(error))")
        }
    }

    private func end(_ reason: String) { end(ConnectionFailure(reason)) }

    /// The first reason counts. Replies that have arrived can still be taken.
    private func end(_ reason: ConnectionFailure) {
        handshake?.fail(failure ?? reason)
        handshake = nil
        guard failure == nil else { return }
        failure = reason
        greetingTimer?.cancel()
        serve()
        context?.close(promise: nil)
    }

    private func fail(_ failure: ConnectionFailure) {
        while let wanted = waiting.popFirst() {
            switch wanted {
            case .head(let promise): promise.fail(failure)
            case .body(let promise): promise.fail(failure)
            case .reply(let promise): promise.fail(failure)
            }
        }
    }
}
