import Testing
import Wire

@testable import Shell

@Suite("Literals that a line announces")
struct LiteralMarkTests {
    @Test(
        "A literal is announced at the end of a line",
        arguments: [
            ("SIGN {3+}", 3, false), ("SIGN {12}", 12, true), ("{0+}", 0, false), ("VERIFY TOKEN={7+}", 7, false),
            ("\u{0}\u{ff} {5+}", 5, false),
        ])
    func literals(_ line: String, _ count: Int, _ waits: Bool) throws {
        let mark = try #require(LiteralMark.atEnd(of: Array(line.utf8)))
        #expect(mark.count == count && mark.waits == waits)
    }

    @Test(
        "Other lines announce no literal",
        arguments: ["SIGN x{3+}", "SIGN {3+} ", "SIGN {x}", "SIGN {3", "", "\"{3}\""])
    func noLiteral(_ line: String) {
        #expect(LiteralMark.atEnd(of: Array(line.utf8)) == nil)
    }
}
