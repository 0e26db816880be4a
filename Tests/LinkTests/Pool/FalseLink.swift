import NIOCore
import NIOEmbedded
import Synchronization

@testable import Link
@testable import Wire

/// A server that a test speaks for.
final class FalseLink: UpstreamTransport {
    let peer = UpstreamMachine.Peer.server
    let name = "server"
    let silenceAdvice: String? = "look at TLS"
    private(set) var channel: EmbeddedChannel?

    func open(on loop: any EventLoop, _ handler: NIOLoopBound<UpstreamHandler>) -> EventLoopFuture<any Channel> {
        let channel = EmbeddedChannel(handler: handler.value, loop: loop as! EmbeddedEventLoop)
        self.channel = channel
        channel.connect(to: try! SocketAddress(unixDomainSocketPath: "/x"), promise: nil)
        return loop.makeSucceededFuture(channel)
    }

    /// Sends replies, each in the form `#lane text`.
    func say(_ replies: String...) throws {
        for reply in replies {
            let parts = reply.split(separator: " ", maxSplits: 1)
            try say(lane: String(parts[0].dropFirst()), String(parts[1]))
        }
    }

    func say(lane: String, _ line: String, _ attributes: String...) throws {
        let header = (["#\(lane) \(line.utf8.count + 2)"] + attributes).joined(separator: " ")
        try channel!.writeInbound(ByteBuffer(string: "\(header)\r\n\(line)\r\n"))
    }

    /// Greets, and announces the commands ASK and ONCE.
    func announce() throws {
        try greet()
        try announce("ASK p", "ONCE p")
    }

    func greet() throws { try channel!.writeInbound(ByteBuffer(string: "220 s\r\n")) }

    /// Announces commands, each in the form `verb plugin`. All but ONCE may be repeated.
    func announce(_ commands: String...) throws {
        try announce(commands)
    }

    func announce(_ commands: [String]) throws {
        try say(lane: "0", "HELLO 2 s")
        for command in commands {
            let words = command.split(separator: " ")
            let isRepeatable = words[0] != "ONCE"
            try say(
                lane: "0",
                "COMMAND \(words[0]) ARGS=\"[word:word]\" ACCESS=anyone REPEATABLE=\(isRepeatable ? "yes" : "no") "
                    + "PLUGIN=\(words[1])")
        }
        try say(lane: "0", "READY")
    }

    /// Returns the requests since the last call, each in the form `#lane verb word`, with its token if it has a new
    /// one.
    func requests() throws -> [String] {
        channel!.embeddedEventLoop.run()
        var bytes = ByteBuffer()
        while var part = try channel!.readOutbound(as: ByteBuffer.self) { bytes.writeBuffer(&part) }
        let opening = bytes.readableBytesView.prefix { $0 != UInt8(ascii: "\n") }
        if opening.first == UInt8(ascii: "*") { bytes.moveReaderIndex(forwardBy: opening.count + 1) }
        var (reader, requests) = (FrameReader(longest: 1 << 20), [String]())
        while let frame = try reader.next(&bytes) {
            guard frame.header.lane != 0, frame.payload.readableBytes > 0 else { continue }
            let parts = String(buffer: frame.payload).split(separator: "\r\n", maxSplits: 1)
            let token = frame.header.token.map { " TOKEN=\($0.name ?? "-")" } ?? ""
            let verb = parts[0].prefix { $0 != " " }
            requests.append("#\(frame.header.lane) \(verb) \(parts.count > 1 ? parts[1] : "")\(token)")
        }
        return requests
    }
}

/// The answers that were given, in order.
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
