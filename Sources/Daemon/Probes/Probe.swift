import Input
import Link
import NIOCore
import NIOPosix
import Wire

/// A look at a daemon from outside: its greeting, and its answer to one request.
package struct Probe: Sendable {
    /// For all of it together.
    private static let patience = TimeAmount.seconds(5)

    private let endpoint: Endpoint

    /// `listening`: where the daemon listens. One that listens on every address is asked on loopback.
    package init(_ listening: Endpoint) {
        endpoint = listening.ofThisMachine
    }

    /// The reply to a request without a body; that of a daemon that takes no new sessions is its greeting.
    ///
    /// - Throws: `StartError` that names the address, when no daemon greets or none answers in time.
    package func reply(to request: String) async throws(StartError) -> Reply {
        let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Reply.self)
        let late = promise.futureResult.eventLoop.scheduleTask(in: Self.patience) {
            promise.fail(ConnectionFailure("no answer"))
        }
        defer { late.cancel() }
        ClientConnection.connecting(to: endpoint, timeout: Self.patience).flatMap { connection in
            connection.nextReply().flatMap { greeting in
                let loop = promise.futureResult.eventLoop
                // Nobody is answered by a daemon that is drained.
                if greeting == Failure.stopping.reply { return loop.makeSucceededFuture(greeting) }
                guard greeting.code == 220 else {
                    return loop.makeFailedFuture(ConnectionFailure("greets with \(greeting.code), not with 220"))
                }
                // What cannot be sent shows in the reply, which does not come then.
                _ = connection.sending(ByteBuffer(string: "\(request)\r\nQUIT\r\n"))
                return connection.nextReply()
            }
        }.cascade(to: promise)
        do { return try await promise.futureResult.get() } catch { throw failure("\(error)") }
    }

    /// An error of that reason; it names the address.
    package func failure(_ reason: String) -> StartError { StartError("\(endpoint): \(reason)") }
}

extension Endpoint {
    /// Where somebody on this machine reaches who listens there.
    fileprivate var ofThisMachine: Endpoint {
        switch self {
        case .tcp("0.0.0.0", let port), .tcp("*", let port): .tcp(host: "127.0.0.1", port: port)
        case .tcp("::", let port): .tcp(host: "::1", port: port)
        case .tcp, .unix: self
        }
    }
}
