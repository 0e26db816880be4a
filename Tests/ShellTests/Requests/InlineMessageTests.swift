import NIOCore
import Testing
import Wire

@testable import Shell

@Suite("Messages as literals")
struct InlineMessageTests {
    @Test(
        "A message is sent as a literal",
        arguments: [
            ("SIGN attack at dawn", "SIGN {14+}\r\nattack at dawn\r\n"),
            ("SIGN  two  spaces ", "SIGN {12+}\r\ntwo  spaces \r\n"),
            (#"SIGN "a \"b\"""#, "SIGN {5+}\r\na \"b\"\r\n"),
            (#"SIGN "a" b"#, "SIGN {5+}\r\n\"a\" b\r\n"),
        ])
    func messages(_ line: String, _ request: String) {
        let message = InlineMessage(Array(line.utf8), for: RequestEncoderTests.sign)
        #expect(message.map { String(buffer: $0.literalRequest) } == request)
    }

    @Test(
        "Only a line that lacks its message may be answered by a question for it",
        arguments: [
            ("SIGN", RequestEncoderTests.sign, true), ("SIGN x", RequestEncoderTests.sign, false),
            ("ENCRYPT TO=bob", RequestEncoderTests.encrypt, true), ("VERIFY x", RequestEncoderTests.verify, true),
            ("VERIFY TOKEN=x", RequestEncoderTests.verify, false), ("LOGIN alice", RequestEncoderTests.login, false),
            ("DANCE", nil, true),
        ])
    func missing(_ line: String, _ spec: CommandSpec?, _ isMissing: Bool) {
        #expect(InlineMessage.isMissing(in: Array(line.utf8), for: spec) == isMissing)
    }

    @Test("A line without a message has no literal")
    func noMessage() {
        #expect(InlineMessage(Array("SIGN".utf8), for: RequestEncoderTests.sign) == nil)
    }
}
