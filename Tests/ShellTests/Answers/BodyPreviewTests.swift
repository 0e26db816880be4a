import NIOCore
import Testing

@testable import Shell

@Suite("Bodies on a terminal")
struct BodyPreviewTests {
    @Test(
        "A text is shown line by line, and a binary body by its size",
        arguments: [
            ("", [""]), ("one", ["one"]), ("one\n", ["one"]), ("one\n\n", ["one", ""]), ("a\tb", ["a\tb"]),
            ("two\nlines", ["two", "lines"]), ("a\u{202e}b\nc", ["a\\u{202e}b", "c"]),
            ("a\r\n", ["(3 bytes of binary; not shown: >file keeps them)"]),
            ("\u{9b}", ["(2 bytes of binary; not shown: >file keeps them)"]),
            ("\u{1b}[2J", ["(4 bytes of binary; not shown: >file keeps them)"]),
            ("clv1" + "x", ["clv1.eA"]),
        ])
    func texts(_ body: String, _ lines: [String]) {
        let bytes = ByteBuffer(string: body)
        #expect(BodyPreview.lines(of: bytes, count: bytes.readableBytes) == lines)
    }

    @Test(
        "A body that is not text is shown by its size",
        arguments: [[0, 1, 2], [0xFF, 0xC3, 0x28]])
    func binary(_ body: [UInt8]) {
        let lines = BodyPreview.lines(of: ByteBuffer(bytes: body), count: 3)
        #expect(lines == ["(3 bytes of binary; not shown: >file keeps them)"])
    }

    @Test("A body that was not kept is shown by its size")
    func longBody() {
        #expect(BodyPreview.lines(of: ByteBuffer(), count: 5) == ["(5 bytes of binary; not shown: >file keeps them)"])
    }
}
