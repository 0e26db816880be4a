import NIOCore
import Testing

@testable import Shell

@Suite("The last answer in a line")
struct LastAnswerTests {
    private static func replaced(_ line: String, _ answer: String?) throws -> String {
        let bytes = try LastAnswer.replaced(in: Array(line.utf8), by: answer.map { ByteBuffer(string: $0) })
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        "$_ as a word is replaced, quoted if it must be",
        arguments: [
            ("DECRYPT $_", "clv1.x", "DECRYPT clv1.x"), ("VERIFY $_ $_", "a b", #"VERIFY "a b" "a b""#),
            ("ENCRYPT $_ x", "TO=mallory", #"ENCRYPT "TO=mallory" x"#), ("SIGN $_", "{3+}", #"SIGN "{3+}""#),
            ("SIGN $_", "?", #"SIGN "?""#), ("SIGN $_", "<file", #"SIGN "<file""#), ("SIGN $_", "", #"SIGN """#),
            ("SIGN $_", #"say "x""#, #"SIGN "say \"x\"""#),
        ])
    func replacing(_ line: String, _ answer: String, _ expected: String) throws {
        #expect(try Self.replaced(line, answer) == expected)
    }

    @Test("Quoted and longer words are text", arguments: [#"SIGN "$_""#, "SIGN $_x", "SIGN a$_", "SIGN $"])
    func others(_ line: String) throws {
        #expect(try Self.replaced(line, "x") == line)
    }

    @Test("Without an answer, or with one of several lines, the line is refused", arguments: [nil, "a\nb", "a\u{0}"])
    func refused(_ answer: String?) {
        #expect(throws: ExitError.self) { try Self.replaced("SIGN $_", answer) }
    }
}
