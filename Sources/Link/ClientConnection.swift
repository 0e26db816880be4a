import Glibc
import NIOCore
import NIOPosix
import NIOTLS
import Wire

/// Why there is no connection, or none any more: a few words for the person who waits.
package struct ConnectionFailure: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }

    /// What NIO says about an attempt to connect, in short.
    init(_ error: any Error) {
        switch error {
        case let failure as ConnectionFailure:
            self = failure
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { self.init(first.error) } else { self.init("no such host") }
        case let error as IOError:
            let text = String(cString: strerror(error.errnoCode))
            self.init(text.prefix(1).lowercased() + text.dropFirst())
        case ChannelError.connectTimeout:
            self.init("no answer")
        default:
            self.init(TLSFault(of: error).map { "no TLS with the server: \($0)" } ?? "\(error)")
        }
    }
}

/// The client's side of a session: octets go out, replies come in, in their order. The greeting is the first reply.
///
/// Everything may be waited for in two ways: as a future, and as an async function.
package final class ClientConnection: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<ReplyHandler>

    private init(_ channel: any Channel, _ handler: NIOLoopBound<ReplyHandler>) {
        self.channel = channel
        self.handler = handler
    }

    /// Connects; fails with a `ConnectionFailure`. A server that has not begun to speak after `patience` is given up.
    ///
    /// `tls`: whom to believe; the connection then begins with TLS.
    package static func opening(
        _ endpoint: Endpoint, tls: TLSTrust? = nil, patience: TimeAmount = .seconds(30)
    ) -> EventLoopFuture<ClientConnection> {
        ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(min(patience, .seconds(10)))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(tls.handler()) }
                    try channel.pipeline.syncOperations.addHandler(ReplyHandler(patience: patience))
                }
            }
            .connect(to: endpoint)
            .flatMapThrowing { channel in
                let handler = try channel.pipeline.syncOperations.handler(type: ReplyHandler.self)
                return ClientConnection(channel, NIOLoopBound(handler, eventLoop: channel.eventLoop))
            }
            .flatMapErrorThrowing { throw ConnectionFailure($0) }
    }

    /// Begins TLS, once the reply to STARTTLS was taken. It is done when the server has been believed.
    ///
    /// Whatever came in clear behind that reply is somebody else's: then it fails (CVE-2011-0411, GHSA-9cfh-vx93-84vv).
    package func beginTLS(_ trust: TLSTrust) -> EventLoopFuture<Void> {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        let handler = handler
        channel.eventLoop.execute { handler.value.beginTLS(trust, promise) }
        return promise.futureResult.flatMapErrorThrowing { throw ConnectionFailure($0) }
    }

    /// Whether the connection stands, as far as is known. Replies may be waiting even when it does not.
    package var isOpen: Bool { channel.isActive }

    /// Sends octets. It is done when they have left: whoever waits for that never has more than `octets` in memory.
    /// That they could not be sent is told by the next reply.
    package func sending(_ octets: ByteBuffer) -> EventLoopFuture<Void> {
        channel.writeAndFlush(octets).recover { _ in }
    }

    package func send(_ octets: ByteBuffer) async {
        try? await sending(octets).get()
    }

    /// The next reply; fails with a `ConnectionFailure` when none will come.
    package func nextReply() -> EventLoopFuture<Reply> {
        let promise = channel.eventLoop.makePromise(of: Reply.self)
        let handler = handler
        channel.eventLoop.execute { handler.value.take(promise) }
        return promise.futureResult
    }

    package func reply() async throws -> Reply {
        try await nextReply().get()
    }

    /// A reply that has arrived and was not taken, without waiting; nil when there is none.
    package func arrivedReply() -> EventLoopFuture<Reply?> {
        let handler = handler
        return channel.eventLoop.submit { handler.value.takeArrived() }
    }

    package func close() {
        channel.close(promise: nil)
    }
}

/// Reads replies, and keeps them until they are asked for.
private final class ReplyHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Replies that nobody has asked for yet; with so many, no more are read.
    private static let maximumArrived = 64

    private let patience: TimeAmount
    private var parser = ReplyParser(limits: .link, isLink: false)
    private var input = ByteBuffer()
    private var arrived = CircularBuffer<Reply>()
    private var waiting = CircularBuffer<EventLoopPromise<Reply>>()
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
        parse()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end("connection lost")
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(TLSFault(of: error) == nil ? "connection lost" : ConnectionFailure(error).description)
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
            end(ConnectionFailure(error).description)
        }
    }

    func read(context: ChannelHandlerContext) {
        if arrived.count < Self.maximumArrived { context.read() } else { wantsRead = true }
    }

    func take(_ promise: EventLoopPromise<Reply>) {
        if let reply = takeArrived() { return promise.succeed(reply) }
        if let failure { return promise.fail(failure) }
        waiting.append(promise)
    }

    func takeArrived() -> Reply? {
        guard let reply = arrived.popFirst() else { return nil }
        parse()
        if wantsRead, arrived.count < Self.maximumArrived {
            wantsRead = false
            context?.read()
        }
        return reply
    }

    private func parse() {
        do throws(WireFault) {
            while arrived.count < Self.maximumArrived, case .reply(let reply, _)? = try parser.next(&input) {
                greetingTimer?.cancel()
                if let promise = waiting.popFirst() { promise.succeed(reply) } else { arrived.append(reply) }
            }
        } catch {
            input.clear()
            end("the server does not speak Clavero's protocol (\(error))")
        }
    }

    /// The first reason counts. Replies that have arrived can still be taken.
    private func end(_ reason: String) {
        handshake?.fail(failure ?? ConnectionFailure(reason))
        handshake = nil
        guard failure == nil else { return }
        failure = ConnectionFailure(reason)
        greetingTimer?.cancel()
        while let promise = waiting.popFirst() { promise.fail(ConnectionFailure(reason)) }
        context?.close(promise: nil)
    }
}
