/// Tickets in the order in which they came.
///
/// Neither an Array nor a CircularBuffer: one ticket needs no memory elsewhere, and where there is none nothing is kept, as
/// most lanes are idle.
struct TicketQueue {
    private var first: Ticket?
    /// Those behind it, after some that are no longer there.
    private var others: [Ticket] = []
    private var gone = 0

    var isEmpty: Bool { first == nil }

    /// All of them, in order.
    var all: [Ticket] { first.map { [$0] + others[gone...] } ?? [] }

    mutating func append(_ ticket: Ticket) {
        if first == nil { first = ticket } else { others.append(ticket) }
    }

    mutating func popFirst() -> Ticket? {
        guard let ticket = first else { return nil }
        first = gone < others.count ? others[gone] : nil
        gone += 1
        if gone >= others.count {
            (others, gone) = ([], 0)
        } else if gone >= 32, gone * 2 >= others.count {
            others.removeFirst(gone)
            gone = 0
        }
        return ticket
    }
}
