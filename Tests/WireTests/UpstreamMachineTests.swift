import NIOCore
import TestKit
import Testing

@testable import Wire

@Suite("The proxy's end of a link, as dialogues")
struct UpstreamMachineTests {
    @Test("A lane is introduced once, and again when its token has changed")
    func lanes() throws {
        var near = try NearEnd.ready()
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
        var near = try NearEnd.ready()
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
        var near = try NearEnd.ready()
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
            "* TOKEN\r\n", "* TOKEN x\r\n", "* TOKEN 5 a\"b\r\n",
            "* TOKEN 5 {5}\r\n12345\r\n",
            "* LANE 5\r\n",
            "#5 250 2.0.0 {99999999999}\r\n", "#5 \r\n",
        ])
    func faults(_ text: String) throws {
        var near = try NearEnd.ready()
        try near.send("ECHO a", 1, lane: 5)
        #expect(throws: WireFault.self) { _ = try near.hear(text) }
        #expect(near.machine.lost().allSatisfy { $0 == 1 })
    }

    @Test("A greeting that is none, another version, too many commands: no link")
    func greetings() throws {
        for text in ["554 no\r\n", "220 s\r\n* HELLO 2 s\r\n"] {
            var near = NearEnd()
            #expect(throws: WireFault.self) { _ = try near.hear(text) }
        }
        var near = NearEnd()
        _ = try near.hear("220 s\r\n* HELLO 1 s\r\n")
        #expect(throws: WireFault.self) {
            for _ in 0...4096 { _ = try near.hear("* COMMAND X ACCESS=anyone\r\n") }
        }
    }

    @Test("Lines that are not known are passed over")
    func unknown() throws {
        var near = try NearEnd.ready()
        #expect(try near.hear("* FUTURE thing\r\n* \r\n* PONG x\r\n* COMMAND ?\r\n") == [])
        #expect(try near.hear("* STOPPING\r\n") == [.stopping])
        #expect(!near.machine.isReady && near.machine.isDrained)
    }

    @Test("Who says that he answers PING is asked, and answers with the same number")
    func pings() throws {
        var near = NearEnd()
        _ = try near.hear("220 s\r\n")
        #expect(!near.machine.answersPings)
        var far = FarEnd()
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
        let near = try NearEnd.ready()
        #expect(!near.machine.answersPings)
        var far = FarEnd()
        #expect(try far.hear("* PING\r\n* PING x\r\n* PONG 1\r\n") == [])
        #expect(far.written() == "")
    }
}
