import Testing

@testable import Shell

@Suite("Lines that are typed without echo")
struct HiddenLineBufferTests {
    @Test(
        "The editing keys work",
        arguments: [
            ("abc\r", "abc"), ("abx\u{7f}c\n", "abc"), ("a\u{8}\u{8}b\r", "b"), ("wrong\u{15}right\r", "right"),
            ("ñ\u{7f}n\r", "n"), ("a\u{4}b\r", "ab"), ("\r", ""),
        ])
    func editing(_ typed: String, _ secret: String) {
        var line = HiddenLineBuffer()
        let states = typed.utf8.map { line.take($0) }
        #expect(states.last == .complete)
        #expect(line.bytes == Array(secret.utf8))
    }

    @Test(
        "Ctrl-C, and Ctrl-D on an empty line, cancel",
        arguments: ["\u{3}", "abc\u{3}", "\u{4}", "a\u{7f}\u{4}"])
    func cancelling(_ typed: String) {
        var line = HiddenLineBuffer()
        let states = typed.utf8.map { line.take($0) }
        #expect(states.last == .cancelled)
    }
}
