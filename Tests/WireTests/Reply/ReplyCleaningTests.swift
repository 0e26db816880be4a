import NIOCore
import Testing

@testable import Wire

@Suite("Replies whose texts contain arbitrary data")
struct ReplyCleaningTests {
    private static func written(_ reply: Reply, _ form: BodyForm = .line) -> String {
        var out = Outbox()
        reply.write(form: form, result: .plain, into: &out)
        return out.takeJoined().text
    }

    @Test("No text looks like the announcement of a literal, in any line")
    func marks() {
        #expect(Self.written(.done("x {363}")) == "250 2.0.0 x {363} \r\n")
        #expect(Self.written(.done("Hello, {363}")) == "250 2.0.0 Hello, {363} \r\n")
        #expect(Self.written(Reply(250, nil, "{5+}")) == "250 {5+} \r\n")
        let lines = Reply(250, "2.0.0", ["a={1}", "{2}", "b {3}"], body: ByteBuffer(string: "xy"))
        #expect(Self.written(lines, .literal) == "250-2.0.0 a={1} \r\n250-2.0.0 {2} \r\n250 2.0.0 b {3}  {2}\r\nxy\r\n")
        #expect(Self.written(.done("see{5} {x} {5")) == "250 2.0.0 see{5} {x} {5\r\n")
    }

    @Test("The fast search for an enhanced code agrees with the general one")
    func quickCodes() {
        var texts: [[UInt8]] = [[]]
        for _ in 0...7 {
            for text in texts {
                let quick = text.withUnsafeBytes { ReplyLines.enhancedCount($0) }
                #expect(quick == ReplyLines.enhancedCount(text))
            }
            texts = texts.flatMap { text in "2. x".utf8.map { text + [$0] } }
        }
        #expect(Array("5.7.10 x".utf8).withUnsafeBytes { ReplyLines.enhancedCount($0) } == 6)
    }

    @Test("A text does not begin with an enhanced code if its reply has none")
    func enhancedCodes() {
        let lines = Reply(250, nil, ["2.0.0 x", "1.2.3", "1.2.3.4"])
        #expect(Self.written(lines) == "250- 2.0.0 x\r\n250- 1.2.3\r\n250 1.2.3.4\r\n")
        #expect(Self.written(.done("2.0.0 x")) == "250 2.0.0 2.0.0 x\r\n")
        let body = Reply(250, nil, "", body: ByteBuffer(string: "5.7.1 x"))
        #expect(Self.written(body) == "250 {7}\r\n5.7.1 x\r\n")
    }

    @Test("Characters that end a line, reverse it or control a terminal become question marks")
    func controls() {
        let text = "a\u{85}b\u{9B}31m\u{202E}c\u{2028}d\u{2066}\u{0}\u{1B}é\tz"
        #expect(Self.written(.done(text)) == "250 2.0.0 a?b?31m?c?d???é\tz\r\n")
        #expect(Self.written(.done("a\r\n250 b")) == "250 2.0.0 a??250 b\r\n")
    }

    @Test(
        "A long text continues on the next line, and no line is longer than 8,192 bytes",
        arguments: ["x", "é", "€", "😀"])
    func long(_ filling: String) {
        let text = String(repeating: filling, count: 20_000 / filling.utf8.count) + " {5}"
        let lines = Self.written(.done(text)).split(separator: "\r\n")
        #expect(lines.count == 3 && lines.allSatisfy { $0.utf8.count <= 8190 })
        #expect(lines[2].hasSuffix(" {5} ") && lines[1].contains("250-2.0.0 "))
        let texts = lines.map { $0.split(separator: "2.0.0 ", maxSplits: 1)[1] }
        #expect(texts.joined() == text + " ")
    }

    @Test("Invalid codes are replaced")
    func codes() {
        #expect(Self.written(Reply(99, "2.0.0", "x")) == "554 2.0.0 x\r\n")
        #expect(Self.written(Reply(550, "5.7.1 {5}", "x")) == "550 5.0.0 x\r\n")
        #expect(Self.written(Reply(250, "", "x")) == "250 2.0.0 x\r\n")
    }

    @Test("A reply that is larger than a link allows is replaced by a refusal")
    func large() {
        let refusal = "554 5.3.4 The answer is too large to be sent\r\n"
        #expect(Self.written(.result(ByteBuffer(repeating: 0, count: 32 << 20 | 1))) == refusal)
        #expect(Self.written(Reply(250, "2.0.0", Array(repeating: "", count: 1 << 20 | 1))) == refusal)
    }

    @Test("A declaration is one line of limited length, whatever the command's texts contain")
    func declarations() throws {
        let spec = CommandSpec(
            verb: "X", plugin: "p", forms: [[]], access: .anyone, isRepeatable: true, summary: "a\r\n* END 1",
            help: "\"line\"\nline {5}\u{85}" + String(repeating: "\\", count: 9000))
        #expect(spec.summary == "a? * END 1")
        let declaration = spec.declaration
        #expect(declaration.utf8.count <= 8000 && !declaration.contains(where: \.isNewline))
        let read = try #require(CommandSpec(declaration: RequestLine(declaration)))
        #expect(read.help.hasPrefix("\"line\" line {5}?\\") && read.help.utf8.count > 3000)
    }

    @Test(
        "A declaration with invalid names is refused",
        arguments: [
            "ARGS=\"a{5}:word\"", "ARGS=\"k=a:word\"", "ARGS=\"A:word\"", "ARGS=\"a:word:x{1}\"", "PLUGIN=\"a b\"",
            "PLUGIN=m23456789-123456789-123456789-123",
        ])
    func names(_ words: String) {
        #expect(CommandSpec(declaration: RequestLine("X \(words) ACCESS=anyone")) == nil)
    }
}
