import Testing

@testable import Shell

@Suite("Lines that are typed without echo")
struct HiddenLineBufferTests {
    @Test(
        "The editing keys work",
        arguments: [
            ("abc\r", "abc"), ("abx\u{7f}c\n", "abc"), ("a\u{8}\u{8}b\r", "b"), ("wrong\u{15}right\r", "right"),
            ("ñ\u{7f}n\r", "n"), ("a\u{4}b\r", "ab"), ("\r", ""),
            ("two words\u{17}one\r", "two one"), ("word  \u{17}\r", ""), ("a\u{1b}[D\u{1b}OAb\u{1b}[3~c\r", "abc"),
            ("a\u{1b}x\u{1b}\u{1b}[1;5Cb\r", "ab"), ("a\u{1b}\r", "a"),
            ("a\0\u{1}\u{5}\u{b}\u{c}\u{16}\u{1c}\u{1f}b\r", "ab"), ("a\tb\r", "a\tb"),
            ("ae\u{301}\u{7f}b\r", "ab"), ("a👩‍👩‍👧\u{7f}b\r", "ab"), ("日本\u{7f}\r", "日"),
            ("a\u{1b}[200~b\u{1}\u{15}\tc\n\u{1b}[201~\r", "ab\u{1}\u{15}\tc"),
        ])
    func editing(_ typed: String, _ secret: String) {
        var line = HiddenLineBuffer()
        let states = typed.utf8.map { line.take($0) }
        #expect(states.last == .complete)
        #expect(line.bytes == Array(secret.utf8))
    }

    @Test("A paste of several lines does not complete the line, and is known for what it is")
    func pastes() {
        var line = HiddenLineBuffer()
        let states = "\u{1b}[200~one\rtwo\r\u{1b}[201~".utf8.map { line.take($0) }
        #expect(states.allSatisfy { $0 == .incomplete })
        let state = line.take(UInt8(ascii: "\r"))
        #expect(state == .complete)
        #expect(line.hasSeveralLines)
        var large = HiddenLineBuffer()
        for byte in "\u{1b}[200~\(String(repeating: "x\n", count: 50_000))".utf8 {
            guard large.take(byte) == .incomplete else {
                Issue.record("a byte of the paste was a key")
                break
            }
        }
        let last = large.take(HiddenLineBuffer.interrupt)
        #expect(last == .cancelled)
    }

    @Test("A byte that is no UTF-8 is removed alone")
    func otherBytes() {
        var line = HiddenLineBuffer()
        for byte: UInt8 in [0x61, 0xFF, 0x7F] { _ = line.take(byte) }
        #expect(line.bytes == [0x61])
    }

    @Test("Ctrl-Z suspends, and Ctrl-C cancels also after the beginning of a key's sequence")
    func suspending() {
        var line = HiddenLineBuffer()
        #expect("ab\u{1a}".utf8.map { line.take($0) }.last == .suspended)
        #expect("c\r".utf8.map { line.take($0) }.last == .complete)
        #expect(line.bytes == Array("abc".utf8))
        #expect("\u{1b}[\u{3}".utf8.map { line.take($0) }.last == .cancelled)
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
