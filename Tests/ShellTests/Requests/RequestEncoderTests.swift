import NIOCore
import Testing
import Wire

@testable import Shell

@Suite("Requests from separate words")
struct RequestEncoderTests {
    static let sign = CommandSpec(
        verb: "SIGN", plugin: "keys", forms: [[message]], access: .user, isRepeatable: true, summary: "", help: "")
    static let encrypt = CommandSpec(
        verb: "ENCRYPT", plugin: "keys",
        forms: [[ParameterSpec("name", key: "TO", type: .names, isRequired: false), message]], access: .user,
        isRepeatable: true, summary: "", help: "")
    static let verify = CommandSpec(
        verb: "VERIFY", plugin: "auth",
        forms: [
            [ParameterSpec("signature", type: .word, isRequired: true), message],
            [ParameterSpec("token", key: "TOKEN", type: .secret, isRequired: true)],
        ], access: .anyone, isRepeatable: true, summary: "", help: "")
    static let login = CommandSpec(
        verb: "LOGIN", plugin: "auth",
        forms: [
            [
                ParameterSpec("name", type: .name, isRequired: true),
                ParameterSpec("password", type: .secret, isRequired: true),
            ]
        ], access: .anyone, isRepeatable: true, summary: "", help: "")
    private static let message = ParameterSpec("message", type: .message, isRequired: true)

    struct Case: Sendable, CustomTestStringConvertible {
        let words: [String]
        let spec: CommandSpec?
        let line: String
        var testDescription: String { words.joined(separator: "|") }

        init(_ words: [String], _ spec: CommandSpec?, _ line: String) {
            self.words = words
            self.spec = spec
            self.line = line
        }
    }

    static let long = String(repeating: "x", count: 1001)

    static let cases = [
        Case(["NOOP"], nil, "NOOP"),
        Case(["login", "alice", "hunter2"], login, "login alice hunter2"),
        Case(["LOGIN", "alice", "correct horse"], login, "LOGIN alice \"correct horse\""),
        Case(["LOGIN", "alice", ""], login, "LOGIN alice \"\""),
        Case(["LOGIN", "alice", "a\"b\\c"], login, "LOGIN alice \"a\\\"b\\\\c\""),
        Case(["LOGIN", "alice", "-p"], login, "LOGIN alice -p"),
        Case(["LOGIN", "alice", "p", "extra word"], login, "LOGIN alice p \"extra word\""),
        Case(["SIGN", "attack", "at", "dawn"], sign, "SIGN attack at dawn"),
        Case(["SIGN", "attack at dawn"], sign, "SIGN \"attack at dawn\""),
        Case(["SIGN", "attack", "at  dawn"], sign, "SIGN \"attack at  dawn\""),
        Case(["SIGN", "", "a", ""], sign, "SIGN \" a \""),
        Case(["SIGN", "say", "\"hi\""], sign, "SIGN \"say \\\"hi\\\"\""),
        Case(["SIGN", "two\nlines"], sign, "SIGN {9+}\r\ntwo\nlines"),
        Case(["SIGN", "two\nlines", "more"], sign, "SIGN {14+}\r\ntwo\nlines more"),
        Case(["SIGN", "cr\r"], sign, "SIGN {3+}\r\ncr\r"),
        Case(["SIGN", "nul\0"], sign, "SIGN {4+}\r\nnul\0"),
        Case(["SIGN", "{3}"], sign, "SIGN {3+}\r\n{3}"),
        Case(["SIGN", "{3+}"], sign, "SIGN {4+}\r\n{3+}"),
        Case(["SIGN", "a", "{3}"], sign, "SIGN {5+}\r\na {3}"),
        Case(["SIGN", "a{3}"], sign, "SIGN a{3}"),
        Case(["SIGN", "x={3}"], sign, "SIGN {5+}\r\nx={3}"),
        Case(["SIGN", "ñandú"], sign, "SIGN ñandú"),
        Case(["SIGN", long], sign, "SIGN {1001+}\r\n\(long)"),
        Case(["SIGN", "a", long], sign, "SIGN {1003+}\r\na \(long)"),
        Case(["ENCRYPT", "to=bob,carol", "at", "dawn"], encrypt, "ENCRYPT TO=bob,carol at dawn"),
        Case(["ENCRYPT", "TO=bob carol", "hi"], encrypt, "ENCRYPT TO=\"bob carol\" hi"),
        Case(["ENCRYPT", "TO=", "hi"], encrypt, "ENCRYPT TO=\"\" hi"),
        Case(["ENCRYPT", "hi", "TO=bob"], encrypt, "ENCRYPT hi TO=bob"),
        Case(["ENCRYPT", "--", "TO=bob"], encrypt, "ENCRYPT \"TO=bob\""),
        Case(["ENCRYPT", "TO=carol", "TO=bob"], encrypt, "ENCRYPT TO=carol \"TO=bob\""),
        Case(["ENCRYPT", "TO=carol", "--", "to=bob", "x"], encrypt, "ENCRYPT TO=carol \"to=bob x\""),
        Case(["ENCRYPT", "TO=carol", "x", "--", "y"], encrypt, "ENCRYPT TO=carol x -- y"),
        Case(["VERIFY", "TOKEN=a", "TOKEN=b"], verify, "VERIFY TOKEN=a \"TOKEN=b\""),
        Case(["VERIFY", "clvs1.x", "TOKEN=b"], verify, "VERIFY clvs1.x \"TOKEN=b\""),
        Case(["ENCRYPT", "FROM=bob", "x"], encrypt, "ENCRYPT FROM=bob x"),
        Case(["VERIFY", "clvs1.a.1.x", "at", "dawn"], verify, "VERIFY clvs1.a.1.x at dawn"),
        Case(["VERIFY", "clvs1.a.1.x", "at", "d\nn"], verify, "VERIFY clvs1.a.1.x {6+}\r\nat d\nn"),
        Case(["VERIFY", "TOKEN=e.y.J"], verify, "VERIFY TOKEN=e.y.J"),
        Case(["VERIFY", "TOKEN=a\nb"], verify, "VERIFY TOKEN={3+}\r\na\nb"),
        Case(["DANCE", "a", "b c"], nil, "DANCE a \"b c\""),
        Case(["two words"], nil, "\"two words\""),
        Case(["NOOP\r\nQUIT"], nil, "{10+}\r\nNOOP\r\nQUIT"),
        Case([""], nil, "\"\""),
    ]

    @Test(
        "Words become one request",
        arguments: cases)
    func joins(_ join: Case) {
        let line = RequestEncoder(join.words.map { Array($0.utf8) }, for: join.spec)
        #expect(String(buffer: line.bytes) == join.line)
    }

    @Test("Invalid UTF-8 is sent as a literal")
    func invalidUTF8() {
        let line = RequestEncoder([Array("SIGN".utf8), [0xC3, 0x28]], for: Self.sign)
        #expect(Array(line.bytes.readableBytesView) == Array("SIGN {2+}\r\n".utf8) + [0xC3, 0x28])
    }

    @Test("A word that would make the line too long is sent as a literal")
    func longLines() {
        let half = Array(repeating: UInt8(ascii: "x"), count: 600)
        let line = RequestEncoder([Array("VERIFY".utf8), half, half], for: Self.verify)
        #expect(String(buffer: line.bytes).contains(" {600+}\r\n"))
    }

    @Test(
        "A request may lack only its message",
        arguments: [
            (["SIGN"], sign, true), (["SIGN", "x"], sign, false), (["LOGIN", "a"], login, false),
            (["LOGIN"], login, false),
            (["VERIFY", "clvs1.x"], verify, true), (["VERIFY"], verify, false), (["VERIFY", "TOKEN=x"], verify, false),
            (["ENCRYPT", "to=bob"], encrypt, true), (["NOOP"], nil, false),
        ])
    func lacksOnlyMessage(_ words: [String], _ spec: CommandSpec?, _ lacks: Bool) {
        #expect(RequestEncoder(words.map { Array($0.utf8) }, for: spec).lacksOnlyMessage == lacks)
    }

    @Test(
        "A server reads the message as it was typed",
        arguments: cases.filter { $0.spec?.verb == "SIGN" }) func readBack(_ join: Case) throws
    {
        var bytes = RequestEncoder(join.words.map { Array($0.utf8) }, for: join.spec).bytes
        bytes.writeStaticString("\r\n")
        var framer = Framer(readsTelnet: true)
        var event = framer.next(&bytes, limits: .unauthenticated)
        while case .announced = event {
            framer.takeLiteral()
            event = framer.next(&bytes, limits: .unauthenticated)
        }
        guard case .line(let frame) = event else { throw Failure.emptyLine }
        let request = try Request(frame, for: Manifest.Entry(Self.sign), words: 64)
        #expect(request.values[0].map { String(buffer: $0.bytes) } == join.words.dropFirst().joined(separator: " "))
        #expect(bytes.readableBytes == 0)
    }
}
