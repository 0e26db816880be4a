import NIOCore
import TestKit
import Testing

@testable import Wire

@Suite("A long text through a proxy")
struct PassingTextTests {
    private static let ask = "354 Send the message, then a line that is a single dot\r\n"
    private static let line = "The quick brown fox jumps over the lazy dog, again and again."
    private static let lines = [String](repeating: line, count: 4000)
    private static let text = lines.joined(separator: "\n")
    private static var sent: String { lines.joined(separator: "\r\n") + "\r\n" }

    private static func reply(_ lines: [String]) -> String {
        lines.dropLast().map { "250-2.0.0 \($0)\r\n" }.joined() + "250 2.0.0 \(lines.last!)\r\n"
    }

    @Test("A long text reaches its server complete, however it is cut", arguments: [997, 16_384, 1 << 20])
    func whole(_ pieces: Int) throws {
        var passage = try Passage.begun()
        try passage.say("ECHO TO=bob\r\n\(Self.sent)..\r\n\r\n.\r\nECHO x\r\n", pieces: pieces)
        let isAsked = passage.requests == [["bob", Self.text + "\n.\n"], [nil, "x"]]
        #expect(isAsked)
        let heard = passage.heard()
        let isAnswered = heard == Self.ask + Self.reply(Self.lines + [".", ""]) + "250 2.0.0 x\r\n"
        #expect(isAnswered && passage.near.machine.isDrained)
        #expect(passage.frames[0] == "#1 65536 MORE")
    }

    @Test("The first part of a text is sent before its last has arrived, as fast as the link takes it")
    func room() throws {
        let memory = BodyMemory(limit: 1 << 20, largest: 1 << 20)
        var passage = try Passage.begun(memory: memory)
        try passage.say("ECHO\r\n\(Self.sent.prefix(100_000))")
        #expect(passage.frames == ["#1 65536 MORE"] && passage.session.wait == .rest)
        #expect(passage.session.arrived > 98_000)
        passage.isStuck = true
        try passage.say(String(repeating: Self.sent, count: 3))
        #expect(!passage.session.wantsInput && memory.taken <= 2 * BodyStream.share)
        passage.isStuck = false
        try passage.run()
        #expect(passage.session.wantsInput == true)
    }

    @Test(
        "An invalid text is refused at its end, and its server drops it",
        arguments: [
            ("\0", "554 5.6.0 NUL or CR in the text; send binary content as a literal", false),
            ("a\rb", "554 5.6.0 NUL or CR in the text; send binary content as a literal", false),
            ("x\n", "554 5.6.0 The text's line ends differ from the session's; the session ends", true),
            (String(repeating: "x", count: 1 << 20), "552 5.3.4 Text too large; the limit is 1048576 bytes", false),
            (String(repeating: Self.sent, count: 6), "552 5.3.4 Text too large; the limit is 1048576 bytes", false),
        ])
    func refused(_ rest: String, _ refusal: String, _ isFatal: Bool) throws {
        for pieces in [4093, 1 << 20] {
            var passage = try Passage.begun()
            try passage.say("ECHO\r\n\(Self.sent)\(rest)\r\n.\r\nECHO x\r\n", pieces: pieces)
            #expect(passage.heard() == Self.ask + refusal + "\r\n" + (isFatal ? "" : "250 2.0.0 x\r\n"))
            #expect(passage.isClosed == isFatal && passage.near.machine.isDrained)
            #expect(passage.requests == (isFatal ? [] : [[nil, "x"]]))
        }
    }

    @Test("A text that is not UTF-8 is refused at its end", arguments: [0, 200_000])
    func notUTF8(_ place: Int) throws {
        var passage = try Passage.begun()
        var bytes = Array(("ECHO\r\n" + Self.sent + ".\r\nECHO x\r\n").utf8)
        bytes[place + 6] = 0xFF
        for start in stride(from: 0, to: bytes.count, by: 10_000) {
            var piece = ByteBuffer(bytes: bytes[start..<min(start + 10_000, bytes.count)])
            passage.session.received(&piece)
            try passage.run()
        }
        let refusal = "554 5.6.0 The text is not UTF-8; send binary content as a literal\r\n"
        #expect(passage.heard() == Self.ask + refusal + "250 2.0.0 x\r\n")
        #expect(passage.requests == [[nil, "x"]])
    }

    @Test("A text is not run if the input ends in it or the link is lost", arguments: [false, true])
    func cutShort(_ isLink: Bool) throws {
        var passage = try Passage.begun()
        try passage.say("ECHO\r\n\(Self.sent.prefix(100_000))")
        if isLink {
            try passage.loseLink()
            try passage.say("\r\n.\r\n")
            #expect(passage.heard().hasSuffix("was lost while the message was sent; the command was not run\r\n"))
        } else {
            try passage.endInput()
            #expect(passage.heard() == Self.ask + "501 5.5.2 The input ended inside the text; it was not run\r\n")
            #expect(passage.isClosed && passage.frames.last == "#1 0 DROP")
        }
    }

    @Test("A sealed text may be as long as any sealed message")
    func sealed() throws {
        var passage = try Passage.begun()
        let count = 22_000
        try passage.say("OPEN\r\n" + String(repeating: Self.line + "\r\n", count: count) + ".\r\n")
        let bytes = count * (Self.line.utf8.count + 1) - 1
        #expect(passage.requests.map { $0[0]?.utf8.count } == [bytes])
    }
}
