import Testing
import Wire

@testable import Link

@Suite("Tickets")
struct TicketsTests {
    @Test("Each is called for once, by its ticket")
    func once() {
        var tickets = Tickets<String>()
        let numbers = ["a", "b", "c"].map { tickets.add($0) }
        #expect(Set(numbers).count == 3)
        #expect(tickets.take(numbers[1]) == "b")
        #expect(tickets.take(numbers[1]) == nil)
        #expect(tickets.take(numbers[2]) == "c")
        #expect(tickets.take(numbers[0]) == "a")
    }

    @Test("A number under which nothing ever waited", arguments: [0, 1, 3, Ticket(1 << 40), Ticket(.max)])
    func unknown(_ number: Ticket) {
        var tickets = Tickets<String>()
        #expect(tickets.take(number) == nil)
        let known = tickets.add("a")
        if number != known { #expect(tickets.take(number) == nil) }
        #expect(tickets.take(known) == "a")
    }

    @Test("A number is given again once its value was called for, and to one at a time")
    func reuse() {
        var tickets = Tickets<Int>()
        let first = (0..<100).map { tickets.add($0) }
        for number in first where number.number.isMultiple(of: 2) {
            #expect(tickets.take(number) != nil)
            #expect(tickets.take(number) == nil)
        }
        let next = (100..<150).map { tickets.add($0) }
        #expect(Set(next) == Set(first.filter { $0.number.isMultiple(of: 2) }))
        for (value, number) in zip(100..<150, next) { #expect(tickets.take(number) == value) }
        for number in first where !number.number.isMultiple(of: 2) {
            #expect(tickets.take(number) == Int(number.number))
        }
    }

    @Test("No more wait than may")
    func limited() {
        var tickets = Tickets<Int>()
        let numbers = (0..<3).map { tickets.add($0, upTo: 2) }
        #expect(numbers == [0, 1, nil] && tickets.count == 2)
        let first = tickets.take(0)
        let next = (3..<5).map { tickets.add($0, upTo: 2) }
        #expect(first == 0 && next == [0, nil] && tickets.count == 2)
    }

    @Test("No more numbers than values that wait together")
    func bounded() {
        var tickets = Tickets<Int>()
        var waiting = [tickets.add(0), tickets.add(1)]
        for value in 2..<10_000 {
            #expect(tickets.take(waiting.removeFirst()) == value - 2)
            waiting.append(tickets.add(value))
            #expect(waiting.allSatisfy { $0 < 2 })
        }
    }
}
