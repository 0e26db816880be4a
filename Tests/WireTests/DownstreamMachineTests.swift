import NIOCore
import TestKit
import Testing

@testable import Wire

@Suite("The server's end of a link, as dialogues")
struct DownstreamMachineTests {
    @Test("Lanes are ordered within and parallel across")
    func order() throws {
        var far = FarEnd()
        #expect(
            try far.hear("#1 ECHO {1+}\r\na\r\n#1 ECHO {1+}\r\nb\r\n#2 ECHO {1+}\r\nc\r\n") == [
                .began(lane: 1), FarEnd.respond(0, "ECHO {1+}\r\na", lane: 1), .began(lane: 2),
                FarEnd.respond(0, "ECHO {1+}\r\nc", lane: 2),
            ])
        #expect(try far.answer(2, 0, Answer(.done("c"))) == [])
        #expect(far.written() == "#2 250 2.0.0 c\r\n")
        #expect(try far.answer(1, 0, Answer(.done("a"))) == [FarEnd.respond(1, "ECHO {1+}\r\nb", lane: 1)])
        #expect(far.written() == "#1 250 2.0.0 a\r\n")
    }

    @Test("A lane has the peer and the token that it was given, and the token that a log-in brings")
    func tokensOfLanes() throws {
        var far = FarEnd()
        let line = "ECHO {1+}\r\na"
        #expect(
            try far.hear("* LANE 1 PEER=\"192.0.2.1:9\" TOKEN=t\r\n#1 \(line)\r\n#1 \(line)\r\n#1 \(line)\r\n") == [
                .began(lane: 1), FarEnd.respond(0, line, lane: 1, peer: "192.0.2.1:9", token: "t"),
            ])
        #expect(
            try far.answer(1, 0, Answer(.done("in"), effect: .token("new"))) == [
                FarEnd.respond(1, line, lane: 1, peer: "192.0.2.1:9", token: "new")
            ])
        #expect(far.written() == "* TOKEN 1 new\r\n#1 250 2.0.0 in\r\n")
        #expect(
            try far.answer(1, 1, Answer(.done("out"), effect: .loggedOut)) == [
                FarEnd.respond(2, line, lane: 1, peer: "192.0.2.1:9")
            ])
        #expect(far.written() == "* TOKEN 1\r\n#1 250 2.0.0 out\r\n")
    }

    @Test("A lane that ends is forgotten, and what is refused is refused on its lane")
    func ends() throws {
        var far = FarEnd()
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
        var far = FarEnd()
        #expect(
            try far.hear("* LANE 1 PEER=local\r\n* LANE 1 PEER=\"[::1]:9\"\r\n#1 NONSENSE\r\n") == [.began(lane: 1)])
        #expect(try far.hear("#2 NONSENSE\r\n#2 NONSENSE\r\n* LANE 2 PEER=local\r\n") == [.began(lane: 2)])
        #expect(try far.hear("* END 1\r\n#1 NONSENSE\r\n") == [.ended(lane: 1), .began(lane: 1)])
    }

    @Test(
        "What breaks the grammar ends the link",
        arguments: [
            "ECHO a\r\n", "#x ECHO a\r\n", "#1\r\n", "*\r\n", "#1 ECHO {1}\r\n", "#1 ECHO {99999999999+}\r\n",
            "#1 A\0\r\n",
        ])
    func downstreamFaults(_ text: String) {
        var far = FarEnd()
        #expect(throws: WireFault.self) { _ = try far.hear(text) }
    }
}
