import Testing

@testable import Server

@Suite("Progress")
struct ProgressTests {
    private static func written(total: Int, isTerminal: Bool, _ steps: [Int]) -> String {
        var written = ""
        var progress = Progress(total: total, of: "keys", isTerminal: isTerminal) { written += $0 }
        for step in steps { progress.advance(by: step) }
        progress.end()
        return written
    }

    @Test("On a terminal, progress is one line, which is rewritten")
    func terminal() {
        let written = Self.written(total: 4, isTerminal: true, [1, 2, 1])
        #expect(written == "\r1 of 4 keys\r3 of 4 keys\r4 of 4 keys\n")
        #expect(Self.written(total: 0, isTerminal: true, []) == "")
    }

    @Test("Without a terminal, progress is a line for each tenth")
    func plain() {
        let written = Self.written(total: 40, isTerminal: false, [3, 1, 1, 30, 5])
        #expect(written == "4 of 40 keys\n35 of 40 keys\n40 of 40 keys\n")
        #expect(Self.written(total: 0, isTerminal: false, []) == "")
    }

    @Test("Work that is added during the run counts")
    func more() {
        #expect(Self.written(total: 2, isTerminal: false, [2, 1]) == "2 of 2 keys\n")
        #expect(Self.written(total: 0, isTerminal: false, [1]) == "1 of 1 keys\n")
    }
}
