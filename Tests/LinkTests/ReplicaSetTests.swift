import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import Testing
import Wire

@testable import Link

@Suite("Replicas of one plugin")
struct ReplicaSetTests {
    static let lost = "451 \(Failure.serverLost.text)"
    static let busy = "451 \(Failure.serverBusy.text)"
    static let patience = TimeAmount.seconds(10)
    let loop = EmbeddedEventLoop()
    let links = [FalseLink(), FalseLink()]
    let answers = Answers()
    let fleet: Fleet
    let upstreams: [Upstream]
    let set: ReplicaSet

    /// `limit`: of requests on a link.
    init(limit: Int = .max) throws {
        fleet = Fleet(limits: Upstream.Limits(), on: loop)
        upstreams = links.map { [loop] link in
            Upstream(over: link, limits: Upstream.Limits(requests: limit), on: loop, logger: Logger(label: "test"))
        }
        for upstream in upstreams { fleet.add(upstream) }
        fleet.connect()
        for link in links { try link.announce() }
        fleet.refresh()
        set = fleet.set(of: "p")
    }

    init() throws { try self.init(limit: .max) }

    func give(_ verb: Verb, _ word: String, lane: Lane = 1) throws {
        let request = try Request(try #require(set.manifest[verb]), [ByteBuffer(string: word)])
        let caller = Caller(lane: lane, peer: "x", token: nil, privacy: .local)
        set.respond(to: request, from: caller) { [answers] in answers.add($0) }
    }

    func late() { set.tick(.now() + Self.patience, patience: Self.patience) }

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

    @Test("What a server refuses for a fault of its own is done by another, and the session stays there")
    func faultOfServer() throws {
        let refusal = "451 4.3.5 The disk is full"
        try give("ASK", "a")
        #expect(try links[0].requests() == ["#1 ASK a"])
        try links[0].say("#1 \(refusal)")
        #expect(answers.take() == [])
        #expect(try links[1].requests() == ["#1 ASK a"])
        // It is tried twice, not more often.
        try links[1].say("#1 \(refusal)")
        #expect(answers.take() == ["451 The disk is full"])
        // What may not be repeated is refused, but the next request goes to the other server.
        try give("ONCE", "b", lane: 2)
        let first = try links[0].requests() == ["#2 ONCE b"] ? 0 : 1
        try links[first].say("#2 \(refusal)")
        #expect(answers.take() == ["451 The disk is full"])
        try give("ONCE", "c", lane: 2)
        #expect(try links[1 - first].requests().contains("#2 ONCE c"))
    }

    @Test("A session with more requests under way stays at a server that refuses one for a fault of its own")
    func faultInTheMiddle() throws {
        try give("ASK", "a")
        try give("ASK", "b")
        try links[0].say("#1 451 4.3.5 The disk is full")
        #expect(answers.take() == ["451 The disk is full"])
        #expect(try links[1].requests() == [])
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
        try links[0].say(lane: "1", "235 2.7.0 in", "TOKEN=new")
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
        for lane in [2, 3, 4] as [Lane] { try full.give("ASK", "d", lane: lane) }
        #expect(full.answers.take() == [Self.busy])
        #expect(try full.links[0].requests() == ["#1 ASK a", "#1 ASK b"])
        #expect(try full.links[1].requests() == ["#2 ASK d", "#3 ASK d"])
    }
}
