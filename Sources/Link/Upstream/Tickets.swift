import Wire

/// Values that wait to be called for, each under a ticket, whose number is given again once it was called for.
struct Tickets<Value> {
    private var values: [Value?] = []
    private var free: [Int] = []

    var count: Int { values.count - free.count }

    /// Those that wait.
    var all: [Value] { values.compactMap(\.self) }

    mutating func add(_ value: Value) -> Ticket {
        if let index = free.popLast() {
            values[index] = value
            return Ticket(UInt64(index))
        }
        values.append(value)
        return Ticket(UInt64(values.count - 1))
    }

    /// nil, and nothing is added, when so many wait already.
    mutating func add(_ value: Value, upTo limit: Int) -> Ticket? { count < limit ? add(value) : nil }

    /// nil when nothing waits under this ticket.
    mutating func take(_ ticket: Ticket) -> Value? {
        guard ticket.number < UInt64(values.count) else { return nil }
        let place = Int(ticket.number)
        guard let value = values[place].take() else { return nil }
        free.append(place)
        return value
    }
}
