import NIOCore
import TestKit
import Testing

@testable import Wire

@Suite("A long reply through a proxy")
struct PassingReplyTests {
    private static func literal(_ count: Int) -> String {
        "250 2.0.0 {\(count)}\r\n\(String(repeating: "x", count: count))\r\n"
    }

    /// Returns a session that waits for the answer to BARE. The test decides what the server sends.
    private static func asked() throws -> Passage {
        var passage = try Passage.begun()
        passage.isStuck = true
        try passage.say("BARE\r\n")
        return passage
    }

    @Test("A reply that is longer than a message may be ends its session")
    func tooLong() throws {
        var passage = try Self.asked()
        try passage.serverSays(frame(1, "250 2.0.0 {99999999999}\r\n", "MORE"))
        let part = frame(1, String(repeating: "x", count: 1 << 17), "MORE")
        for _ in 0..<512 where !passage.isClosed { try passage.serverSays(part) }
        #expect(passage.isClosed && passage.heard().utf8.count <= UpstreamMachine.longestMessage)
    }

    @Test("A long reply is written as it arrives, and its server may send only as much as the client reads")
    func window() throws {
        var passage = try Self.asked()
        let reply = Self.literal(500_000)
        passage.isFull = true
        try passage.serverSays(frame(1, String(reply.prefix(65_535)), "MORE"))
        _ = passage.near.written()
        var rest = reply.dropFirst(65_535)
        for _ in 0..<3 {
            try passage.serverSays(frame(1, String(rest.prefix(65_536)), "MORE"))
            rest = rest.dropFirst(65_536)
        }
        // The window is used up, and the client has read nothing.
        #expect(passage.near.written() == "" && passage.heard() == "")
        passage.isFull = false
        try passage.run()
        #expect(passage.heard() == reply.prefix(262_143))
        #expect(passage.near.written().hasPrefix("#1 0 WINDOW="))
        #expect(passage.session.wait == .reply && !passage.session.wantsInput)
        while !rest.isEmpty {
            let part = rest.prefix(65_536)
            rest = rest.dropFirst(65_536)
            try passage.serverSays(frame(1, String(part), rest.isEmpty ? "" : "MORE"))
        }
        #expect(passage.heard() == reply.dropFirst(262_143))
        #expect(passage.session.wait == .request && passage.session.wantsInput && passage.near.machine.isDrained)
    }

    @Test("A server that sends more than the window allows breaks the protocol")
    func overrun() throws {
        var passage = try Self.asked()
        passage.isFull = true
        let part = "250-" + String(repeating: "x", count: 65_530) + "\r\n"
        for _ in 0..<4 { try passage.serverSays(frame(1, part, "MORE")) }
        #expect(throws: WireFault.self) { try passage.serverSays(frame(1, "250 \r\n")) }
    }

    @Test("A request after a long reply waits for its end")
    func order() throws {
        var passage = try Self.asked()
        try passage.say("BARE\r\n")
        try passage.serverSays(frame(1, "250-a\r\n", "MORE"))
        try passage.say("NOOP\r\n")
        #expect(passage.heard() == "250-a\r\n")
        try passage.serverSays(frame(1, "250 b\r\n") + frame(1, "250 c\r\n"))
        #expect(passage.heard() == "250 b\r\n250 c\r\n250 2.0.0 OK\r\n")
    }

    @Test("A malformed reply of which a part has left ends the session, and the link continues")
    func broken() throws {
        var passage = try Self.asked()
        try passage.serverSays(frame(1, "250-a\r\n", "MORE"))
        try passage.serverSays(frame(1, "251 b\r\n", "MORE"))
        #expect(passage.heard() == "250-a\r\n" && passage.isClosed)
        try passage.serverSays(frame(1, "anything"))
        #expect(passage.near.machine.isDrained && passage.near.machine.incoming == 0)
    }

    @Test("A malformed reply of which nothing has left is replaced by a refusal", arguments: [0, 1])
    func brokenEarly(_ place: Int) throws {
        var passage = try Self.asked()
        passage.isFull = true
        try passage.serverSays(frame(1, place == 0 ? "2" : "250-a\r\n", "MORE") + frame(1, "251 b\r\n", "MORE"))
        let part = String(repeating: "x", count: 100_000)
        for _ in 0..<4 { try passage.serverSays(frame(1, part, "MORE")) }
        try passage.serverSays(frame(1, ""))
        passage.isFull = false
        try passage.say("BARE\r\n")
        #expect(passage.heard().hasPrefix("451 4.3.0 "))
        try passage.serverSays(frame(1, "250 b\r\n"))
        #expect(passage.heard() == "250 b\r\n")
    }

    @Test(
        "A malformed reply that brings a token ends the session", arguments: ["TOKEN=x", "TOKEN=-"])
    func brokenWithToken(_ token: String) throws {
        var passage = try Self.asked()
        passage.isFull = true
        try passage.serverSays(frame(1, "250-a\r\n", "MORE", token) + frame(1, "251 b\r\n"))
        passage.isFull = false
        try passage.run()
        #expect(passage.isClosed == true)
    }

    @Test("A link that is lost in a reply ends the session if a part has left", arguments: [false, true])
    func lost(_ hasLeft: Bool) throws {
        var passage = try Self.asked()
        passage.isFull = !hasLeft
        try passage.serverSays(frame(1, "250-a\r\n", "MORE"))
        try passage.loseLink()
        passage.isFull = false
        try passage.run()
        #expect(passage.isClosed == hasLeft)
        #expect(passage.heard().hasPrefix(hasLeft ? "250-a\r\n" : "451 4.4.2 "))
    }

    @Test("A reply that is not complete or not read in time ends the session", arguments: [false, true])
    func late(_ isWhole: Bool) throws {
        var passage = try Self.asked()
        try passage.serverSays(frame(1, "250-a\r\n", "MORE"))
        passage.isFull = true
        if isWhole { try passage.serverSays(frame(1, "250 b\r\n")) }
        try passage.timeOut()
        passage.isFull = false
        try passage.run()
        #expect(passage.heard() == "250-a\r\n" && passage.isClosed)
    }

    @Test("A proxy that is stopping finishes the current reply")
    func drain() throws {
        var passage = try Self.asked()
        try passage.serverSays(frame(1, "250-a\r\n", "MORE"))
        try passage.drain()
        #expect(passage.session.isEnding == false)
        try passage.serverSays(frame(1, "250 b\r\n"))
        #expect(passage.heard() == "250-a\r\n250 b\r\n421 4.3.2 The server is stopping; connect again\r\n")
        #expect(passage.isClosed == true)
    }

    @Test("A reply for a lost client is discarded, and then the lane ends", arguments: [false, true])
    func clientLost(_ hasBegun: Bool) throws {
        var passage = try Self.asked()
        if hasBegun { try passage.serverSays(frame(1, "250-a\r\n", "MORE")) }
        passage.session = SessionMachine(SessionCommands(host: "host", limits: .session, offersTLS: false))
        try passage.disconnect()
        let line = frame(1, "250-" + String(repeating: "x", count: 100_000) + "\r\n", "MORE")
        for _ in 0..<10 { try passage.serverSays(line) }
        try passage.serverSays(frame(1, "250 b\r\n"))
        #expect(passage.near.written().hasSuffix("#1 0 END\r\n") && passage.near.machine.isDrained)
    }

    @Test("A reply in several frames is checked like one in a single frame", arguments: 1...12)
    func checks(_ pieces: Int) {
        let texts = [
            "250 a\r\n", "250-a\r\n250 b\r\n", "250 {3}\r\na\r\n\r\n", "250-a\r\n250 b {0}\r\n\r\n", "250 \r\n",
            "250-\r\n250 \r\n", "", "250 a", "250 a\r", "250 a\n", "250 a\r\n250 b\r\n", "250-a\r\n251 b\r\n",
            "334 a\r\n",
            "250-a {1}\r\nx\r\n250 b\r\n", "250 a {1}\r\nx", "250 a {1}\r\nxy\r\n", "250 a {1}\r\nx\r\n\r\n",
            "250 a {1+}\r\nx\r\n", "250 a\rb\r\n", "250-a\nb\r\n250 c\r\n", "250 a\r\r\n", "25\r\n", "250\ta\r\n",
            "2x0 a\r\n", "250 \(String(repeating: "y", count: 90)) {2}\r\nab\r\n",
            "250 \(String(repeating: "y", count: 90)){2}\r\n", "250 {99999999999999999999}\r\nx\r\n",
            "250-\(String(repeating: "y", count: 60))\r\(String(repeating: "y", count: 60))\r\n250 x\r\n",
        ]
        for text in texts {
            let bytes = Array(text.utf8)
            var (check, isRight) = (ReplyCheck(), true)
            for start in stride(from: 0, to: bytes.count, by: pieces) {
                let part = Array(bytes[start..<min(start + pieces, bytes.count)])
                isRight = part.withUnsafeBytes { check.take($0) } && isRight
            }
            let whole = WrittenReply(checking: ByteBuffer(bytes: bytes))
            #expect((isRight && check.isComplete) == (whole != nil), "\(text.debugDescription)")
            if let whole { #expect(check.code == whole.code) }
        }
    }
}
