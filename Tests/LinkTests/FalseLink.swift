import NIOCore
import NIOEmbedded
import Synchronization
import TestKit
import Testing
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

    /// Sends replies: each is a lane and the reply's line, as in `#1 250 2.0.0 OK`.
    func say(_ replies: String..., attributes: String = "") throws {
        let frames = replies.map { reply in
            let words = reply.split(separator: " ", maxSplits: 1)
            return frame(Int(words[0].dropFirst())!, "\(words[1])\r\n", attributes)
        }
        try channel!.writeInbound(ByteBuffer(string: frames.joined()))
    }

    /// Says that it has the commands ASK and ONCE.
    func announce() throws {
        let notes = [
            "HELLO 2 s", "COMMAND ASK ARGS=\"[word:word]\" ACCESS=anyone REPEATABLE=yes PLUGIN=p",
            "COMMAND ONCE ARGS=\"[word:word]\" ACCESS=anyone REPEATABLE=no PLUGIN=p", "READY",
        ]
        try channel!.writeInbound(ByteBuffer(string: "220 s\r\n" + notes.map(note).joined()))
    }

    /// The requests that came since the last time, each as its lane, its verb and its word: `#1 ASK a`.
    func requests() throws -> [String] {
        channel!.embeddedEventLoop.run()
        var octets = ByteBuffer()
        while var more = try channel!.readOutbound(as: ByteBuffer.self) { octets.writeBuffer(&more) }
        if octets.readableBytesView.starts(with: "* LINK ".utf8) {
            octets.moveReaderIndex(to: try #require(octets.readableBytesView.firstIndex(of: UInt8(ascii: "\n"))) + 1)
        }
        return try LinkFrame.all(in: Array(octets.readableBytesView)).compactMap { frame in
            guard frame.lane > 0, !frame.octets.isEmpty else { return nil }
            let lines = frame.text.split(separator: "\r\n", maxSplits: 1)
            let verb = lines[0].prefix { $0 != " " }
            return "#\(frame.lane) \(verb)" + lines.dropFirst().map { " \($0)" }.joined()
        }
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
