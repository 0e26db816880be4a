import Testing

@testable import Link

@Suite("A table of values in numbered slots")
struct SlotMapTests {
    @Test("Each value can be taken once, by the number of its slot")
    func once() {
        var map = SlotMap<String>()
        let slots = ["a", "b", "c"].map { map.add($0) }
        #expect(Set(slots).count == 3)
        #expect(map.take(slots[1]) == "b")
        #expect(map.take(slots[1]) == nil)
        #expect(map.take(slots[2]) == "c")
        #expect(map.take(slots[0]) == "a")
    }

    @Test("Nothing can be taken from a slot that was never used", arguments: [-1, 0, 1, 3, 1 << 40, .max])
    func unknown(_ slot: Int) {
        var map = SlotMap<String>()
        #expect(map.take(slot) == nil)
        let known = map.add("a")
        if slot != known { #expect(map.take(slot) == nil) }
        #expect(map.take(known) == "a")
    }

    @Test("A slot is used again after its value was taken, and for one value at a time")
    func reuse() {
        var map = SlotMap<Int>()
        let first = (0..<100).map { map.add($0) }
        for slot in first where slot.isMultiple(of: 2) {
            #expect(map.take(slot) != nil)
            #expect(map.take(slot) == nil)
        }
        let next = (100..<150).map { map.add($0) }
        #expect(Set(next) == Set(first.filter { $0.isMultiple(of: 2) }))
        for (value, slot) in zip(100..<150, next) { #expect(map.take(slot) == value) }
        for slot in first where !slot.isMultiple(of: 2) { #expect(map.take(slot) == slot) }
    }

    @Test("No value is added beyond the limit")
    func limited() {
        var map = SlotMap<Int>()
        let slots = (0..<3).map { map.add($0, upTo: 2) }
        #expect(slots == [0, 1, nil] && map.count == 2)
        let first = map.take(0)
        let next = (3..<5).map { map.add($0, upTo: 2) }
        #expect(first == 0 && next == [0, nil] && map.count == 2)
    }

    @Test("There are no more slots than values at the same time")
    func bounded() {
        var map = SlotMap<Int>()
        var waiting = [map.add(0), map.add(1)]
        for value in 2..<10_000 {
            #expect(map.take(waiting.removeFirst()) == value - 2)
            waiting.append(map.add(value))
            #expect(waiting.allSatisfy { $0 < 2 })
        }
    }
}
