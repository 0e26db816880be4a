import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import Link
@testable import Wire

/// Long output is written in shares, so that the others on an event loop need not wait for all of it.
@Suite("Long output in shares")
struct ShareTests {
    private static let count = 3 * Outbox.share + 5
    private static let body = ByteBuffer(repeating: 0x6D, count: count)
    private let loop = EmbeddedEventLoop()

    /// Answers every request with the body.
    private final class Teller: Responder {
        let manifest = Manifest(
            [
                CommandSpec(
                    verb: "TELL", plugin: "test", forms: [[]], access: .anyone, isRepeatable: true, summary: "",
                    help: "")
            ], route: 1)
        private(set) var asked = 0

        func respond(to request: Request, from caller: Caller, _ answer: ReturnPath) {
            asked += 1
            answer(Answer(.result(ShareTests.body)))
        }
    }

    /// Returns the bytes that were written since the last call.
    private func written(_ channel: EmbeddedChannel) throws -> ByteBuffer {
        var bytes = ByteBuffer()
        while var part = try channel.readOutbound(as: ByteBuffer.self) { bytes.writeBuffer(&part) }
        return bytes
    }

    /// Writes shares until there are none left, and returns their sizes.
    private func shares(_ channel: EmbeddedChannel) throws -> [Int] {
        var sizes: [Int] = []
        loop.run()
        while true {
            let bytes = try written(channel)
            guard bytes.readableBytes > 0 else { return sizes }
            sizes.append(bytes.readableBytes)
            loop.advanceTime(by: .milliseconds(1))
        }
    }

    private func expectShares(_ sizes: [Int], of replies: Int = 1) {
        let all = sizes.reduce(0, +)
        #expect(all > replies * Self.count && all < replies * (Self.count + 100))
        #expect(sizes.dropLast().allSatisfy { $0 == Outbox.share })
    }

    /// Returns the number of payload bytes in a lane's frames.
    private static func payload(_ bytes: ByteBuffer, lane: Lane) throws -> Int {
        var (bytes, reader, count) = (bytes, FrameReader(longest: 1 << 20), 0)
        while let frame = try reader.next(&bytes) {
            if frame.header.lane == lane { count += frame.header.length }
        }
        return count
    }

    @Test("A long request on a link fills its window, lets others pass, and continues when the server has taken it")
    func request() throws {
        let link = FalseLink()
        let upstream = Upstream(over: link, on: loop, logger: Logger(label: "test"))
        upstream.connect()
        try link.announce()
        let channel = try #require(link.channel)
        loop.run()
        _ = try written(channel)
        let ask = try #require(upstream.manifest["ASK"])
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        for (lane, word) in [(1, Self.body), (2, ByteBuffer(string: "short"))] as [(Lane, ByteBuffer)] {
            let caller = Caller(lane: lane, peer: "x", token: nil, privacy: .local)
            upstream.respond(to: try Request(ask, [word]), from: caller) { _ in }
        }
        // The socket is full. Nothing more is written until it takes more.
        #expect(try shares(channel) == [])
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        var bytes = ByteBuffer()
        for _ in 0..<10 {
            loop.advanceTime(by: .milliseconds(1))
            bytes.writeImmutableBuffer(try written(channel))
        }
        // The window is full but for one line.
        var sent = try Self.payload(bytes, lane: 1)
        #expect(sent == (256 << 10) - 8192)
        #expect(try Self.payload(bytes, lane: 2) == "ASK line word=5\r\nshort".utf8.count)
        while upstream.end.machine.held > 0 {
            try channel.writeInbound(ByteBuffer(string: "#1 0 WINDOW=131072\r\n"))
            for _ in 0..<10 { loop.advanceTime(by: .milliseconds(1)) }
            let count = try Self.payload(try written(channel), lane: 1)
            #expect(count <= 140_000)
            sent += count
        }
        #expect(sent == "ASK line word=\(Self.count)\r\n".utf8.count + Self.count)
    }

    @Test("Long replies on a link take turns, each up to its window")
    func replyOnLink() throws {
        let teller = Teller()
        let channel = EmbeddedChannel(loop: loop)
        let handler = DownstreamHandler(
            name: "s", number: 1, id: nil, responder: teller, count: SessionCount(), logger: Logger(label: "test"),
            input: ByteBuffer())
        try channel.pipeline.syncOperations.addHandler(handler)
        _ = try shares(channel)
        try channel.writeInbound(
            ByteBuffer(string: (1...3).map { "#\($0) 11 PEER=local\r\nTELL line\r\n" }.joined()))
        var bytes = ByteBuffer()
        for _ in 0..<20 {
            bytes.writeImmutableBuffer(try written(channel))
            loop.advanceTime(by: .milliseconds(1))
        }
        #expect(teller.asked == 3)
        for lane in [1, 2, 3] as [Lane] {
            #expect((240_000...262_144).contains(try Self.payload(bytes, lane: lane)))
        }
    }

    @Test("After a long reply to a client has left, its next request is answered")
    func replyToClient() throws {
        let teller = Teller()
        let channel = EmbeddedChannel(loop: loop)
        let settings = SharedSessionSettings(SessionSettings(), host: "s")
        let handler = SessionHandler(
            lane: 1, commands: SessionCommands(host: "s", limits: .session), responder: teller, settings: settings)
        try channel.pipeline.syncOperations.addHandler(handler)
        channel.pipeline.fireChannelActive()
        _ = try shares(channel)
        try channel.writeInbound(ByteBuffer(string: "TELL\r\nTELL\r\nTELL\r\n"))
        loop.run()
        #expect(teller.asked == 1)
        #expect(try written(channel).readableBytes == Outbox.share)
        loop.advanceTime(by: .milliseconds(1))
        expectShares([Outbox.share] + (try shares(channel)), of: 3)
        #expect(teller.asked == 3)
    }
}
