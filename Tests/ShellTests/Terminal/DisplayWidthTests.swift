import Testing

@testable import Shell

@Suite("The width of texts on a terminal")
struct DisplayWidthTests {
    /// The widths are those of Unicode's East Asian Width and of combining characters, as in wcwidth(3).
    @Test(
        "Wide characters take two columns, and combining characters none",
        arguments: [("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("漢字", 4), ("\u{1}x", 3), ("😀", 2)])
    func width(_ text: String, _ columns: Int) {
        #expect(DisplayWidth.of(text) == columns)
    }

    @Test(
        "A text that is too wide ends in an ellipsis",
        arguments: [
            ("message", 7, "message"), ("message", 6, "messa…"), ("message", 1, "…"), ("message", 0, ""),
            ("漢字", 3, "漢…"), ("漢字", 2, "…"), ("", 0, ""), ("x", -3, ""),
        ])
    func fitting(_ text: String, _ columns: Int, _ shown: String) {
        #expect(DisplayWidth.fitting(text, columns: columns) == shown)
    }
}
