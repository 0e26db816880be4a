import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import Testing
import Wire

@testable import Link

/// A session or a link that sends much must not keep the others on its event loop waiting.
@Suite("Fairness between the sessions and links of one event loop")
struct FairnessTests {
    private let loop = EmbeddedEventLoop()
    private let settings = SharedSessionSettings(SessionSettings(), host: "s")

    private func session(_ lane: Lane) throws -> EmbeddedChannel {
        let handler = SessionHandler(
            lane: lane, commands: SessionCommands(host: "s", limits: .session),
            responder: Router(over: []), settings: settings)
        let channel = EmbeddedChannel(handler: handler, loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        _ = try written(channel)
        return channel
    }

    private func written(_ channel: EmbeddedChannel) throws -> String {
        var text = ""
        while let part = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: part) }
        return text
    }

    @Test(
        "A command is answered before a busy session's second turn", arguments: ["COMMANDS", "HELP", "NOOP", "EHLO x"])
    func flood(_ line: String) throws {
        let (flood, other) = (try session(1), try session(2))
        try flood.writeInbound(ByteBuffer(string: String(repeating: line + "\r\n", count: 2000)))
        try other.writeInbound(ByteBuffer(string: "NOOP\r\n"))
        loop.run()
        #expect(try written(other) == "250 2.0.0 OK\r\n")
        #expect(try written(flood).utf8.count < 32 << 10)
        // At the end, everything is answered.
        var bytes = 1
        while bytes > 0 {
            loop.advanceTime(by: .milliseconds(1))
            bytes = try written(flood).utf8.count
        }
        try flood.writeInbound(ByteBuffer(string: "NOPE\r\n"))
        loop.run()
        #expect(try written(flood).hasPrefix("500 "))
    }

    @Test("A client that has not logged in and does not read gets no more answers until it reads again")
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

    @Test("A link's flood is answered in many turns, with the requests of another link in between")
    func links() throws {
        let links = try (1...2).map { number in
            let channel = EmbeddedChannel(loop: loop)
            let handler = DownstreamHandler(
                name: "s", number: UInt64(number), id: nil, responder: Router(over: []),
                count: SessionCount(), logger: Logger(label: "test"), input: ByteBuffer())
            try channel.pipeline.syncOperations.addHandler(handler)
            _ = try written(channel)
            return channel
        }
        let ask = "#1 11 PEER=local\r\nNONE line\r\n"
        try links[0].writeInbound(ByteBuffer(string: String(repeating: ask, count: 2000)))
        try links[1].writeInbound(ByteBuffer(string: ask))
        #expect(try written(links[1]).contains("\r\n500 "))
        let first = try written(links[0]).split(separator: "\r\n500").count - 1
        #expect(first > 0 && first <= 64)
        for _ in 0..<100 { loop.advanceTime(by: .milliseconds(1)) }
        #expect(try written(links[0]).split(separator: "\r\n500").count - 1 == 2000 - first)
    }

    @Test("Each announcement of a server takes a turn of its own")
    func announcements() throws {
        let link = FalseLink()
        var count = 0
        let upstream = Upstream(over: link, on: loop, logger: Logger(label: "test")) { count += 1 }
        upstream.connect()
        try link.announce()
        #expect(count == 1)
        let channel = try #require(link.channel)
        let again = "#0 11\r\nHELLO 2 s\r\n#0 7\r\nREADY\r\n"
        try channel.writeInbound(ByteBuffer(string: String(repeating: again, count: 100)))
        #expect(count == 2)
        for _ in 0..<100 { loop.advanceTime(by: .milliseconds(1)) }
        #expect(count == 101)
    }

    @Test(
        "A server's many replies are taken in several turns, or all at once when its link ends",
        arguments: [false, true])
    func replies(_ isCut: Bool) throws {
        let link = FalseLink()
        let upstream = Upstream(over: link, on: loop, logger: Logger(label: "test"))
        upstream.connect()
        try link.announce()
        let channel = try #require(link.channel)
        let ask = try #require(upstream.manifest["ASK"])
        let caller = Caller(lane: 1, peer: "x", token: nil, privacy: .local)
        let codes = Mutex<[Int]>([])
        for _ in 0..<1000 {
            upstream.respond(to: try Request(ask, [ByteBuffer(string: "x")]), from: caller) { answer in
                codes.withLock { $0.append(answer.code) }
            }
        }
        loop.run()
        try channel.writeInbound(ByteBuffer(string: String(repeating: "#1 13\r\n250 2.0.0 x\r\n", count: 1000)))
        let first = codes.withLock { $0.count }
        #expect(first > 0 && first < 500)
        if isCut { try channel.close().wait() } else { for _ in 0..<10 { loop.advanceTime(by: .milliseconds(1)) } }
        #expect(codes.withLock { $0 } == Array(repeating: 250, count: 1000))
    }
}
