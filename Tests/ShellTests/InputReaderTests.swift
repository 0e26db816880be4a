import NIOCore
import Testing
import Wire

@testable import Shell

@Suite struct InputReaderTests {
    /// A reader of `text` that gets `size` octets at a time.
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

    @Test(arguments: [1, 2, 3, 100]) func readsLines(_ size: Int) {
        #expect(Self.lines("a\n\nbc\n", size) == ["a", "", "bc"])
        #expect(Self.lines("a\nunended", size) == ["a", "unended"])
        #expect(Self.lines("", size).isEmpty)
    }

    @Test(arguments: [1, 2, 3, 100]) func aCRBelongsToTheLineEndWhereTheFirstLineHasOne(_ size: Int) {
        #expect(Self.lines("a\r\nb\r\nc\r\r\n", size) == ["a", "b", "c\r"])
        #expect(Self.lines("a\nb\r\n", size) == ["a", "b\r"])
        #expect(Self.lines("a\r\n", size, keepsCR: true) == ["a\r"])
    }

    @Test(arguments: [1, 2, 3, 100]) func countsLinesAlsoInLiterals(_ size: Int) {
        var reader = Self.reader("SIGN {4+}\na\nb\n\nNOOP\n", size)
        #expect(reader.nextLine().map { String(buffer: $0) } == "SIGN {4+}")
        #expect(reader.line == 1)
        var literal = ByteBuffer()
        while literal.readableBytes < 4, var octets = reader.nextOctets(4 - literal.readableBytes) {
            literal.writeBuffer(&octets)
        }
        #expect(String(buffer: literal) == "a\nb\n")
        #expect(reader.nextLine().map { String(buffer: $0) } == "")
        #expect(reader.nextLine().map { String(buffer: $0) } == "NOOP")
        #expect(reader.line == 5)
        #expect(reader.nextOctets(1) == nil)
    }

    @Test(arguments: [
        ("", true), ("  \t", true), ("# a comment", true), ("#", true), ("NOOP", false), (" # x", false),
    ])
    func skipsBlankLinesAndComments(_ line: String, _ isSkipped: Bool) {
        #expect(Script.isSkipped(ByteBuffer(string: line)) == isSkipped)
    }

    @Test(arguments: [
        ("SIGN {3+}", 3, false), ("SIGN {12}", 12, true), ("{0+}", 0, false), ("VERIFY TOKEN={7+}", 7, false),
        ("\u{0}\u{ff} {5+}", 5, false),
    ])
    func seesLiterals(_ line: String, _ count: Int, _ waits: Bool) throws {
        let mark = try #require(LiteralMark.announced(by: Array(line.utf8)))
        #expect(mark.count == count && mark.waits == waits)
    }

    @Test(arguments: ["SIGN x{3+}", "SIGN {3+} ", "SIGN {x}", "SIGN {3", "", "\"{3}\""])
    func seesNoLiteral(_ line: String) {
        #expect(LiteralMark.announced(by: Array(line.utf8)) == nil)
    }

    @Test(arguments: [("a", "a"), (".", ".."), ("..", "..."), ("", ""), (" .", " .")])
    func stuffsDots(_ line: String, _ stuffed: String) {
        #expect(String(buffer: ByteBuffer(string: line).dotStuffed) == stuffed)
    }
}
