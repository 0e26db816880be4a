import Testing

@testable import Shell

@Suite("Sparklines")
struct SparklineTests {
    @Test(
        "The height of a character is relative to the greatest value",
        arguments: [
            ([1, 2, 3, 4, 5, 6, 7, 8], "▂▃▄▅▆▇██", "_.-==*##"),
            ([0, 0, 0], "▁▁▁", "___"), ([5], "█", "#"), ([100, 1, 50], "█▁▅", "#_="), ([], "", ""),
            ([1, nil, 1], "█ █", "# #"), ([nil], " ", " "), ([0, 800_000_000, 799_999_999], "▁██", "_##"),
        ] as [([Int?], String, String)])
    func levels(_ values: [Int?], blocks: String, ascii: String) {
        #expect(Sparkline.text(values, columns: 20, levels: Sparkline.blockLevels) == blocks)
        #expect(Sparkline.text(values, columns: 20, levels: Sparkline.asciiLevels) == ascii)
    }

    @Test(
        "The last values are shown, and only those are compared",
        arguments: [
            (3, "▃▆█"), (1, "█"), (0, ""), (-4, ""), (9, "█▁▁▁"),
        ])
    func columns(_ columns: Int, text: String) {
        #expect(Sparkline.text([1000, 1, 2, 3], columns: columns, levels: Sparkline.blockLevels) == text)
    }
}
