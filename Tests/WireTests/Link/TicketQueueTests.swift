import Testing

@testable import Wire

@Suite("A queue of tickets")
struct TicketQueueTests {
    @Test("Tickets leave in the order in which they arrived, even if more arrive in between")
    func order() {
        var queue = TicketQueue()
        #expect(queue.isEmpty && queue.count == 0 && queue.all.isEmpty && queue.popFirst() == nil)
        for ticket in 1...4 { queue.append(Ticket(UInt64(ticket))) }
        #expect(!queue.isEmpty && queue.count == 4 && queue.all == [1, 2, 3, 4])
        #expect(queue.popFirst() == 1)
        #expect(queue.popFirst() == 2)
        queue.append(5)
        #expect(queue.count == 3 && queue.all == [3, 4, 5])
        #expect(queue.popFirst() == 3)
        #expect(queue.popFirst() == 4)
        #expect(queue.popFirst() == 5)
        #expect(queue.isEmpty && queue.popFirst() == nil)
        queue.append(6)
        #expect(queue.count == 1 && queue.all == [6])
        for ticket in 7...9 { queue.append(Ticket(UInt64(ticket))) }
        queue.remove(9)
        queue.remove(6)
        queue.remove(5)
        #expect(queue.all == [7, 8] && queue.count == 2)
    }
}
