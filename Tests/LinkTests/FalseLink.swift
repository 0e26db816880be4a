import NIOCore
import NIOEmbedded
import Synchronization
import Wire

@testable import Link

/// A server that a test speaks for.
final class FalseLink: UpstreamTransport {
    let peer = UpstreamMachine.Peer.server
    let name = "server"
    private(set) var channel: EmbeddedChannel?

    func open(on loop: any EventLoop, _ handler: NIOLoopBound<UpstreamHandler>) -> EventLoopFuture<any Channel> {
        let channel = EmbeddedChannel(handler: handler.value, loop: loop as! EmbeddedEventLoop)
        self.channel = channel
        channel.connect(to: try! SocketAddress(unixDomainSocketPath: "/x"), promise: nil)
        return loop.makeSucceededFuture(channel)
    }

    func say(_ lines: String...) throws {
        try channel!.writeInbound(ByteBuffer(string: lines.map { "\($0)\r\n" }.joined()))
    }

    /// Says that it has the commands ASK and ONCE.
    func announce() throws {
        try say(
            "220 s", "* HELLO 1 s", "* COMMAND ASK ARGS=\"[word:word]\" ACCESS=anyone REPEATABLE=yes PLUGIN=p",
            "* COMMAND ONCE ARGS=\"[word:word]\" ACCESS=anyone REPEATABLE=no PLUGIN=p", "* READY")
    }

    /// The requests that came since the last time.
    func requests() throws -> [String] {
        channel!.embeddedEventLoop.run()
        var text = ""
        while let octets = try channel!.readOutbound(as: ByteBuffer.self) { text += String(buffer: octets) }
        return text.split(separator: "\r\n").map(String.init).filter { $0.hasPrefix("#") }
    }
}

/// What was answered, in order.
final class Answers: Sendable {
    private let texts = Mutex<[String]>([])
    func add(_ answer: Answer) { texts.withLock { $0.append("\(answer.reply.code) \(answer.reply.text)") } }
    func take() -> [String] {
        texts.withLock { texts in
            defer { texts = [] }
            return texts
        }
    }
}
