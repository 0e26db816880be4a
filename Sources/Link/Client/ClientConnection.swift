import NIOCore
import NIOPosix
import Wire

/// The client's end of a session. Requests go out as bytes, and replies come in, in order. The first reply is the
/// greeting.
///
/// Each operation has two forms: one returns a future, and one is an async function.
package final class ClientConnection: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<ReplyHandler>

    private init(_ channel: any Channel, _ handler: NIOLoopBound<ReplyHandler>) {
        self.channel = channel
        self.handler = handler
    }

    /// Connects to an endpoint.
    ///
    /// - Parameters:
    ///   - tls: decides which servers are trusted; nil for a connection that does not begin with TLS.
    ///   - timeout: the time in which the server has to begin its greeting.
    /// - Returns: a future that fails with a `ConnectionFailure`.
    package static func connecting(
        to endpoint: Endpoint, tls: TLSTrust? = nil, timeout: TimeAmount = .seconds(30)
    ) -> EventLoopFuture<ClientConnection> {
        ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(min(timeout, .seconds(10)))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(tls.handler()) }
                    try channel.pipeline.syncOperations.addHandler(ReplyHandler(timeout: timeout))
                }
            }
            .connect(to: endpoint)
            .flatMapThrowing { channel in
                let handler = try channel.pipeline.syncOperations.handler(type: ReplyHandler.self)
                return ClientConnection(channel, NIOLoopBound(handler, eventLoop: channel.eventLoop))
            }
            .flatMapErrorThrowing { throw ConnectionFailure($0) }
    }

    /// Starts TLS, after the reply to STARTTLS was taken. The future succeeds when the server is trusted.
    ///
    /// The future fails if bytes came in clear after that reply, because they may come from an attacker (CVE-2011-0411,
    /// GHSA-9cfh-vx93-84vv).
    package func beginTLS(_ trust: TLSTrust) -> EventLoopFuture<Void> {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        let handler = handler
        channel.eventLoop.execute { handler.value.beginTLS(trust, promise) }
        return promise.futureResult.flatMapErrorThrowing { throw ConnectionFailure($0) }
    }

    /// Whether the connection is open, as far as is known. Replies may be waiting even if it is not.
    package var isOpen: Bool { channel.isActive }

    /// Sends bytes. The future is done when they have left, so a caller that waits for it has at most `bytes` in
    /// memory. A failure to send shows in the next reply.
    package func sending(_ bytes: ByteBuffer) -> EventLoopFuture<Void> {
        channel.writeAndFlush(bytes).recover { _ in }
    }

    package func send(_ bytes: ByteBuffer) async {
        try? await sending(bytes).get()
    }

    /// Returns the next reply with its body. The future fails with a `ConnectionFailure` if none will come.
    package func nextReply() -> EventLoopFuture<Reply> { ask { .reply($0) } }

    /// Returns the head of the next reply, as soon as its lines have come. The rest of the body before it is discarded.
    package func nextHead() -> EventLoopFuture<ReplyHead> { ask { .head($0) } }

    /// Returns the next part of the body of the last head; nil after its end, and if there is no body. While parts
    /// wait, nothing is read from the server.
    package func nextBody() -> EventLoopFuture<ByteBuffer?> { ask { .body($0) } }

    private func ask<Value: Sendable>(
        _ pending: @escaping @Sendable (EventLoopPromise<Value>) -> ReplyHandler.PendingRead
    ) -> EventLoopFuture<Value> {
        let promise = channel.eventLoop.makePromise(of: Value.self)
        let handler = handler
        channel.eventLoop.execute { handler.value.take(pending(promise)) }
        return promise.futureResult
    }

    package func reply() async throws -> Reply {
        try await nextReply().get()
    }

    /// Returns a reply that has arrived and was not taken, without waiting; nil if there is none.
    package func arrivedReply() -> EventLoopFuture<Reply?> {
        let handler = handler
        return channel.eventLoop.submit { handler.value.takeArrived() }
    }

    /// A reply, and the time from the request to it.
    package struct RoundTrip: Sendable {
        package let reply: Reply
        package let time: TimeAmount
    }

    /// Sends a request and returns the next reply. Both times are measured on the event loop.
    package func roundTrip(_ bytes: ByteBuffer) -> EventLoopFuture<RoundTrip> {
        let reply = nextReply()
        let channel = channel
        return channel.eventLoop.flatSubmit {
            let start = NIODeadline.now()
            channel.writeAndFlush(bytes, promise: nil)
            return reply.map { RoundTrip(reply: $0, time: .now() - start) }
        }
    }

    package func close() {
        channel.close(promise: nil)
    }
}
