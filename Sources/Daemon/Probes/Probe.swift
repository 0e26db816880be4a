import Input
import Link
import NIOCore
import NIOPosix
import Wire

/// Checks a daemon from outside, by its greeting and its answer to one request.
package struct Probe: Sendable {
    /// The limit for the whole check.
    private static let patience = TimeAmount.seconds(5)

    private let endpoint: Endpoint

    /// Creates a probe. `listening` is where the daemon listens. A daemon that listens on every address is asked on
    /// loopback.
    package init(_ listening: Endpoint) {
        endpoint = listening.ofThisMachine
    }

    /// Returns the reply to a request without a body. If the daemon takes no new sessions, it returns the greeting.
    ///
    /// - Throws: `StartError` that names the address, if no daemon greets or none answers in time.
    package func reply(to request: String) async throws(StartError) -> Reply {
        let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Reply.self)
        let late = promise.futureResult.eventLoop.scheduleTask(in: Self.patience) {
            promise.fail(ConnectionFailure("no answer"))
        }
        defer { late.cancel() }
        ClientConnection.connecting(to: endpoint, timeout: Self.patience).flatMap { connection in
            connection.nextReply().flatMap { greeting in
                let loop = promise.futureResult.eventLoop
                // A daemon that is drained answers no request.
                if greeting == Failure.stopping.reply { return loop.makeSucceededFuture(greeting) }
                guard greeting.code == 220 else {
                    return loop.makeFailedFuture(
                        ConnectionFailure("the greeting has code \(greeting.code) instead of 220"))
                }
                // A failure to send is not checked here: it shows in the reply, which then does not come.
                _ = connection.sending(ByteBuffer(string: "\(request)\r\nQUIT\r\n"))
                return connection.nextReply()
            }
        }.cascade(to: promise)
        do { return try await promise.futureResult.get() } catch { throw failure("\(error)") }
    }

    /// Returns an error with that reason. It names the address.
    package func failure(_ reason: String) -> StartError { StartError("\(endpoint): \(reason)", .refused) }
}

extension Endpoint {
    /// The address at which a client on this machine reaches a daemon that listens on this endpoint.
    fileprivate var ofThisMachine: Endpoint {
        switch self {
        case .tcp("0.0.0.0", let port), .tcp("*", let port): .tcp(host: "127.0.0.1", port: port)
        case .tcp("::", let port): .tcp(host: "::1", port: port)
        case .tcp, .unix: self
        }
    }
}
