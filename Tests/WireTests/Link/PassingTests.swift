import NIOCore
import TestKit
import Testing

@testable import Wire

@Suite("A long message through a proxy")
struct PassingTests {
    private static func text(_ count: Int) -> String {
        String(decoding: (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 23) }, as: UTF8.self)
    }

    private static func reply(_ body: String) -> String { "250 2.0.0 {\(body.utf8.count)}\r\n\(body)\r\n" }

    @Test(
        "A long message and its answer arrive complete, however both are cut",
        arguments: [65_537, 131_072, 262_144, 400_000], [1021, 65_536, 1 << 20])
    func whole(_ count: Int, _ pieces: Int) throws {
        var passage = try Passage.begun()
        let body = Self.text(count)
        try passage.say("ECHO {\(count)+}\r\n\(body)\r\nECHO x\r\nBARE\r\n", pieces: pieces)
        let (isAsked, isAnswered) = (
            passage.requests == [[nil, body], [nil, "x"], []],
            passage.heard() == Self.reply(body) + "250 2.0.0 x\r\n" + "250 2.0.0 \r\n"
        )
        #expect(isAsked && isAnswered)
        #expect(passage.frames[0] == "#1 65536 MORE")
        #expect(passage.near.machine.isDrained && passage.near.machine.incoming == 0)
    }

    @Test("A long literal gets 354 if it waits, and its first part is sent before its last has arrived")
    func early() throws {
        var passage = try Passage.begun()
        try passage.say("ECHO TO=bob {300000}\r\n")
        #expect(passage.heard() == "354 Send the 300000 bytes\r\n")
        #expect(passage.session.wait == .rest)
        let body = Self.text(300_000)
        try passage.say(String(body.prefix(70_000)))
        #expect(passage.frames == ["#1 65536 MORE"])
        #expect(passage.requests.isEmpty && passage.session.arrived >= 70_000)
        try passage.say(String(body.dropFirst(70_000)) + "\r\n")
        #expect(passage.heard() == Self.reply(body))
        #expect(passage.requests == [["bob", body]])
    }

    @Test("A long message is read as fast as the link takes it, and counts as at most a window")
    func room() throws {
        let memory = BodyMemory(limit: 1 << 20, largest: 1 << 20)
        var passage = try Passage.begun(memory: memory)
        passage.isStuck = true
        let body = Self.text(3 << 20)
        try passage.say("ECHO {\(body.utf8.count)+}\r\n\(body.prefix(1 << 20))")
        #expect(!passage.session.wantsInput && passage.session.wait == .rest)
        #expect(memory.taken <= BodyStream.share + (16 << 10))
        passage.isStuck = false
        try passage.run()
        #expect(passage.session.wantsInput == true)
        try passage.say("\(body.dropFirst(1 << 20))\r\n")
        #expect(passage.heard() == Self.reply(body))
        _ = passage.session.settle { 0 }
        #expect(memory.taken == 0)
    }

    @Test(
        "A long message with text after it is refused, its server drops it, and the session continues",
        arguments: [
            ("x\r\n", "501 5.5.2 A space must follow a closing quote or a literal"),
            (" x\r\n", "501 5.5.2 Text and a literal in one argument"),
            (" {3+}\r\nabc\r\n", "501 5.5.2 Text and a literal in one argument"),
            (" {3}\r\n", "501 5.5.2 Text and a literal in one argument"),
            (" \0\r\n", "500 5.5.2 NUL in a line; send binary content as a literal"),
            (
                String(repeating: " ", count: 5000) + "\r\n",
                "500 5.5.2 Line too long; send long content as text or as a literal"
            ),
        ])
    func malformed(_ rest: String, _ refusal: String) throws {
        var passage = try Passage.begun()
        try passage.say("ECHO a\r\nECHO {200000+}\r\n\(Self.text(200_000))\(rest)ECHO b\r\n")
        #expect(passage.heard() == "250 2.0.0 a\r\n\(refusal)\r\n250 2.0.0 b\r\n")
        #expect(passage.frames.contains("#1 0 DROP"))
        #expect(passage.requests == [[nil, "a"], [nil, "b"]])
        #expect(passage.near.machine.isDrained == true)
    }

    @Test("A long message followed by a literal too long to skip ends the session")
    func fatal() throws {
        var passage = try Passage.begun()
        try passage.say("ECHO {200000+}\r\n\(Self.text(200_000)) {2000000+}\r\nECHO b\r\n")
        #expect(passage.heard() == "501 5.5.2 Text and a literal in one argument\r\n")
        #expect(passage.isClosed && passage.requests.isEmpty)
    }

    @Test("A message of which nothing was sent is dropped too, and the lane keeps its token")
    func unsent() throws {
        var passage = try Passage.begun()
        passage.isStuck = true
        try passage.say("ECHO {70000+}\r\n\(Self.text(70_000)) x\r\n")
        passage.isStuck = false
        try passage.run()
        try passage.say("ECHO b\r\n")
        #expect(passage.heard() == "501 5.5.2 Text and a literal in one argument\r\n250 2.0.0 b\r\n")
        #expect(passage.requests == [[nil, "b"]])
    }

    @Test(
        "A server drops a message if the input ends in it, its time limit passes, or the proxy stops",
        arguments: 0..<3)
    func cutShort(_ cause: Int) throws {
        var passage = try Passage.begun()
        try passage.say("ECHO {200000+}\r\n\(Self.text(150_000))")
        let reply: String
        switch cause {
        case 0:
            try passage.endInput()
            reply = "501 5.5.2 The input ended inside a literal; it was not run\r\n"
        case 1:
            try passage.timeOut()
            reply = "421 4.4.2 The request took too long to arrive; the session ends\r\n"
        default:
            try passage.drain()
            reply = "421 4.3.2 The server is stopping; connect again\r\n"
        }
        #expect(passage.heard() == reply)
        #expect(passage.isClosed && passage.frames.last == "#1 0 DROP" && passage.near.machine.isDrained)
    }

    @Test("The client gets a reply if its server does not take the message in time")
    func stuck() throws {
        var passage = try Passage.begun()
        passage.isStuck = true
        try passage.say("ECHO {900000+}\r\n\(Self.text(900_000))")
        try passage.timeOut()
        #expect(passage.heard() == "421 4.4.7 No answer from the server in time; the session ends\r\n")
        #expect(passage.isClosed == true)
    }

    @Test("If the client is lost, the server only receives the end of the lane")
    func clientLost() throws {
        var passage = try Passage.begun()
        try passage.say("ECHO {200000+}\r\n\(Self.text(150_000))")
        try passage.disconnect()
        #expect(passage.frames.last == "#1 0 END" && passage.near.machine.isDrained && passage.far.machine.isDrained)
        #expect(passage.near.machine.lanes.count == 0 && passage.far.machine.openLanes.isEmpty)
    }

    @Test("If the link is lost in a message, the rest is skipped, and the refusal says that it was not run")
    func linkLost() throws {
        var passage = try Passage.begun()
        try passage.say("ECHO {3000000+}\r\n\(Self.text(150_000))")
        try passage.loseLink()
        #expect(passage.heard() == "")
        try passage.say("\(Self.text(2_850_000))\r\nNOOP\r\n")
        let refusal = "451 4.4.2 The connection to the server was lost while the message was sent"
        #expect(passage.heard() == "\(refusal); the command was not run\r\n250 2.0.0 OK\r\n")
    }

    @Test("A message that is refused before it has arrived is skipped, and then the refusal is sent")
    func refused() throws {
        var passage = try Passage.begun()
        passage.refusal = .serverDown
        try passage.say("ECHO {3000000}\r\n")
        #expect(passage.heard() == "354 Send the 3000000 bytes\r\n")
        try passage.say(Self.text(3_000_000) + "\r\nNOOP\r\n")
        let refusal = "451 4.4.1 The server for this command is not reachable now; try again"
        #expect(passage.heard() == "\(refusal)\r\n250 2.0.0 OK\r\n")
        #expect(passage.frames.isEmpty && passage.near.machine.isDrained)
    }

    @Test("A short message, or one that is not the last argument, is read completely first")
    func others() throws {
        var passage = try Passage.begun()
        let body = Self.text(70_000)
        try passage.say("ECHO {65536+}\r\n\(body.prefix(65_536))")
        #expect(passage.frames.isEmpty && passage.session.wait == .rest)
        try passage.say("\r\n")
        #expect(passage.heard() == Self.reply(String(body.prefix(65_536))))
        // In the first request the message is too long for a name. In the second it is not the last argument.
        try passage.say("NAME {70000+}\r\n\(body) x\r\nECHO TO={70000+}\r\n\(body) x\r\n")
        #expect(passage.requests.count == 1)
        #expect(passage.heard().split(separator: "\r\n").map { $0.prefix(9) } == ["501 5.1.3", "501 5.1.3"])
    }

    @Test("A server that answers before it has the complete message breaks the protocol")
    func tooEarly() throws {
        var passage = try Passage.begun()
        try passage.say("ECHO {200000+}\r\n\(Self.text(150_000))")
        #expect(throws: WireFault.self) { try passage.serverSays(frame(1, "250 2.0.0 yes\r\n")) }
    }

    @Test(
        "A proxy that sends DROP without a begun message, or with other data, breaks the protocol",
        arguments: [
            frame(1, "", "DROP"), frame(1, "", "PEER=local", "DROP"), frame(1, "BARE line\r\n", "PEER=local", "DROP"),
            frame(1, "BARE", "PEER=local", "MORE") + frame(1, "x", "DROP"),
            frame(1, "BARE", "PEER=local", "MORE") + frame(1, "", "MORE", "DROP"),
            frame(1, "BARE", "PEER=local", "MORE") + frame(1, "", "END", "DROP"),
            frame(1, "BARE", "PEER=local", "MORE") + frame(1, "", "DROP", "DROP"),
            frame(1, "BARE", "PEER=local", "MORE") + frame(1, "", "DROP") + frame(1, "", "DROP"),
            frame(1, "BARE", "PEER=local", "MORE") + frame(2, "", "DROP"), frame(0, "", "DROP"),
        ])
    func falseDrops(_ text: String) throws {
        var far = FarEnd()
        #expect(throws: WireFault.self) { _ = try far.hear(text) }
    }

    @Test("A dropped message leaves no trace, and does not count as a request")
    func dropped() throws {
        var far = FarEnd()
        #expect(try far.hear(frame(1, "ECHO line mess", "PEER=local", "MORE"), frame(1, "", "DROP")).count == 1)
        #expect(try far.hear(frame(1, "ECHO line message=1\r\nx")) == [FarEnd.respond(0, "ECHO x", lane: 1)])
    }

    @Test("An argument of unknown length is the rest of the message", arguments: ["", "x", "a\nb"])
    func unknownLength(_ body: String) throws {
        var far = FarEnd()
        let actions = try far.hear(frame(1, "ECHO text to=3 message=*\r\nbob\(body)", "PEER=local"))
        guard case .respond(_, let request, _)? = actions.last else { return #expect(Bool(false)) }
        #expect(request.words == ["bob", body] && request.bodyForm == .text)
        // Only the last argument may have an unknown length.
        _ = try far.answer(1, 0, Answer(.done("")))
        for head in ["to=* message=1", "message=* to=3", "message=*1", "message=**", "message=1*", "message=* "] {
            var other = FarEnd()
            #expect(try other.hear(frame(1, "ECHO text \(head)\r\nbob", "PEER=local")) == [.began(lane: 1)])
            #expect(other.written().hasPrefix("#1 "))
        }
    }
}
