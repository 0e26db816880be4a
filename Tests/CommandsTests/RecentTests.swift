import Testing

@testable import Commands

@Suite("What was asked for lately")
struct RecentTests {
    @Test("Never more than the capacity", arguments: [2, 3, 4, 8, 100])
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
        "What is asked for again and again stays, be it once in half the capacity of additions",
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

    @Test("Exactly: asked for now, it is there behind half the capacity of additions", arguments: 0..<8)
    func half(_ before: Int) {
        var recent = Recent<Int, String>(8)
        for number in 0..<before { recent[number] = "before" }
        recent[-1] = "value"
        #expect(recent[-1] == "value")
        for number in 100..<104 { recent[number] = "behind" }
        #expect(recent[-1] == "value")
    }

    @Test("What nobody asks for goes")
    func forgotten() {
        var recent = Recent<Int, Int>(8)
        for number in 0..<16 { recent[number] = number }
        for number in 0..<8 { #expect(recent[number] == nil) }
        #expect(recent[15] == 15)
    }

    @Test("Another value takes the place of the first for good, and none takes it away")
    func changes() {
        var recent = Recent<Int, String>(4)
        for before in 0..<4 {
            recent[-1] = "first"
            for number in 0..<before { recent[number] = "x" }
            recent[-1] = "second"
            #expect(recent[-1] == "second")
            recent[100] = "x"
            #expect(recent[-1] == "second")
            recent[-1] = nil
            #expect(recent[-1] == nil)
        }
    }
}
