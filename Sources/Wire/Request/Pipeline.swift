import NIOCore

/// The requests of one session that are not answered yet, in order.
///
/// A request starts when all before it are answered, or when those that are not went to the same responder and that one
/// keeps the order itself. Replies leave in the order of the requests, whatever the order in which they came.
package struct Pipeline {
    private struct Slot {
        /// Until it starts.
        var request: Request?
        /// Once it is there.
        var answer: Answer?
        let form: BodyForm
        let result: ResultKind
        let route: Int
        let isPipelined: Bool
        /// Octets of the request.
        var size: Int
        var state = State.waiting
    }

    private enum State {
        case waiting
        case running
        case answered
    }

    /// A request whose turn has come.
    package struct Start: Equatable {
        package let ticket: Ticket
        package let request: Request
    }

    /// An answer whose turn has come, and how its body is to be written.
    package struct Finish: Equatable {
        package let ticket: Ticket
        package let answer: Answer
        package let form: BodyForm
        package let result: ResultKind
    }

    /// Not a CircularBuffer, which keeps its memory: most sessions are idle, with nothing in here.
    private var slots: [Slot] = []
    /// Slots at the front that have been finished, and wait to be removed together.
    private var gone = 0
    /// The ticket of the first slot; tickets are counted up, one a slot.
    private var first: Ticket = 0
    /// Slots from the front that are not waiting.
    private var started = 0
    private var running = 0
    private var route: (number: Int, isPipelined: Bool) = (0, false)
    /// Octets of requests that are not answered.
    package private(set) var size = 0
    /// Octets of requests and of answers that have not been written.
    private(set) var held = 0

    package init() {}

    package var isEmpty: Bool { slots.count == gone }
    package var count: Int { slots.count - gone }
    /// The ticket that the next request will have.
    var nextTicket: Ticket { first.advanced(by: slots.count) }

    package mutating func append(_ request: consuming Request) {
        let (form, result, octets) = (request.bodyForm, request.spec.result, request.size)
        let (route, isPipelined) = (request.entry.route, request.entry.isPipelined)
        slots.append(
            Slot(
                request: request, form: form, result: result, route: route, isPipelined: isPipelined, size: octets))
        size += octets
        held += octets
    }

    /// Adds a request that needs no responder.
    package mutating func append(_ answer: consuming Answer) {
        slots.append(
            Slot(
                answer: answer, form: .line, result: .plain, route: 0, isPipelined: false, size: 0, state: .answered))
    }

    /// Takes the next request that may start; nil when there is none or it has to wait.
    package mutating func start() -> Start? {
        while started < slots.count {
            guard slots[started].state == .waiting else {
                started += 1
                continue
            }
            let next = (number: slots[started].route, isPipelined: slots[started].isPipelined)
            guard running == 0 || next.isPipelined && route == next else { return nil }
            let request = slots[started].request.take()!
            slots[started].state = .running
            route = next
            running += 1
            started += 1
            return Start(ticket: first.advanced(by: started - 1), request: request)
        }
        return nil
    }

    /// Notes an answer; false when nothing waits for it, since its time was up.
    @discardableResult
    package mutating func answered(_ ticket: Ticket, _ answer: consuming Answer) -> Bool {
        guard let index = place(of: ticket), slots[index].state == .running else { return false }
        assert(running > 0 && index < started)
        let more = answer.size - slots[index].size
        slots[index].answer = consume answer
        slots[index].state = .answered
        running -= 1
        size -= slots[index].size
        if more > 0 {
            held += more
            slots[index].size += more
        }
        assert(size >= 0 && held >= size)
        return true
    }

    /// Where the slot of a ticket is; nil once it was finished, and before it is given.
    private func place(of ticket: Ticket) -> Int? {
        guard ticket >= first.advanced(by: gone), ticket < nextTicket else { return nil }
        return Int(ticket.number - first.number)
    }

    /// Takes the first answer, if it is the oldest request's.
    package mutating func finish() -> Finish? {
        guard gone < slots.count, slots[gone].state == .answered else { return nil }
        let answer = slots[gone].answer.take()!
        let finish = Finish(
            ticket: first.advanced(by: gone), answer: answer, form: slots[gone].form, result: slots[gone].result)
        held -= slots[gone].size
        gone += 1
        started = max(started, gone)
        assert(held >= 0 && running <= started - gone)
        if gone == slots.count {
            assert(running == 0 && size == 0 && held == 0)
            forget()
        } else if gone >= 32, gone * 2 >= slots.count {
            compact()
        }
        return finish
    }

    /// Answers a request, whether it was given to a responder or not; what still comes for it is for nobody.
    mutating func refuse(_ ticket: Ticket, _ answer: Answer) {
        guard let index = place(of: ticket) else { return }
        guard slots[index].state == .waiting else {
            answered(ticket, answer)
            return
        }
        size -= slots[index].size
        (slots[index].request, slots[index].answer, slots[index].state) = (nil, answer, .answered)
    }

    private mutating func compact() {
        slots.removeFirst(gone)
        first = first.advanced(by: gone)
        started -= gone
        gone = 0
    }

    /// Forgets all requests; answers that still come for them are for nobody.
    package mutating func removeAll() {
        forget()
        (running, size, held) = (0, 0, 0)
    }

    private mutating func forget() {
        first = first.advanced(by: slots.count)
        slots.removeAll(keepingCapacity: slots.count > 1)
        (gone, started) = (0, 0)
    }
}
