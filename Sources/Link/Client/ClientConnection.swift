import NIOCore
import NIOPosix
import Wire

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

    /// The next reply with its body; fails with a `ConnectionFailure` when none will come.
    package func nextReply() -> EventLoopFuture<Reply> { ask { .reply($0) } }

    /// The next reply as soon as its lines are there. What was not asked for of the body before it is thrown away.
    package func nextHead() -> EventLoopFuture<ReplyHead> { ask { .head($0) } }

    /// The next part of the body behind the head that was given last; nil behind its end, and where there is none. The
    /// server is not read from while parts wait.
    package func nextBody() -> EventLoopFuture<ByteBuffer?> { ask { .body($0) } }

    private func ask<Value: Sendable>(
        _ wanted: @escaping @Sendable (EventLoopPromise<Value>) -> ReplyHandler.Wanted
    ) -> EventLoopFuture<Value> {
        let promise = channel.eventLoop.makePromise(of: Value.self)
        let handler = handler
        channel.eventLoop.execute { handler.value.take(wanted(promise)) }
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

    /// An answer, and the time from sending to hearing it.
    package struct RoundTrip: Sendable {
        package let reply: Reply
        package let time: TimeAmount
    }

    /// Sends a request and gives the next reply; both moments are the event loop's.
    package func roundTrip(_ octets: ByteBuffer) -> EventLoopFuture<RoundTrip> {
        let reply = nextReply()
        let channel = channel
        return channel.eventLoop.flatSubmit {
            let start = NIODeadline.now()
            channel.writeAndFlush(octets, promise: nil)
            return reply.map { RoundTrip(reply: $0, time: .now() - start) }
        }
    }

    package func close() {
        channel.close(promise: nil)
    }
}
