import Testing

@testable import Commands

@Suite("What was asked for lately")
struct RecentTests {
    @Test("The table never has more entries than its capacity", arguments: [2, 3, 4, 8, 100])
    func bound(_ capacity: Int) {
        var recent = Recent<Int, Int>(capacity)
        for number in 0..<1000 {
            recent[number] = -number
            #expect(recent[number] == -number)
            _ = recent[number / 2]
            _ = recent[number - capacity / 2]
            recent[number % 7] = number
            #expect(recent.count <= capacity)
        }
    }

    @Test(
        "An entry that is asked for again within half the capacity of additions stays",
        arguments: [2, 4, 10, 64])
    func recency(_ capacity: Int) {
        for distance in 1...(capacity / 2) {
            var recent = Recent<Int, String>(capacity)
            recent[-1] = "value"
            for number in 1...(20 * capacity) {
                recent[number] = "other"
                if number.isMultiple(of: distance) { #expect(recent[-1] == "value", "each \(distance)") }
            }
        }
    }

    @Test("An entry that was asked for is still there after exactly half the capacity of additions", arguments: 0..<8)
    func half(_ before: Int) {
        var recent = Recent<Int, String>(8)
        for number in 0..<before { recent[number] = "before" }
        recent[-1] = "value"
        #expect(recent[-1] == "value")
        for number in 100..<104 { recent[number] = "behind" }
        #expect(recent[-1] == "value")
    }

    @Test("An entry that is not asked for goes")
    func forgotten() {
        var recent = Recent<Int, Int>(8)
        for number in 0..<16 { recent[number] = number }
        for number in 0..<8 { #expect(recent[number] == nil) }
        #expect(recent[15] == 15)
    }

    @Test("Another value takes the place of the first for good, and none takes it away", arguments: 0..<4, 0..<4)
    func changes(_ before: Int, _ behind: Int) {
        var recent = Recent<Int, String>(4)
        recent[-1] = "first"
        for number in 0..<before { recent[number] = "x" }
        var removed = recent
        removed[-1] = nil
        #expect(removed[-1] == nil)
        recent[-1] = "second"
        for number in 100..<(100 + behind) { recent[number] = "x" }
        var kept = recent
        let value = kept[-1]
        // It may have gone by then, and must not be what it was.
        #expect(value == "second" || value == nil && behind > 2)
        recent[-1] = nil
        #expect(recent[-1] == nil)
    }
}
