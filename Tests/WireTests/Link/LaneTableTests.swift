import TestKit
import Testing

@testable import Wire

@Suite("The lane table of a link")
struct LaneTableTests {
    @Test("A lane table agrees with a dictionary after any changes", arguments: 1...20 as ClosedRange<UInt64>)
    func dictionary(_ seed: UInt64) {
        var (table, expected) = (LaneTable<Int>(), [Lane: Int]())
        var state = seed
        for step in 0..<3000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let lane = Lane(1 + (state >> 33) % (seed * 10))
            // At first more lanes begin than end, and later more end than begin.
            let comes = (state >> 20) % 8 < (step < 1500 ? 5 : 3)
            table[lane] = comes ? step : nil
            expected[lane] = comes ? step : nil
            #expect(table.count == expected.count && table[lane] == expected[lane])
        }
        #expect(Dictionary(uniqueKeysWithValues: table.all.map { ($0.lane, $0.value) }) == expected)
        for number in 1...(seed * 10) { #expect(table[Lane(number)] == expected[Lane(number)]) }
    }
}
