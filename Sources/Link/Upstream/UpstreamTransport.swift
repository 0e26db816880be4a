import NIOCore
import Wire

/// Makes the link of an upstream.
protocol UpstreamTransport: AnyObject {
    /// The kind of the other end.
    var peer: UpstreamMachine.Peer { get }
    /// The other end's name in the log.
    var name: String { get }
    /// The words that say what the operator should do if the other end never greets; nil if nothing is known.
    var silenceAdvice: String? { get }

    /// Opens a channel on the loop, with `handler` in it.
    func open(on loop: any EventLoop, _ handler: NIOLoopBound<UpstreamHandler>) -> EventLoopFuture<any Channel>
    /// Releases what the last channel used. The upstream calls this when it no longer needs that channel.
    func release()
}

extension UpstreamTransport {
    var silenceAdvice: String? { nil }
    func release() {}
}
