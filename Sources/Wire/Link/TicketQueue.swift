/// Tickets in the order in which they came.
///
/// Neither an Array nor a CircularBuffer: one ticket needs no memory elsewhere, and where there is none nothing is kept, as
/// most lanes are idle.
struct TicketQueue {
    private var first: Pipeline.Ticket?
    private var others: [Pipeline.Ticket] = []

    var isEmpty: Bool { first == nil }

    /// All of them, in order.
    var all: [Pipeline.Ticket] { first.map { [$0] + others } ?? [] }

    mutating func append(_ ticket: Pipeline.Ticket) {
        if first == nil { first = ticket } else { others.append(ticket) }
    }

    mutating func popFirst() -> Pipeline.Ticket? {
        guard let ticket = first else { return nil }
        first = others.first
        if others.count <= 1 { others = [] } else { others.removeFirst() }
        return ticket
    }
}
