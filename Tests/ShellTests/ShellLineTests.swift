import NIOCore
import Testing
import Wire

@testable import Shell

@Suite struct ShellLineTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let line: String
        let spec: CommandSpec?
        let request: String
        var input: String?
        var output: String?
        var testDescription: String { line }
    }

    private static let encrypt = RequestLineTests.encrypt
    private static let verify = RequestLineTests.verify

    static let cases = [
        Case(line: "ENCRYPT TO=bob hi", spec: encrypt, request: "ENCRYPT TO=bob hi"),
        Case(line: "ENCRYPT TO=bob <file", spec: encrypt, request: "ENCRYPT TO=bob", input: "file"),
        Case(line: "ENCRYPT TO=bob < file", spec: encrypt, request: "ENCRYPT TO=bob", input: "file"),
        Case(line: "ENCRYPT TO=bob @file", spec: encrypt, request: "ENCRYPT TO=bob", input: "file"),
        Case(line: "ENCRYPT @bob hello", spec: encrypt, request: "ENCRYPT @bob hello"),
        Case(line: "ENCRYPT @ bob", spec: encrypt, request: "ENCRYPT @ bob"),
        Case(line: "ENCRYPT <3 you", spec: encrypt, request: "ENCRYPT <3 you"),
        Case(line: "ENCRYPT I <3", spec: encrypt, request: "ENCRYPT I <3"),
        Case(line: "ENCRYPT \"<file\"", spec: encrypt, request: "ENCRYPT \"<file\""),
        Case(line: "ENCRYPT <\"my file\"", spec: encrypt, request: "ENCRYPT", input: "my file"),
        Case(line: "ENCRYPT <file >out", spec: encrypt, request: "ENCRYPT", input: "file", output: "out"),
        Case(line: "ENCRYPT <file > out ", spec: encrypt, request: "ENCRYPT", input: "file", output: "out"),
        Case(line: "ENCRYPT a b >out", spec: encrypt, request: "ENCRYPT a b", output: "out"),
        Case(line: "ENCRYPT a > b c", spec: encrypt, request: "ENCRYPT a > b c"),
        Case(line: "ENCRYPT \"a >b\"", spec: encrypt, request: "ENCRYPT \"a >b\""),
        Case(line: "ENCRYPT \"a >b", spec: encrypt, request: "ENCRYPT \"a >b"),
        Case(line: "ENCRYPT a ->b", spec: encrypt, request: "ENCRYPT a ->b"),
        Case(line: "ENCRYPT >", spec: encrypt, request: "ENCRYPT >"),
        Case(line: "VERIFY clvs1.x <file", spec: verify, request: "VERIFY clvs1.x", input: "file"),
        Case(line: "VERIFY <file", spec: verify, request: "VERIFY <file"),
        Case(line: "VERIFY TOKEN=x <file", spec: verify, request: "VERIFY TOKEN=x <file"),
        Case(line: "WHOAMI >me", spec: nil, request: "WHOAMI", output: "me"),
        Case(line: "WHOAMI <me", spec: nil, request: "WHOAMI <me"),
        Case(line: "WHOAMI  ", spec: nil, request: "WHOAMI  "),
    ]

    @Test(arguments: cases)
    func takesFilesOut(_ given: Case) {
        let line = ShellLine(Array(given.line.utf8), for: given.spec)
        #expect(String(decoding: line.request, as: UTF8.self) == given.request)
        #expect(line.input == given.input)
        #expect(line.output == given.output)
    }

    @Test(arguments: [
        ("SIGN attack at dawn", "SIGN {14+}\r\nattack at dawn\r\n"),
        ("SIGN  two  spaces ", "SIGN  {12+}\r\ntwo  spaces \r\n"),
        (#"SIGN "a \"b\"""#, "SIGN {5+}\r\na \"b\"\r\n"),
        (#"SIGN "a" b"#, "SIGN {5+}\r\n\"a\" b\r\n"),
    ])
    func sendsMessageAsLiteral(_ line: String, _ request: String) {
        let literal = LiteralRequest(Array(line.utf8), for: RequestLineTests.sign)
        #expect(literal.map { String(buffer: $0.octets) } == request)
    }

    @Test func sendsNoMessageAsLiteral() {
        #expect(LiteralRequest(Array("SIGN".utf8), for: RequestLineTests.sign) == nil)
    }
}
