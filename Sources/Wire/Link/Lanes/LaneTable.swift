/// A table with one value for each lane that it contains.
///
/// Each frame needs a lookup. A Dictionary takes several times as long, because its hash resists all keys that are
/// chosen to collide. In this table a random factor that is kept secret is enough.
struct LaneTable<Value> {
    /// The number of the lane at each slot; 0 for a free slot. Lane 0 is the link itself and never in the table.
    private var lanes: [UInt64] = [0, 0]
    private var values: [Value?] = [nil, nil]
    /// The number of bits by which a product is shifted right to get a slot.
    private var shift: UInt64 = 63
    private let factor = UInt64.random(in: .min ... .max) | 1
    private(set) var count = 0

    var all: [(lane: Lane, value: Value)] {
        zip(lanes, values).compactMap { lane, value in value.map { (Lane(lane), $0) } }
    }

    /// The value of the lane; nil if the table does not contain it.
    subscript(lane: Lane) -> Value? {
        get { values[slot(of: lane.number)] }
        set {
            guard let newValue else { return remove(lane.number) }
            if (count + 1) * 4 > lanes.count * 3 { grow() }
            let slot = slot(of: lane.number)
            if lanes[slot] == 0 { count += 1 }
            (lanes[slot], values[slot]) = (lane.number, newValue)
        }
    }

    private var mask: Int { lanes.count - 1 }

    /// Returns the slot at which the search for the lane begins.
    private func home(of lane: UInt64) -> Int { Int((lane &* factor) >> shift) }

    /// Returns the slot of the lane, or the free slot that it would get.
    private func slot(of lane: UInt64) -> Int {
        var slot = home(of: lane)
        while lanes[slot] != lane, lanes[slot] != 0 { slot = (slot + 1) & mask }
        return slot
    }

    /// Removes a lane. Later lanes move up, so that a search never meets a free slot before its lane.
    private mutating func remove(_ lane: UInt64) {
        var gap = slot(of: lane)
        guard lanes[gap] != 0 else { return }
        count -= 1
        var slot = (gap + 1) & mask
        while lanes[slot] != 0 {
            let distance = (slot - home(of: lanes[slot])) & mask
            if distance >= (slot - gap) & mask {
                (lanes[gap], values[gap]) = (lanes[slot], values[slot])
                gap = slot
            }
            slot = (slot + 1) & mask
        }
        (lanes[gap], values[gap]) = (0, nil)
    }

    private mutating func grow() {
        let old = all
        (lanes, values) = (Array(repeating: 0, count: lanes.count * 2), Array(repeating: nil, count: lanes.count * 2))
        (shift, count) = (shift - 1, 0)
        for (lane, value) in old { self[lane] = value }
    }
}
