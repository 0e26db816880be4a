import NIOCore
import TestKit
import Testing

@testable import Wire

@Suite("The proxy's end of a link, as dialogues")
struct UpstreamMachineTests {
    private static let done = Answer(written: "250 2.0.0 a\r\n")

    @Test("A lane's client is announced with its first request, and its token whenever it changes")
    func lanes() throws {
        var near = try NearEnd.ready()
        try near.send("ECHO a", 1, lane: 5)
        #expect(near.written() == frame(5, "ECHO line message=1\r\na", "PEER=[::1]:9"))
        try near.send("ECHO TO=bob b", 2, lane: 5)
        #expect(near.written() == frame(5, "ECHO line to=3 message=1\r\nbobb"))
        try near.send("ECHO c", 3, lane: 5, token: "t")
        #expect(near.written() == frame(5, "ECHO line message=1\r\nc", "TOKEN=t"))
        try near.send("ECHO d", 4, lane: 5)
        #expect(near.written() == frame(5, "ECHO line message=1\r\nd", "TOKEN=-"))
        let literal = "250 2.0.0 {2}\r\n\r\n\r\n"
        let events = try near.hear(frame(5, "250 2.0.0 a\r\n"), frame(5, literal))
        #expect(events == [.answered(1, Self.done), .answered(2, Answer(written: literal))])
    }

    @Test("A new token arrives with its reply, and is not sent back to the server that issued it")
    func tokens() throws {
        var near = try NearEnd.ready()
        try near.send("ECHO a", 1, lane: 5)
        let events = try near.hear(frame(5, "235 2.7.0 in\r\n", "TOKEN=new"))
        #expect(events == [.answered(1, Answer(written: "235 2.7.0 in\r\n", effect: .token("new")))])
        _ = near.written()
        try near.send("ECHO b", 2, lane: 5, token: "new")
        #expect(near.written() == frame(5, "ECHO line message=1\r\nb"))
        #expect(
            try near.hear(frame(5, "250 2.0.0 out\r\n", "TOKEN=-")) == [
                .answered(2, Answer(written: "250 2.0.0 out\r\n", effect: .loggedOut))
            ])
    }

    @Test("A lane outlives its session until the reply has arrived")
    func tombstones() throws {
        var near = try NearEnd.ready()
        try near.send("ECHO a", 1, lane: 5)
        near.machine.ended(5, into: &near.out)
        #expect(!near.written().contains("END"))
        #expect(try near.hear(frame(5, "250 2.0.0 a\r\n")) == [.answered(1, Self.done)])
        #expect(near.written() == frame(5, "", "END"))
        // The server may have granted a window before it read the end of the lane.
        #expect(try near.hear(frame(5, "", "WINDOW=9")) == [])
        #expect(throws: WireFault.self) { try near.hear(frame(5, "250 2.0.0 a\r\n")) }
    }

    @Test(
        "A reply without a request, or a malformed header, ends the link",
        arguments: [
            frame(6, "250 2.0.0 a\r\n"), frame(5, "250 2.0.0 a\r\n") + frame(5, "250 2.0.0 a\r\n"), "250 2.0.0 a\r\n",
            "* HELLO 1 s\r\n", "#x 5\r\n", "#05 5\r\n", "#+5 5\r\n", "#5\r\n", "#5 \r\n", "#5 1 \r\nx", "#5  1\r\nx",
            "#5 01\r\nx", "#5 131073\r\n", "#5 18446744073709551617\r\n", "#17592186044416 1\r\nx", "#5 1\nx", "\r\n",
            "#5 0 DROP\r\n", "#5 1 DROP\r\nx", "#5 1 more\r\nx", "#5 1 MORE=1\r\nx",
            "#5 1 FUTURE\r\nx", "#5 1 END\r\nx",
            "#5 1 PEER=local\r\nx",
            "#5 1 USER=alice\r\nx", "#5 1 TOKEN=\r\nx", "#5 1 TOKEN\r\nx", "#5 1 TOKEN=a\"b\r\nx",
            "#5 1 TOKEN=a TOKEN=b\r\nx", "#5 1 TOKEN=a\tMORE\r\nx", "#5 1 MORE MORE\r\nx", "#5 0 WINDOW=0\r\n",
            "#5 0 WINDOW=-1\r\n", "#5 0 WINDOW=99999999999\r\n", "#5 0 WINDOW=1\r\n", "#5 1\0\r\nx",
            "#5 1 TOKEN=" + String(repeating: "a", count: 8193) + "\r\nx", String(repeating: "#", count: 10_240),
            "#5 " + String(repeating: " ", count: 10_240),
        ])
    func faults(_ text: String) throws {
        var near = try NearEnd.ready()
        try near.send("ECHO a", 1, lane: 5)
        #expect(throws: WireFault.self) { _ = try near.hear(text) }
        let lost = near.machine.lost()
        #expect(lost.allSatisfy { $0.ticket == 1 })
    }

    @Test("A header is read correctly, however it is cut", arguments: 0...60)
    func cuts(_ cut: Int) throws {
        var near = try NearEnd.ready()
        try near.send("ECHO a", 1, lane: 5)
        let bytes = Array((frame(5, "235 2.7.0 in\r\n", "TOKEN=a.b-c") + frame(0, "PONG 7\r\n")).utf8)
        var events = try near.hear(String(decoding: bytes.prefix(cut), as: UTF8.self))
        events += try near.hear(String(decoding: bytes.dropFirst(cut), as: UTF8.self))
        #expect(events == [.answered(1, Answer(written: "235 2.7.0 in\r\n", effect: .token("a.b-c")))])
    }

    @Test(
        "A payload that is not exactly one reply affects only its lane",
        arguments: [
            "", "\r\n", "250", "250 a", "250 a\n", "250 a\r", "250 a\r\n ", "250 a\r\n250 b\r\n", "250-a\r\n",
            "250-a\r\n251 b\r\n", "250-a {1}\r\nx\r\n250 b\r\n", "250 a {1}\r\n", "250 a {1}\r\nx",
            "250 a {1}\r\nxy\r\n",
            "250 a {2}\r\nx\r\n", "250 a {1}\r\nx\r\n\r\n", "250 a {99999999999999999999}\r\nx\r\n",
            "250 a {1+}\r\nx\r\n",
            "334 \r\n", "354 a\r\n", "100 a\r\n", "650 a\r\n", "2x0 a\r\n", "250\ta\r\n", "250 a\nb\r\n",
            "250 a\rb\r\n",
            "ECHO line\r\n", "#6 3\r\n250",
        ])
    func badReplies(_ payload: String) throws {
        var near = try NearEnd.ready()
        try near.send("ECHO a", 1, lane: 5)
        try near.send("ECHO a", 2, lane: 6)
        _ = near.written()
        #expect(
            try near.hear(frame(5, payload, "TOKEN=x"), frame(6, "250 2.0.0 a\r\n")) == [
                .answered(1, Answer(.badReply, effect: .close)), .answered(2, Self.done),
            ])
        // The session ends. The server's lane acts with that token until it receives another.
        try near.send("ECHO a", 3, lane: 5, token: "x")
        #expect(near.written() == frame(5, "ECHO line message=1\r\na"))
        #expect(try near.hear(frame(5, payload)) == [.answered(3, Answer(.badReply))])
    }

    @Test("A bad greeting, another version or too many commands end the link")
    func greetings() throws {
        for text in ["554 no\r\n", "220 s\r\n" + frame(0, "HELLO 3 s\r\n"), "220 s\r\n* HELLO 1 s\r\n"] {
            var near = NearEnd()
            #expect(throws: WireFault.self) { _ = try near.hear(text) }
        }
        var near = NearEnd()
        _ = try near.hear("220 s\r\n", frame(0, "HELLO 2 s\r\n"))
        #expect(throws: WireFault.self) {
            for _ in 0...4096 { _ = try near.hear(frame(0, "COMMAND X ACCESS=anyone\r\n")) }
        }
        var long = NearEnd()
        #expect(throws: WireFault.self) { _ = try long.hear("220 " + String(repeating: "x", count: 9000)) }
    }

    @Test("Unknown notes are ignored, up to a limit")
    func unknown() throws {
        var near = try NearEnd.ready()
        let notes = ["FUTURE thing", "", "PONG x", "COMMAND ?", "HELLO x", "PING 1", "HELLO 2"]
        for note in notes { #expect(try near.hear(frame(0, note + "\r\n"), frame(0, note)) == []) }
        #expect(try near.hear(frame(0, "STOPPING\r\n")) == [.stopping])
        #expect(!near.machine.isReady && near.machine.isDrained)
        #expect(throws: WireFault.self) { try near.hear(String(repeating: frame(0, "FUTURE"), count: 10_000)) }
    }

    @Test("A server answers a liveness check with the same number")
    func pings() throws {
        var near = NearEnd()
        _ = try near.hear("220 s\r\n")
        #expect(near.machine.answersPings == false)
        var far = FarEnd()
        far.machine.announce("s", Sample.manifest(), into: &far.out)
        _ = try near.hear(far.written())
        #expect(near.machine.answersPings == true)
        _ = near.written()
        near.machine.ping(into: &near.out)
        near.machine.ping(into: &near.out)
        let asked = near.written()
        #expect(asked == frame(0, "PING 1\r\n") + frame(0, "PING 2\r\n"))
        #expect(try far.hear(asked) == [])
        let answered = far.written()
        #expect(answered == frame(0, "PONG 1\r\n") + frame(0, "PONG 2\r\n"))
        #expect(try near.hear(answered) == [])
        #expect(try far.hear(frame(0, "PING\r\n"), frame(0, "PING x\r\n"), frame(0, "PONG 1\r\n")) == [])
        #expect(far.written() == "")
    }
}
