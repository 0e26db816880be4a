/// Values that wait to be called for, each under a number that is given again once it was.
struct Tickets<Value> {
    private var values: [Value?] = []
    private var free: [Int] = []

    var count: Int { values.count - free.count }

    /// Those that wait.
    var all: [Value] { values.compactMap(\.self) }

    mutating func add(_ value: Value) -> UInt64 {
        if let index = free.popLast() {
            values[index] = value
            return UInt64(index)
        }
        values.append(value)
        return UInt64(values.count - 1)
    }

    /// nil, and nothing is added, when so many wait already.
    mutating func add(_ value: Value, upTo limit: Int) -> UInt64? { count < limit ? add(value) : nil }

    /// nil when nothing waits under this number.
    mutating func take(_ number: UInt64) -> Value? {
        guard number < UInt64(values.count), let value = values[Int(number)].take() else { return nil }
        free.append(Int(number))
        return value
    }
}
