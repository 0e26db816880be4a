import NIOCore
import Testing
import Wire

@testable import Shell

@Suite("Redirections of a request")
struct RedirectedRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let line: String
        let spec: CommandSpec?
        let request: String
        var input: String?
        var output: String?
        var testDescription: String { line }
    }

    private static let encrypt = RequestEncoderTests.encrypt
    private static let verify = RequestEncoderTests.verify

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

    @Test(
        "Redirections are separated from the request",
        arguments: cases)
    func redirections(_ given: Case) {
        let line = RedirectedRequest(Array(given.line.utf8), for: given.spec)
        #expect(String(decoding: line.request, as: UTF8.self) == given.request)
        #expect(line.input?.text == given.input)
        #expect(line.output?.text == given.output)
    }
}
