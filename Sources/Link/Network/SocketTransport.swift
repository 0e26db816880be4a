import Glibc
import NIOCore
import NIOPosix
import POSIX
import Wire

/// Opens links to a server over a socket.
final class SocketTransport: UpstreamTransport {
    let peer = UpstreamMachine.Peer.server
    let name = "server"
    /// A server that waits for TLS is silent towards a link in clear.
    var silenceAdvice: String? { tls == nil ? "if it expects TLS, start the proxy with --link-tls always" : nil }
    private let endpoint: Endpoint
    private let tls: TLSIdentity?

    /// `tls`: the identity that the link is encrypted with; nil for a link in clear.
    init(_ endpoint: Endpoint, tls: TLSIdentity?) {
        self.endpoint = endpoint
        self.tls = tls
    }

    func open(on loop: any EventLoop, _ handler: NIOLoopBound<UpstreamHandler>) -> EventLoopFuture<any Channel> {
        ClientBootstrap(group: loop)
            .connectTimeout(Upstream.connectTimeout)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.writeSpin, value: 1)
            .channelInitializer { [tls] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(tls.clientHandler()) }
                    try channel.pipeline.syncOperations.addHandler(handler.value)
                }
            }
            .connect(to: endpoint)
            .flatMapErrorThrowing { throw Unreachable($0) }
    }

    /// The reason why there is no connection, in the system's words if it has any.
    private struct Unreachable: Error, CustomStringConvertible {
        let description: String

        init(_ error: any Error) {
            let cause = (error as? NIOConnectionError)?.connectionErrors.first?.error ?? error
            description = (cause as? IOError).map { SystemError.text($0.errnoCode) } ?? "\(cause)"
        }
    }
}
