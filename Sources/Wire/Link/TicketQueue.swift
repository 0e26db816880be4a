/// Tickets in the order in which they came.
///
/// Neither an Array nor a CircularBuffer: one ticket needs no memory elsewhere, and where there is none nothing is kept, as
/// most lanes are idle.
struct TicketQueue {
    private var first: Ticket?
    private var others: [Ticket] = []

    var isEmpty: Bool { first == nil }

    /// All of them, in order.
    var all: [Ticket] { first.map { [$0] + others } ?? [] }

    mutating func append(_ ticket: Ticket) {
        if first == nil { first = ticket } else { others.append(ticket) }
    }

    mutating func popFirst() -> Ticket? {
        guard let ticket = first else { return nil }
        first = others.first
        if others.count <= 1 { others = [] } else { others.removeFirst() }
        return ticket
    }
}
