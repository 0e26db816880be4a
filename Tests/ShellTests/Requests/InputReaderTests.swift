import NIOCore
import Testing

@testable import Shell

@Suite("Reading lines and bytes")
struct InputReaderTests {
    /// Returns a reader of `text` that gets `size` bytes at a time.
    private static func reader(_ text: String, _ size: Int, keepsCR: Bool = false) -> InputReader {
        var rest = ByteBuffer(string: text)
        return InputReader(keepsCR: keepsCR) {
            rest.readableBytes == 0 ? nil : rest.readSlice(length: min(size, rest.readableBytes))
        }
    }

    private static func lines(_ text: String, _ size: Int, keepsCR: Bool = false) -> [String] {
        var reader = reader(text, size, keepsCR: keepsCR)
        var lines: [String] = []
        while let line = reader.nextLine() { lines.append(String(buffer: line)) }
        return lines
    }

    @Test(
        "Lines are read in pieces of any size",
        arguments: [1, 2, 3, 100])
    func pieces(_ size: Int) {
        #expect(Self.lines("a\n\nbc\n", size) == ["a", "", "bc"])
        #expect(Self.lines("a\nunended", size) == ["a", "unended"])
        #expect(Self.lines("", size).isEmpty)
    }

    @Test(
        "A CR belongs to the line end if the first line has one",
        arguments: [1, 2, 3, 100])
    func carriageReturns(_ size: Int) {
        #expect(Self.lines("a\r\nb\r\nc\r\r\n", size) == ["a", "b", "c\r"])
        #expect(Self.lines("a\nb\r\n", size) == ["a", "b\r"])
        #expect(Self.lines("a\r\n", size, keepsCR: true) == ["a\r"])
    }

    @Test(
        "Lines in literals are counted",
        arguments: [1, 2, 3, 100])
    func literals(_ size: Int) {
        var reader = Self.reader("SIGN {4+}\na\nb\n\nNOOP\n", size)
        #expect(reader.nextLine().map { String(buffer: $0) } == "SIGN {4+}")
        #expect(reader.line == 1)
        var literal = ByteBuffer()
        while literal.readableBytes < 4, var bytes = reader.nextBytes(4 - literal.readableBytes) {
            literal.writeBuffer(&bytes)
        }
        #expect(String(buffer: literal) == "a\nb\n")
        #expect(reader.nextLine().map { String(buffer: $0) } == "")
        #expect(reader.nextLine().map { String(buffer: $0) } == "NOOP")
        #expect(reader.line == 5)
        #expect(reader.nextBytes(1) == nil)
    }
}
