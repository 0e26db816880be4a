import NIOCore
import TestKit
import Testing

@testable import Wire

@Suite("Both ends of a link, as dialogues")
struct LinkMachineTests {
    private static let hello = "220 s ready\r\n* HELLO 1 s\r\n* COMMAND \(Sample.echo.declaration)\r\n* READY\r\n"

    /// The proxy's end: what was heard, and what it writes.
    private struct Near {
        var machine = UpstreamMachine()
        var out = Outbox()

        mutating func hear(_ text: String) throws -> [UpstreamMachine.Event] {
            var buffer = ByteBuffer(string: text)
            machine.received(&buffer)
            var events: [UpstreamMachine.Event] = []
            while let event = try machine.next(into: &out) { events.append(event) }
            return events
        }

        mutating func send(_ line: String, _ ticket: UInt64, lane: UInt64, token: String? = nil) throws {
            let caller = Caller(lane: lane, peer: "[::1]:9", token: token)
            machine.send(try Request(line, Sample.echo), as: ticket, from: caller, into: &out)
        }

        mutating func written() -> String {
            out.takeJoined().text
        }
    }

    private static func ready() throws -> Near {
        var near = Near()
        let events = try near.hear(hello)
        #expect(events == [.announced(name: "s", [Sample.echo])])
        #expect(near.written() == "* LINK 1\r\n")
        return near
    }

    @Test("A lane is introduced once, and again when its token has changed")
    func lanes() throws {
        var near = try Self.ready()
        try near.send("ECHO a", 1, lane: 5)
        #expect(near.written() == "* LANE 5 PEER=\"[::1]:9\"\r\n#5 ECHO {1+}\r\na\r\n")
        try near.send("ECHO TO=bob b", 2, lane: 5)
        #expect(near.written() == "#5 ECHO TO=bob {1+}\r\nb\r\n")
        try near.send("ECHO c", 3, lane: 5, token: "t")
        #expect(near.written() == "* LANE 5 PEER=\"[::1]:9\" TOKEN=t\r\n#5 ECHO {1+}\r\nc\r\n")
        let events = try near.hear("#5 250 2.0.0 a\r\n#5 250 2.0.0 {2}\r\n\r\n\r\n")
        #expect(
            events == [
                .answered(1, Answer(.done("a"))), .answered(2, Answer(.result(ByteBuffer(string: "\r\n")))),
            ])
    }

    @Test("A new token belongs to the reply behind it, and is not told to the server that gave it")
    func tokens() throws {
        var near = try Self.ready()
        try near.send("ECHO a", 1, lane: 5)
        let events = try near.hear("* TOKEN 5 new\r\n#5 235 2.7.0 in\r\n")
        #expect(events == [.answered(1, Answer(Reply(235, "2.7.0", "in"), effect: .token("new")))])
        _ = near.written()
        try near.send("ECHO b", 2, lane: 5, token: "new")
        #expect(near.written() == "#5 ECHO {1+}\r\nb\r\n")
        #expect(
            try near.hear("* TOKEN 5\r\n#5 250 2.0.0 out\r\n") == [
                .answered(2, Answer(.done("out"), effect: .loggedOut))
            ])
    }

    @Test("A session that goes leaves its lane until the reply has come")
    func tombstones() throws {
        var near = try Self.ready()
        try near.send("ECHO a", 1, lane: 5)
        near.machine.ended(5, into: &near.out)
        #expect(!near.written().contains("END"))
        #expect(try near.hear("#5 250 2.0.0 a\r\n") == [.answered(1, Answer(.done("a")))])
        #expect(near.written() == "* END 5\r\n")
        #expect(throws: WireFault.self) { try near.hear("#5 250 2.0.0 a\r\n") }
    }

    @Test(
        "A reply that is nobody's ends the link",
        arguments: [
            "#6 250 2.0.0 a\r\n", "#5 250 2.0.0 a\r\n#5 250 2.0.0 a\r\n", "250 2.0.0 a\r\n", "#x 250 a\r\n",
            "#05 250 a\r\n", "#+5 250 a\r\n", "*\r\n", "#5 250-a\r\n#6 250 b\r\n", "* TOKEN 6 x\r\n", "garbage\r\n",
            "#5 250 2.0.0 {99999999999}\r\n", "#5 \r\n",
        ])
    func faults(_ text: String) throws {
        var near = try Self.ready()
        try near.send("ECHO a", 1, lane: 5)
        #expect(throws: WireFault.self) { _ = try near.hear(text) }
        #expect(near.machine.lost().allSatisfy { $0 == 1 })
    }

    @Test("A greeting that is none, another version, too many commands: no link")
    func greetings() throws {
        for text in ["554 no\r\n", "220 s\r\n* HELLO 2 s\r\n"] {
            var near = Near()
            #expect(throws: WireFault.self) { _ = try near.hear(text) }
        }
        var near = Near()
        _ = try near.hear("220 s\r\n* HELLO 1 s\r\n")
        #expect(throws: WireFault.self) {
            for _ in 0...4096 { _ = try near.hear("* COMMAND X ACCESS=anyone\r\n") }
        }
    }

    @Test("Lines that are not known are passed over")
    func unknown() throws {
        var near = try Self.ready()
        #expect(try near.hear("* FUTURE thing\r\n* \r\n* TOKEN x\r\n* COMMAND ?\r\n") == [])
        #expect(try near.hear("* STOPPING\r\n") == [.stopping])
        #expect(!near.machine.isReady && near.machine.isDrained)
    }

    @Test("Who says that he answers PING is asked, and answers with the same number")
    func pings() throws {
        var near = Near()
        _ = try near.hear("220 s\r\n")
        #expect(!near.machine.answersPings)
        var far = Far()
        far.machine.announce("s", Sample.manifest(), into: &far.out)
        _ = try near.hear(far.written())
        #expect(near.machine.answersPings)
        _ = near.written()
        near.machine.ping(into: &near.out)
        near.machine.ping(into: &near.out)
        let asked = near.written()
        #expect(asked == "* PING 1\r\n* PING 2\r\n")
        #expect(try far.hear(asked) == [])
        let answered = far.written()
        #expect(answered == "* PONG 1\r\n* PONG 2\r\n")
        #expect(try near.hear(answered) == [])
    }

    @Test("A server of before does not say so, and a PING would do no harm to it")
    func noPings() throws {
        let near = try Self.ready()
        #expect(!near.machine.answersPings)
        var far = Far()
        #expect(try far.hear("* PING\r\n* PING x\r\n* PONG 1\r\n") == [])
        #expect(far.written() == "")
    }

    @Test("Both ends call a request the same, without a word about it")
    func names() throws {
        var near = Near()
        near.machine = UpstreamMachine(id: 0xBAD_CAFE)
        _ = try near.hear(Self.hello)
        #expect(near.written() == "* LINK 1 badcafe\r\n")
        var far = DownstreamMachine(number: 3, id: 0xBAD_CAFE)
        var out = Outbox()
        var named: [String] = []
        for (ticket, lane) in [(1, 5), (2, 5), (3, 6), (4, 5)] as [(UInt64, UInt64)] {
            let name = try #require(near.machine.nextID(in: lane)).description
            // The second is one that the server refuses: it is counted all the same.
            try near.send("ECHO a", ticket, lane: lane)
            var octets = ByteBuffer(string: near.written().replacing("ECHO", with: ticket == 2 ? "NOPE" : "ECHO"))
            far.received(&octets)
            while let action = try far.next(Sample.manifest(), into: &out) {
                guard case .respond(let ticket, _, let caller) = action else { continue }
                #expect(caller.request?.description == name)
                named.append(name)
                far.answered(caller.lane, ticket, Answer(.done("a")))
            }
        }
        #expect(named == ["0badcafe-5-1", "0badcafe-6-1", "0badcafe-5-3"])
    }

    /// The server's end.
    private struct Far {
        var machine = DownstreamMachine()
        var out = Outbox()

        mutating func hear(_ text: String) throws -> [DownstreamMachine.Action] {
            var buffer = ByteBuffer(string: text)
            machine.received(&buffer)
            return try turn()
        }

        mutating func answer(_ lane: UInt64, _ ticket: UInt64, _ answer: Answer) throws -> [DownstreamMachine.Action] {
            machine.answered(lane, ticket, answer)
            return try turn()
        }

        private mutating func turn() throws -> [DownstreamMachine.Action] {
            var actions: [DownstreamMachine.Action] = []
            while let action = try machine.next(Sample.manifest(), into: &out) { actions.append(action) }
            return actions
        }

        mutating func written() -> String {
            out.takeJoined().text
        }
    }

    private static func respond(
        _ ticket: UInt64, _ line: String, lane: UInt64, peer: String = "", token: String? = nil
    ) throws -> DownstreamMachine.Action {
        .respond(ticket, try Request(line, Sample.echo), Caller(lane: lane, peer: peer, token: token))
    }

    @Test("Lanes are ordered within and parallel across")
    func order() throws {
        var far = Far()
        #expect(
            try far.hear("#1 ECHO {1+}\r\na\r\n#1 ECHO {1+}\r\nb\r\n#2 ECHO {1+}\r\nc\r\n") == [
                .began(lane: 1), Self.respond(0, "ECHO {1+}\r\na", lane: 1), .began(lane: 2),
                Self.respond(0, "ECHO {1+}\r\nc", lane: 2),
            ])
        #expect(try far.answer(2, 0, Answer(.done("c"))) == [])
        #expect(far.written() == "#2 250 2.0.0 c\r\n")
        #expect(try far.answer(1, 0, Answer(.done("a"))) == [Self.respond(1, "ECHO {1+}\r\nb", lane: 1)])
        #expect(far.written() == "#1 250 2.0.0 a\r\n")
    }

    @Test("A lane has the peer and the token that it was given, and the token that a log-in brings")
    func tokensOfLanes() throws {
        var far = Far()
        let line = "ECHO {1+}\r\na"
        #expect(
            try far.hear("* LANE 1 PEER=\"x y\" TOKEN=t\r\n#1 \(line)\r\n#1 \(line)\r\n#1 \(line)\r\n") == [
                .began(lane: 1), Self.respond(0, line, lane: 1, peer: "x y", token: "t"),
            ])
        #expect(
            try far.answer(1, 0, Answer(.done("in"), effect: .token("new"))) == [
                Self.respond(1, line, lane: 1, peer: "x y", token: "new")
            ])
        #expect(far.written() == "* TOKEN 1 new\r\n#1 250 2.0.0 in\r\n")
        #expect(
            try far.answer(1, 1, Answer(.done("out"), effect: .loggedOut)) == [
                Self.respond(2, line, lane: 1, peer: "x y")
            ])
        #expect(far.written() == "* TOKEN 1\r\n#1 250 2.0.0 out\r\n")
    }

    @Test("A lane that ends is forgotten, and what is refused is refused on its lane")
    func ends() throws {
        var far = Far()
        #expect(
            try far.hear("#1 NONSENSE\r\n#1 ECHO\r\n* END 1\r\n* END 7\r\n") == [.began(lane: 1), .ended(lane: 1)])
        #expect(
            far.written() == """
                #1 500 5.5.1 Unknown command; HELP lists them\r\n#1 501 5.5.4 Usage: ECHO [TO=to,...] message\r\n
                """)
        #expect(try far.answer(1, 0, Answer(.done("late"))) == [])
        #expect(far.machine.isDrained && far.machine.openLanes.isEmpty)
    }

    @Test("A lane begins once, by its own line or by its first request, and again behind its end")
    func beginnings() throws {
        var far = Far()
        #expect(try far.hear("* LANE 1 PEER=\"x\"\r\n* LANE 1 PEER=\"y\"\r\n#1 NONSENSE\r\n") == [.began(lane: 1)])
        #expect(try far.hear("#2 NONSENSE\r\n#2 NONSENSE\r\n* LANE 2 PEER=\"x\"\r\n") == [.began(lane: 2)])
        #expect(try far.hear("* END 1\r\n#1 NONSENSE\r\n") == [.ended(lane: 1), .began(lane: 1)])
    }

    @Test(
        "What breaks the grammar ends the link",
        arguments: [
            "ECHO a\r\n", "#x ECHO a\r\n", "#1\r\n", "*\r\n", "#1 ECHO {1}\r\n", "#1 ECHO {99999999999+}\r\n",
            "#1 A\0\r\n",
        ])
    func downstreamFaults(_ text: String) {
        var far = Far()
        #expect(throws: WireFault.self) { _ = try far.hear(text) }
    }

    @Test("What one end writes the other reads: announcements, requests, replies, effects")
    func together() throws {
        var near = Near()
        var far = Far()
        _ = try near.hear("220 s\r\n")
        #expect(near.written() == "* LINK 1\r\n")
        far.machine.announce("s", Sample.manifest(), into: &far.out)
        guard case .announced("s", let specs) = try #require(try near.hear(far.written()).first) else {
            Issue.record("no announcement")
            return
        }
        #expect(specs.map(\.declaration) == Sample.manifest().specs.filter { !$0.plugin.isEmpty }.map(\.declaration))
        try near.send("ECHO TO=bob \"* END 9\"", 1, lane: 9, token: "t")
        #expect(
            try far.hear(near.written()) == [
                .began(lane: 9), Self.respond(0, "ECHO TO=bob {7+}\r\n* END 9", lane: 9, peer: "[::1]:9", token: "t"),
            ])
        let answer = Answer(.result(ByteBuffer(string: "#9 250 x\r\n"), about: "FROM=bob"), effect: .token("u"))
        #expect(try far.answer(9, 0, answer) == [])
        #expect(try near.hear(far.written()) == [.answered(1, answer)])
    }
}
