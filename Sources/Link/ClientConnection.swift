import Glibc
import NIOCore
import NIOPosix
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
            self.init("\(error)")
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
    package static func opening(
        host: String, port: Int, patience: TimeAmount = .seconds(30)
    ) -> EventLoopFuture<ClientConnection> {
        ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(min(patience, .seconds(10)))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ReplyHandler(patience: patience))
                }
            }
            .connect(host: host, port: port)
            .flatMapThrowing { channel in
                let handler = try channel.pipeline.syncOperations.handler(type: ReplyHandler.self)
                return ClientConnection(channel, NIOLoopBound(handler, eventLoop: channel.eventLoop))
            }
            .flatMapErrorThrowing { throw ConnectionFailure($0) }
    }

    package static func connect(host: String, port: Int) async throws -> ClientConnection {
        try await opening(host: host, port: port).get()
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
        if input.readableBytes == 0 { input = octets } else { input.writeBuffer(&octets) }
        parse()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end("connection lost")
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end("connection lost")
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
        guard failure == nil else { return }
        failure = ConnectionFailure(reason)
        greetingTimer?.cancel()
        while let promise = waiting.popFirst() { promise.fail(ConnectionFailure(reason)) }
        context?.close(promise: nil)
    }
}
