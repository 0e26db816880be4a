import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import Telemetry
import Testing
import Wire

@testable import Link

@Suite("A pool of servers")
struct PoolTests {
    static let lost = "451 \(Failure.serverLost.text)"
    static let busy = "451 \(Failure.serverBusy.text)"
    static let down = "451 \(Failure.serverDown.text)"
    static let patience = TimeAmount.seconds(10)
    let loop = EmbeddedEventLoop()
    let links = [FalseLink(), FalseLink()]
    let answers = Answers()
    let pool: Pool

    /// `limit`: the most requests on a link. `isAnnounced`: whether both servers announce ASK and ONCE of the plugin p.
    init(limit: Int = .max, metrics: PrometheusRegistry? = nil, isAnnounced: Bool) throws {
        pool = Pool(
            limits: UpstreamLimits(requests: limit), on: loop, metrics: metrics, logger: Logger(label: "test"))
        for (number, link) in links.enumerated() { pool.add(Self.server(number), over: link) }
        pool.connect()
        for link in links { if isAnnounced { try link.announce() } else { try link.greet() } }
    }

    init() throws { try self.init(isAnnounced: true) }

    static func server(_ number: Int) -> Endpoint { .tcp(host: "192.0.2.\(number)", port: 1) }

    /// Adds another server with the same commands.
    func add(_ number: Int) throws -> FalseLink {
        let link = FalseLink()
        pool.add(Self.server(number), over: link, isAwaited: false)
        try link.announce()
        return link
    }

    func request(_ verb: Verb, _ word: String) throws -> Request {
        try Request(try #require(pool.manifest[verb]), [ByteBuffer(string: word)])
    }

    func give(_ verb: Verb, _ word: String, lane: Lane = 1, token: String? = nil) throws {
        give(try request(verb, word), lane: lane, token: token)
    }

    func give(_ request: Request, lane: Lane = 1, token: String? = nil) {
        let caller = Caller(lane: lane, peer: "local", token: token, privacy: .local)
        pool.respond(to: request, from: caller) { [answers] in answers.add($0) }
    }

    func late() { pool.tick(.now() + Self.patience, answerTimeout: Self.patience) }

    func report(_ number: Int = 0) -> ReplicaReport? {
        pool.reports.last { $0.endpoint == Self.server(number) }?.report
    }

    @Test("A late request moves to another server with all later requests of its session, in order")
    func moved() throws {
        try give("ASK", "a")
        try give("ASK", "b")
        #expect(try links[0].requests() == ["#1 ASK a", "#1 ASK b"])
        pool.tick(.now(), answerTimeout: Self.patience)
        #expect(try links[1].requests() == [])
        late()
        #expect(try links[1].requests() == ["#1 ASK a", "#1 ASK b"])
        try links[0].say("#1 250 2.0.0 too late")
        try links[1].say("#1 250 2.0.0 first", "#1 250 2.0.0 second")
        #expect(answers.take() == ["250 first", "250 second"])
        // The request stays there. A request that is late twice does not move twice.
        try give("ASK", "c")
        late()
        late()
        #expect(try links[1].requests() == ["#1 ASK c"])
        // Answers that still come from the first server do not change the session's identity.
        #expect(try links[0].requests() == ["#1 ASK c TOKEN=-"])
    }

    @Test("A request that a server refuses for its own fault goes to another server, and the session stays there")
    func faultOfServer() throws {
        let refusal = "451 4.3.5 The disk is full"
        try give("ASK", "a")
        #expect(try links[0].requests() == ["#1 ASK a"])
        try links[0].say("#1 \(refusal)")
        #expect(answers.take() == [])
        #expect(try links[1].requests() == ["#1 ASK a"])
        // There are two attempts and no more.
        try links[1].say("#1 \(refusal)")
        #expect(answers.take() == ["451 The disk is full"])
        // A request that may not be repeated is refused, and the next one goes to the other server.
        try give("ONCE", "b", lane: 2)
        let first = try links[0].requests() == ["#2 ONCE b"] ? 0 : 1
        try links[first].say("#2 \(refusal)")
        #expect(answers.take() == ["451 The disk is full"])
        try give("ONCE", "c", lane: 2)
        #expect(try links[1 - first].requests().contains("#2 ONCE c"))
    }

    @Test("A session with more requests under way stays at a server that refuses one of them for its own fault")
    func faultInTheMiddle() throws {
        try give("ASK", "a")
        try give("ASK", "b")
        try links[0].say("#1 451 4.3.5 The disk is full")
        #expect(answers.take() == ["451 The disk is full"])
        #expect(try links[1].requests() == [])
    }

    @Test("A request that may not be repeated keeps its session's other requests at the server")
    func stays() throws {
        try give("ASK", "a")
        try give("ONCE", "b")
        late()
        #expect(try links[1].requests() == [])
        try links[0].channel!.close().wait()
        #expect(answers.take() == [Self.lost])
        #expect(try links[1].requests() == ["#1 ASK a"])
    }

    @Test("A request that was sent before its session's identity changed is not repeated")
    func identity() throws {
        try give("ASK", "a")
        try give("ASK", "b")
        try links[0].say(lane: "1", "235 2.7.0 in", "TOKEN=new")
        #expect(answers.take() == ["235 in"])
        late()
        try links[0].channel!.close().wait()
        #expect(answers.take() == [Self.lost])
        #expect(try links[1].requests() == [])
    }

    @Test("When a link's queue is full, the next session goes elsewhere, and otherwise its request is refused at once")
    func full() throws {
        let full = try PoolTests(limit: 2, isAnnounced: true)
        for word in ["a", "b", "c"] { try full.give("ASK", word, lane: 1) }
        #expect(full.answers.take() == [Self.busy])
        for lane in [2, 3, 4] as [Lane] { try full.give("ASK", "d", lane: lane) }
        #expect(full.answers.take() == [Self.busy])
        #expect(try full.links[0].requests() == ["#1 ASK a", "#1 ASK b"])
        #expect(try full.links[1].requests() == ["#2 ASK d", "#3 ASK d"])
    }
}
