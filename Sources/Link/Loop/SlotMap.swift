/// A table of values, each in a slot of its own. The number of a slot is used again once its value was taken.
struct SlotMap<Value> {
    private var values: [Value?] = []
    private var free: [Int] = []

    var count: Int { values.count - free.count }

    /// The values, in the order of their slots.
    var all: [Value] { values.compactMap(\.self) }

    /// Adds a value.
    ///
    /// - Returns: the number of its slot.
    mutating func add(_ value: Value) -> Int {
        if let slot = free.popLast() {
            values[slot] = value
            return slot
        }
        values.append(value)
        return values.count - 1
    }

    /// Adds a value, unless there are `limit` values already. Then it returns nil.
    mutating func add(_ value: Value, upTo limit: Int) -> Int? { count < limit ? add(value) : nil }

    /// Takes the value out of a slot; nil if the slot is empty.
    mutating func take(_ slot: Int) -> Value? {
        guard values.indices.contains(slot), let value = values[slot].take() else { return nil }
        free.append(slot)
        return value
    }
}
