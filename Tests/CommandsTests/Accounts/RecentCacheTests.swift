import Testing

@testable import Commands

@Suite("The table of recent entries")
struct RecentTests {
    @Test("The table never has more entries than its capacity", arguments: [2, 3, 4, 8, 100])
    func bound(_ capacity: Int) {
        var recent = RecentCache<Int, Int>(capacity)
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
        "An entry stays if it is used again within half the capacity of additions",
        arguments: [2, 4, 10, 64])
    func recency(_ capacity: Int) {
        for distance in 1...(capacity / 2) {
            var recent = RecentCache<Int, String>(capacity)
            recent[-1] = "value"
            for number in 1...(20 * capacity) {
                recent[number] = "other"
                if number.isMultiple(of: distance) { #expect(recent[-1] == "value", "each \(distance)") }
            }
        }
    }

    @Test("A used entry still exists after exactly half the capacity of additions", arguments: 0..<8)
    func half(_ before: Int) {
        var recent = RecentCache<Int, String>(8)
        for number in 0..<before { recent[number] = "before" }
        recent[-1] = "value"
        #expect(recent[-1] == "value")
        for number in 100..<104 { recent[number] = "behind" }
        #expect(recent[-1] == "value")
    }

    @Test("An entry that is not used is forgotten")
    func forgotten() {
        var recent = RecentCache<Int, Int>(8)
        for number in 0..<16 { recent[number] = number }
        for number in 0..<8 { #expect(recent[number] == nil) }
        #expect(recent[15] == 15)
    }

    @Test("A new value replaces the old one for good, and nil removes it", arguments: 0..<4, 0..<4)
    func changes(_ before: Int, _ behind: Int) {
        var recent = RecentCache<Int, String>(4)
        recent[-1] = "first"
        for number in 0..<before { recent[number] = "x" }
        var removed = recent
        removed[-1] = nil
        #expect(removed[-1] == nil)
        recent[-1] = "second"
        for number in 100..<(100 + behind) { recent[number] = "x" }
        var kept = recent
        let value = kept[-1]
        // The entry may have been forgotten by then, but it must not have its old value.
        #expect(value == "second" || value == nil && behind > 2)
        recent[-1] = nil
        #expect(recent[-1] == nil)
    }
}
