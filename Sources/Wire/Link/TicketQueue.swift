/// A queue of tickets in the order in which they were added.
///
/// It replaces an Array or a CircularBuffer to save memory, because most lanes are idle. A single ticket needs no
/// memory on the heap, and an empty queue keeps none.
struct TicketQueue {
    private var first: Ticket?
    /// The number of elements of `others` that were taken.
    private var gone: Int32 = 0
    private var others: [Ticket] = []

    var isEmpty: Bool { first == nil }
    var count: Int { first == nil ? 0 : others.count - Int(gone) + 1 }

    /// All tickets, in order.
    var all: [Ticket] { first.map { [$0] + others[Int(gone)...] } ?? [] }

    /// Removes the ticket from any position.
    mutating func remove(_ ticket: Ticket) {
        let rest = all.filter { $0 != ticket }
        (first, others, gone) = (rest.first, Array(rest.dropFirst()), 0)
    }

    mutating func append(_ ticket: Ticket) {
        assert(first != nil || others.isEmpty, "the first ticket stands before the others")
        if first == nil { first = ticket } else { others.append(ticket) }
    }

    mutating func popFirst() -> Ticket? {
        guard let ticket = first else { return nil }
        let next = Int(gone)
        assert(next <= others.count)
        first = next < others.count ? others[next] : nil
        gone += 1
        if next + 1 >= others.count {
            (others, gone) = ([], 0)
        } else if gone >= 32, gone * 2 >= others.count {
            others.removeFirst(next + 1)
            gone = 0
        }
        return ticket
    }
}
