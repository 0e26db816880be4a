import Testing

@testable import Shell

@Suite("Lines that wait to be read")
struct WaitingLinesTests {
    private static func lines(_ text: String) -> [[UInt8]] { text.split(separator: " ").map { Array($0.utf8) } }

    @Test("The lines of a file are read before those after the line that names it")
    func order() {
        var waiting = WaitingLines()
        var read: [[UInt8]] = []
        let isAdded = waiting.add(Self.lines("a b"))
        if let line = waiting.next() { read.append(line) }
        let isAddedToo = waiting.add(Self.lines("c d"))
        #expect(isAdded && isAddedToo && waiting.count == 3)
        while let line = waiting.next() { read.append(line) }
        #expect(read == Self.lines("a c d b"))
    }

    @Test("A file that includes itself in its last line comes to an end")
    func depth() {
        var waiting = WaitingLines()
        var count = 0
        while count < 100, waiting.add(Self.lines("itself")) {
            count += 1
            _ = waiting.next()
        }
        #expect(count == WaitingLines.deepest)
    }

    @Test("Any number of files can be read one after another")
    func sequence() {
        var waiting = WaitingLines()
        var count = 0
        while count < 100, waiting.add(Self.lines("x")) {
            count += 1
            while waiting.next() != nil {}
        }
        #expect(count == 100)
    }
}
