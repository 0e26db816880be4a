import Logging
import NIOCore
import NIOEmbedded
import TestKit
import Testing
import Wire

@testable import Link

/// What is long is written a share at a time, so that the others on an event loop need not wait for all of it.
@Suite("A share of what is long in each turn")
struct ShareTests {
    private static let count = 3 * Outbox.share + 5
    private static let body = ByteBuffer(repeating: 0x6D, count: count)
    private let loop = EmbeddedEventLoop()

    /// Answers every request with the body.
    private final class Teller: Responder {
        let manifest = Manifest([
            CommandSpec(
                verb: "TELL", plugin: "test", forms: [[]], access: .anyone, isRepeatable: true, summary: "", help: "")
        ])
        private(set) var asked = 0

        func respond(to request: Request, from caller: Caller, _ answer: @escaping @Sendable (Answer) -> Void) {
            asked += 1
            answer(Answer(.result(ShareTests.body)))
        }
    }

    /// What has been written since the last time.
    private func written(_ channel: EmbeddedChannel) throws -> ByteBuffer {
        var octets = ByteBuffer()
        while var part = try channel.readOutbound(as: ByteBuffer.self) { octets.writeBuffer(&part) }
        return octets
    }

    /// Goes through the shares until nothing more comes: their sizes.
    private func shares(_ channel: EmbeddedChannel) throws -> [Int] {
        var sizes: [Int] = []
        loop.run()
        while true {
            let octets = try written(channel)
            guard octets.readableBytes > 0 else { return sizes }
            sizes.append(octets.readableBytes)
            loop.advanceTime(by: .milliseconds(1))
        }
    }

    private func expectShares(_ sizes: [Int], of replies: Int = 1) {
        let all = sizes.reduce(0, +)
        #expect(all > replies * Self.count && all < replies * (Self.count + 100))
        #expect(sizes.dropLast().allSatisfy { $0 == Outbox.share })
    }

    @Test("A request on a link; what is asked behind it follows it")
    func request() throws {
        let link = FalseLink()
        let upstream = Upstream(over: link, on: loop, logger: Logger(label: "test"))
        upstream.connect()
        try link.announce()
        let channel = try #require(link.channel)
        _ = try shares(channel)
        let ask = try #require(upstream.manifest["ASK"]).spec
        let caller = Caller(lane: 1, peer: "192.0.2.1:9", token: nil, privacy: .local)
        for word in [Self.body, ByteBuffer(string: "short")] {
            upstream.respond(to: try Request(ask, [word]), from: caller) { _ in }
        }
        loop.run()
        #expect(try written(channel).readableBytes == Outbox.share)
        // A full socket: nothing more until it says that it takes more.
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        #expect(try shares(channel) == [])
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        loop.advanceTime(by: .milliseconds(1))
        expectShares([Outbox.share] + (try shares(channel)))
    }

    @Test("A reply on a link; the next request is read when it has gone")
    func replyOnLink() throws {
        let teller = Teller()
        let channel = EmbeddedChannel(loop: loop)
        let handler = DownstreamHandler(
            name: "s", number: 1, id: nil, responder: teller, count: SessionCount(), logger: Logger(label: "test"),
            input: ByteBuffer())
        try channel.pipeline.syncOperations.addHandler(handler)
        _ = try shares(channel)
        try channel.writeInbound(
            ByteBuffer(
                string: frame(1, "TELL line\r\n", "PEER=192.0.2.1:9") + frame(1, "TELL line\r\n")
                    + frame(2, "TELL line\r\n", "PEER=192.0.2.1:9")))
        #expect(teller.asked == 1)
        expectShares(try shares(channel), of: 3)
        #expect(teller.asked == 3)
    }

    @Test("A reply to a client; the next request is given when it has gone")
    func replyToClient() throws {
        let teller = Teller()
        let channel = EmbeddedChannel(loop: loop)
        let settings = SharedSettings(SessionSettings(), host: "s")
        let handler = SessionHandler(lane: 1, responder: teller, settings: settings)
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
