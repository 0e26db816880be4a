import TestKit
import Testing

@testable import Wire

@Suite("The lanes of a link, by number")
struct LaneTableTests {
    @Test("A lane table has what a dictionary has, whatever came and went", arguments: 1...20 as ClosedRange<UInt64>)
    func dictionary(_ seed: UInt64) {
        var (table, expected) = (LaneTable<Int>(), [Lane: Int]())
        var state = seed
        for step in 0..<3000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let lane = Lane(1 + (state >> 33) % (seed * 10))
            // More come than go at first, and more go than come later.
            let comes = (state >> 20) % 8 < (step < 1500 ? 5 : 3)
            table[lane] = comes ? step : nil
            expected[lane] = comes ? step : nil
            #expect(table.count == expected.count && table[lane] == expected[lane])
        }
        #expect(Dictionary(uniqueKeysWithValues: table.all.map { ($0.lane, $0.value) }) == expected)
        for number in 1...(seed * 10) { #expect(table[Lane(number)] == expected[Lane(number)]) }
    }
}
