import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import TestKit
import Testing
import Wire

@testable import Link

/// On one event loop, a session or a link that sends much must not keep the others waiting.
@Suite("Sessions and links of one event loop")
struct FairnessTests {
    private let loop = EmbeddedEventLoop()
    private let settings = SharedSettings(SessionSettings(), host: "s")

    private func session(_ lane: UInt64) throws -> EmbeddedChannel {
        let router = Router(
            session: SessionCommands(host: "s", limits: .session), over: [], arePipelined: false)
        let channel = EmbeddedChannel(
            handler: SessionHandler(lane: lane, responder: router, settings: settings), loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        _ = try written(channel)
        return channel
    }

    private func written(_ channel: EmbeddedChannel) throws -> String {
        var text = ""
        while let part = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: part) }
        return text
    }

    @Test("A NOOP is answered before another session's second turn", arguments: ["COMMANDS", "HELP", "NOOP", "EHLO x"])
    func flood(_ line: String) throws {
        let (flood, other) = (try session(1), try session(2))
        try flood.writeInbound(ByteBuffer(string: String(repeating: line + "\r\n", count: 2000)))
        try other.writeInbound(ByteBuffer(string: "NOOP\r\n"))
        loop.run()
        #expect(try written(other) == "250 2.0.0 OK\r\n")
        #expect(try written(flood).utf8.count < 32 << 10)
        // In the end everything is answered.
        var octets = 1
        while octets > 0 {
            loop.advanceTime(by: .milliseconds(1))
            octets = try written(flood).utf8.count
        }
        try flood.writeInbound(ByteBuffer(string: "NOPE\r\n"))
        loop.run()
        #expect(try written(flood).hasPrefix("500 "))
    }

    @Test("A stranger who does not read is answered no more, and goes on when he reads")
    func unread() throws {
        let channel = try session(1)
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        try channel.writeInbound(ByteBuffer(string: String(repeating: "HELP\r\n", count: 100)))
        for _ in 0..<10 { loop.advanceTime(by: .milliseconds(1)) }
        #expect(try written(channel) == "")
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        for _ in 0..<200 { loop.advanceTime(by: .milliseconds(1)) }
        #expect(try written(channel).split(separator: "\r\n").count { $0.hasPrefix("214 ") } == 100)
    }

    @Test("A link's flood is answered in many turns, and what comes on another link in between")
    func links() throws {
        let router = Router(
            session: SessionCommands(host: "s", limits: .session), over: [], arePipelined: false)
        let links = try (1...2).map { number in
            let channel = EmbeddedChannel(loop: loop)
            let handler = DownstreamHandler(
                name: "s", number: UInt64(number), id: nil, responder: router, count: SessionCount(),
                logger: Logger(label: "test"), input: ByteBuffer())
            try channel.pipeline.syncOperations.addHandler(handler)
            _ = try written(channel)
            return channel
        }
        let request = "NOOP line text=1\r\nx"
        let first = frame(1, request, "PEER=192.0.2.1:9")
        let reply = frame(1, "250 2.0.0 OK\r\n")
        try links[0].writeInbound(ByteBuffer(string: first + String(repeating: frame(1, request), count: 1999)))
        try links[1].writeInbound(ByteBuffer(string: first))
        #expect(try written(links[1]).hasPrefix(reply))
        let count = try written(links[0]).ranges(of: reply).count
        #expect(count > 0 && count <= 64)
        for _ in 0..<100 { loop.advanceTime(by: .milliseconds(1)) }
        #expect(try written(links[0]).ranges(of: reply).count == 2000 - count)
    }

    @Test("Many replies of a server are taken in several turns, or all when the link ends", arguments: [false, true])
    func replies(_ isCut: Bool) throws {
        let link = FalseLink()
        let upstream = Upstream(over: link, on: loop, logger: Logger(label: "test"))
        upstream.connect()
        try link.announce()
        let channel = try #require(link.channel)
        let ask = try #require(upstream.manifest["ASK"]).spec
        let caller = Caller(lane: 1, peer: "192.0.2.1:9", token: nil, privacy: .local)
        let codes = Mutex<[Int]>([])
        for _ in 0..<1000 {
            upstream.respond(to: try Request(ask, [ByteBuffer(string: "x")]), from: caller) { answer in
                codes.withLock { $0.append(answer.reply.code) }
            }
        }
        loop.run()
        try channel.writeInbound(ByteBuffer(string: String(repeating: frame(1, "250 2.0.0 x\r\n"), count: 1000)))
        let first = codes.withLock { $0.count }
        #expect(first > 0 && first < 500)
        if isCut { try channel.close().wait() } else { for _ in 0..<10 { loop.advanceTime(by: .milliseconds(1)) } }
        #expect(codes.withLock { $0 } == Array(repeating: 250, count: 1000))
    }
}
