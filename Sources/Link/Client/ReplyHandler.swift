import NIOCore
import NIOTLS
import Wire

/// Reads replies, and keeps them and the parts of their bodies until they are taken.
final class ReplyHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A waiting caller, with the promise of what it waits for.
    enum PendingRead {
        case head(EventLoopPromise<ReplyHead>)
        case body(EventLoopPromise<ByteBuffer?>)
        case reply(EventLoopPromise<Reply>)
    }

    /// The limits of what is kept. Beyond one of them nothing more is read.
    private static let maximumArrived = (events: 64, bytes: 1 << 18)

    private let timeout: TimeAmount
    private var stream = ReplyStream(limits: .link)
    private var input = ByteBuffer()
    private var arrived = CircularBuffer<ReplyStream.Event>()
    private var arrivedBytes = 0
    private var waiting = CircularBuffer<PendingRead>()
    /// Whether the last head that was given has more of its body to come.
    private var isInBody = false
    /// The reply whose body is being collected for the first waiting caller.
    private var collected: Reply?
    private var failure: ConnectionFailure?
    private var greetingTimer: Scheduled<Void>?
    private var hasDeferredRead = false
    private var handshake: EventLoopPromise<Void>?
    private var context: ChannelHandlerContext?

    init(timeout: TimeAmount) {
        self.timeout = timeout
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        greetingTimer = context.eventLoop.scheduleTask(in: timeout) { bound.value.end("no answer") }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        input.writeOrTake(&bytes)
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
            return end("the server sent data in clear after its reply to STARTTLS; the data was discarded")
        }
        do {
            try context.pipeline.syncOperations.addHandler(trust.handler(), position: .first)
        } catch {
            end(ConnectionFailure(error))
        }
    }

    func read(context: ChannelHandlerContext) {
        if hasRoom { context.read() } else { hasDeferredRead = true }
    }

    // MARK: - For callers

    func take(_ pending: PendingRead) {
        waiting.append(pending)
        serve()
    }

    /// Takes a reply that has arrived, if no caller waits for it.
    func takeArrived() -> Reply? {
        parse()
        guard waiting.isEmpty, case .head(let head)? = arrived.first, head.bodyCount == nil else { return nil }
        _ = pop()
        return head.reply
    }

    private var hasRoom: Bool {
        arrived.count < Self.maximumArrived.events && arrivedBytes < Self.maximumArrived.bytes
    }

    /// Gives waiting callers what has come.
    private func serve() {
        parse()
        while let pending = waiting.first {
            if case .body(let promise) = pending, !isInBody {
                promise.succeed(nil)
                waiting.removeFirst()
                continue
            }
            guard !arrived.isEmpty else { break }
            if give(pop(), to: pending) { waiting.removeFirst() }
            parse()
        }
        if let failure { fail(failure) }
        if hasDeferredRead, hasRoom {
            hasDeferredRead = false
            context?.read()
        }
    }

    /// Gives an event to a waiting caller, or discards it if the caller waits for something else.
    ///
    /// - Returns: whether the caller no longer waits.
    private func give(_ event: ReplyStream.Event, to pending: PendingRead) -> Bool {
        switch (pending, event) {
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

    // MARK: - Input

    private func pop() -> ReplyStream.Event {
        let event = arrived.removeFirst()
        switch event {
        case .head(let head): isInBody = head.bodyCount != nil
        case .part(let part): arrivedBytes -= part.readableBytes
        case .end: isInBody = false
        }
        return event
    }

    private func parse() {
        do throws(WireFault) {
            while hasRoom, let event = try stream.next(&input) {
                greetingTimer?.cancel()
                if case .part(let part) = event { arrivedBytes += part.readableBytes }
                arrived.append(event)
            }
        } catch {
            input.clear()
            end("the server does not speak Clavero's protocol (\(error))")
        }
    }

    private func end(_ reason: String) { end(ConnectionFailure(reason)) }

    /// Ends with a reason, of which the first counts. Replies that have arrived can still be taken.
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
        while let pending = waiting.popFirst() {
            switch pending {
            case .head(let promise): promise.fail(failure)
            case .body(let promise): promise.fail(failure)
            case .reply(let promise): promise.fail(failure)
            }
        }
    }
}
