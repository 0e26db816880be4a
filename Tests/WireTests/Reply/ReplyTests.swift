import NIOCore
import Testing

@testable import Wire

@Suite("Replies")
struct ReplyTests {
    private static func written(_ reply: Reply, _ form: BodyForm, _ result: ResultKind = .plain) -> String {
        var out = Outbox()
        reply.write(form: form, result: result, into: &out)
        return out.takeJoined().text
    }

    private static func body(_ text: String, about: String = "") -> Reply {
        .result(ByteBuffer(string: text), about: about)
    }

    @Test("Lines end in CRLF, the last has a space after its code, and control characters are replaced")
    func lines() {
        #expect(Self.written(Reply(220, nil, "gate ready"), .line) == "220 gate ready\r\n")
        #expect(
            Self.written(Reply(250, "2.0.0", ["a", "b", ""]), .line) == "250-2.0.0 a\r\n250-2.0.0 b\r\n250 2.0.0 \r\n")
        #expect(Self.written(Reply(250, nil, [""]), .line) == "250 \r\n")
        #expect(Self.written(.done("a\r\n250 b\u{1B}\u{7F}\0c\td"), .line) == "250 2.0.0 a??250 b???c\td\r\n")
    }

    @Test("A reply has the form in which its request arrived")
    func likeInLikeOut() {
        #expect(Self.written(Self.body("hi", about: "FROM=bob"), .line) == "250 2.0.0 FROM=bob hi\r\n")
        #expect(Self.written(Self.body("hi", about: "FROM=bob"), .text) == "250-2.0.0 FROM=bob\r\n250 2.0.0 hi\r\n")
        #expect(Self.written(Self.body("hi"), .text) == "250 2.0.0 hi\r\n")
        #expect(Self.written(Self.body("hi", about: "FROM=bob"), .literal) == "250 2.0.0 FROM=bob {2}\r\nhi\r\n")
        #expect(Self.written(Self.body(""), .literal) == "250 2.0.0 {0}\r\n\r\n")
    }

    @Test("A body that would not fit its form unchanged is sent as lines, or else as a literal")
    func fallBacks() {
        #expect(Self.written(Self.body("a\nb"), .line) == "250-2.0.0 a\r\n250 2.0.0 b\r\n")
        #expect(Self.written(Self.body("a\n"), .text) == "250-2.0.0 a\r\n250 2.0.0 \r\n")
        for binary in ["a\0b", "a\rb", "\u{1B}[2J", "\u{7F}"] {
            let literal = "250 2.0.0 {\(binary.utf8.count)}\r\n\(binary)\r\n"
            #expect(Self.written(Self.body(binary), .line) == literal)
            #expect(Self.written(Self.body(binary), .text) == literal)
        }
        let long = String(repeating: "x", count: 9000)
        #expect(Self.written(Self.body(long), .line) == "250 2.0.0 {9000}\r\n\(long)\r\n")
    }

    @Test(
        "No line looks like the announcement of a literal", arguments: ["{5}", "see {5}", "x={5+}", "a\nsee {5}"])
    func announcements(_ text: String) {
        for form in [BodyForm.line, .text] {
            #expect(Self.written(Self.body(text), form) == "250 2.0.0 {\(text.utf8.count)}\r\n\(text)\r\n")
        }
    }

    @Test("A sealed body is armoured on lines, wrapped if it is long, and binary in a literal")
    func sealed() {
        let bytes = Array("clv1".utf8) + [0, 1, 2]
        let reply = Reply.result(ByteBuffer(bytes: bytes))
        #expect(Self.written(reply, .line, .sealed) == "250 2.0.0 clv1.AAEC\r\n")
        #expect(Self.written(reply, .literal, .sealed) == "250 2.0.0 {7}\r\nclv1\0\u{1}\u{2}\r\n")
        let long = Reply.result(ByteBuffer(bytes: Array("clv1".utf8) + [UInt8](repeating: 0, count: 90)))
        let first = "250-2.0.0 clv1." + String(repeating: "A", count: 71)
        #expect(
            Self.written(long, .text, .sealed) == "\(first)\r\n250 2.0.0 " + String(repeating: "A", count: 49) + "\r\n")
    }

    @Test("No line is longer than smtplib reads, including its line end")
    func longest() {
        for count in 8100...8200 {
            let text = Self.written(Self.body(String(repeating: "x", count: count)), .line)
            #expect(text.split(separator: "\r\n").allSatisfy { $0.utf8.count + 2 <= 8192 || !$0.hasPrefix("250") })
        }
    }

    private static let replies: [Reply] = [
        Reply(220, nil, "gate ready"), .done("OK"), Reply(250, "2.0.0", ["a", "", " b"]), Reply(334, nil, ""),
        Reply(535, "5.7.8", "no"), .result(ByteBuffer(bytes: (0...255).map { UInt8($0) }), about: "FROM=bob"),
        Reply(250, "2.0.0", ["x", "y"], body: ByteBuffer(string: "")),
    ]

    @Test(
        "A reply that breaks the grammar is a fault",
        arguments: [
            "hello\r\n", "25 x\r\n", "999 x\r\n", "250x\r\n", "250-a\r\n251 b\r\n", "250 {99999999}\r\n",
            "250 a\0b\r\n",
            "250-{1}\r\nx\r\n250 y\r\n", "250 {1}\r\nxy\r\n", "250 {1} {1}\r\n",
        ])
    func faults(_ text: String) throws {
        var buffer = ByteBuffer(string: text)
        if text == "250 {1} {1}\r\n" { buffer.writeString("x {1}\r\n") }
        var stream = ReplyStream(limits: .session, maximumLines: 4)
        #expect(throws: WireFault.self) { while try stream.next(&buffer) != nil {} }
    }

    @Test("An endless reply is a fault and does not fill the memory")
    func endless() throws {
        var stream = ReplyStream(limits: .session, maximumLines: 4)
        var buffer = ByteBuffer(string: String(repeating: "250-x\r\n", count: 5))
        #expect(throws: WireFault.self) { try stream.next(&buffer) }
        stream = ReplyStream(limits: .session, maximumLines: 1000, maximumBytes: 10)
        buffer = ByteBuffer(string: "250-12345\r\n250-12345\r\n")
        #expect(try stream.next(&buffer) == nil)
        buffer = ByteBuffer(string: "250-1\r\n")
        #expect(throws: WireFault("a reply is too long")) { try stream.next(&buffer) }
        stream = ReplyStream(limits: .session)
        buffer = ByteBuffer(string: "250 {16777217}\r\n")
        #expect(throws: WireFault("a literal in a reply is too large")) { try stream.next(&buffer) }
        stream = ReplyStream(limits: .session)
        buffer = ByteBuffer(string: "250 " + String(repeating: "x", count: 5000))
        #expect(throws: WireFault("a line of a reply is too long")) { try stream.next(&buffer) }
    }

    @Test("A client gets a reply's lines, then its body in parts, then its end", arguments: [1, 7, 100_000])
    func stream(_ size: Int) throws {
        var outbox = Outbox()
        for reply in Self.replies { reply.write(form: .literal, result: .plain, into: &outbox) }
        var rest = outbox.takeJoined()
        var stream = ReplyStream(limits: .link)
        var input = ByteBuffer()
        var seen: [Reply] = []
        var isComplete = true
        while let piece = rest.readSlice(length: min(size, rest.readableBytes)), piece.readableBytes > 0 {
            input.writeImmutableBuffer(piece)
            while let event = try stream.next(&input) {
                switch event {
                case .head(let head):
                    #expect(isComplete)
                    seen.append(head.reply)
                    isComplete = head.bodyCount == nil
                    if !isComplete { seen[seen.count - 1].body = ByteBuffer() }
                case .part(let part):
                    #expect(!isComplete && part.readableBytes > 0)
                    seen[seen.count - 1].body?.writeImmutableBuffer(part)
                case .end:
                    #expect(!isComplete)
                    isComplete = true
                }
            }
        }
        #expect(seen == Self.replies)
        #expect(isComplete && input.readableBytes == 0)
    }
}
