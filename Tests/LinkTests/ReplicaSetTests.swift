import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import Testing
import Wire

@testable import Link

@Suite("Replicas of one plugin")
struct ReplicaSetTests {
    /// A server that a test speaks for.
    private final class FalseLink: UpstreamTransport {
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

        /// The requests that came since the last time.
        func requests() throws -> [String] {
            channel!.embeddedEventLoop.run()
            var text = ""
            while let octets = try channel!.readOutbound(as: ByteBuffer.self) { text += String(buffer: octets) }
            return text.split(separator: "\r\n").map(String.init).filter { $0.hasPrefix("#") }
        }
    }

    /// What was answered, in order.
    private final class Answers: Sendable {
        private let texts = Mutex<[String]>([])
        func add(_ answer: Answer) { texts.withLock { $0.append("\(answer.reply.code) \(answer.reply.text)") } }
        func take() -> [String] {
            texts.withLock { texts in
                defer { texts = [] }
                return texts
            }
        }
    }

    private static let lost = "451 \(Failure.serverLost.text)"
    private static let busy = "451 \(Failure.serverBusy.text)"
    private static let patience = TimeAmount.seconds(10)
    private let loop = EmbeddedEventLoop()
    private let links = [FalseLink(), FalseLink()]
    private let answers = Answers()
    private let set: ReplicaSet

    /// `limit`: of requests on a link.
    private init(limit: Int = .max) throws {
        let fleet = Fleet(limits: Upstream.Limits(), on: loop)
        for link in links {
            fleet.add(
                Upstream(
                    over: link, limits: Upstream.Limits(requests: limit), on: loop, logger: Logger(label: "test")))
        }
        fleet.connect()
        for link in links {
            try link.say(
                "220 s", "* HELLO 1 s", "* COMMAND ASK ARGS=\"[word:word]\" ACCESS=anyone REPEATABLE=yes PLUGIN=p",
                "* COMMAND ONCE ARGS=\"[word:word]\" ACCESS=anyone REPEATABLE=no PLUGIN=p", "* READY")
        }
        fleet.refresh()
        set = fleet.set(of: "p")
    }

    init() throws { try self.init(limit: .max) }

    private func give(_ verb: Verb, _ word: String, lane: UInt64 = 1) throws {
        let request = try Request(try #require(set.manifest[verb]).spec, [ByteBuffer(string: word)])
        let caller = Caller(lane: lane, peer: "x", token: nil, privacy: .local)
        set.respond(to: request, from: caller) { [answers] in answers.add($0) }
    }

    private func late() { set.tick(.now() + Self.patience, patience: Self.patience) }

    @Test("What is late goes to another with all that its session has behind it, in order, and counts from there")
    func moved() throws {
        try give("ASK", "a")
        try give("ASK", "b")
        #expect(try links[0].requests() == ["#1 ASK a", "#1 ASK b"])
        set.tick(.now(), patience: Self.patience)
        #expect(try links[1].requests() == [])
        late()
        #expect(try links[1].requests() == ["#1 ASK a", "#1 ASK b"])
        try links[0].say("#1 250 2.0.0 too late")
        try links[1].say("#1 250 2.0.0 first", "#1 250 2.0.0 second")
        #expect(answers.take() == ["250 first", "250 second"])
        // It stays there, and what is late twice is not moved twice.
        try give("ASK", "c")
        late()
        late()
        #expect(try links[1].requests() == ["#1 ASK c"] && links[0].requests() == ["#1 ASK c"])
    }

    @Test("What may not be repeated stays where it is, and so does what stands beside it")
    func stays() throws {
        try give("ASK", "a")
        try give("ONCE", "b")
        late()
        #expect(try links[1].requests() == [])
        try links[0].channel!.close().wait()
        #expect(answers.take() == [Self.lost])
        #expect(try links[1].requests() == ["#1 ASK a"])
    }

    @Test("What was sent before its session acted for somebody else is not run for that one")
    func identity() throws {
        try give("ASK", "a")
        try give("ASK", "b")
        try links[0].say("* TOKEN 1 new", "#1 235 2.7.0 in")
        #expect(answers.take() == ["235 in"])
        late()
        try links[0].channel!.close().wait()
        #expect(answers.take() == [Self.lost])
        #expect(try links[1].requests() == [])
    }

    @Test("Where the queue is full the next session goes elsewhere, and what has nowhere to go is refused at once")
    func full() throws {
        let full = try ReplicaSetTests(limit: 2)
        for word in ["a", "b", "c"] { try full.give("ASK", word, lane: 1) }
        #expect(full.answers.take() == [Self.busy])
        for lane in [2, 3, 4] as [UInt64] { try full.give("ASK", "d", lane: lane) }
        #expect(full.answers.take() == [Self.busy])
        #expect(try full.links[0].requests() == ["#1 ASK a", "#1 ASK b"])
        #expect(try full.links[1].requests() == ["#2 ASK d", "#3 ASK d"])
    }
}
