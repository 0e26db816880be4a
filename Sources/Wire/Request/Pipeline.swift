import NIOCore

/// The unanswered requests of one session, in order.
///
/// A request starts after all earlier requests were answered. It starts sooner if the running ones went to the same
/// responder and that responder keeps the order itself. Replies leave in the order of the requests, even if the
/// answers arrive in another order.
package struct Pipeline {
    private struct Slot {
        /// The request, until it starts.
        var request: Request?
        /// The answer, after it has arrived.
        var answer: Answer?
        let form: BodyForm
        let result: ResultKind
        let route: Int
        let isPipelined: Bool
        /// The number of bytes in the request, or in its answer if that is larger.
        var size: Int
        var state = State.waiting
    }

    private enum State {
        case waiting
        case running
        case answered
    }

    /// A request that may start.
    package struct Start: Equatable {
        package let ticket: Ticket
        package let request: Request
    }

    /// An answer that may leave, and the form of its body.
    package struct Finish: Equatable {
        package let ticket: Ticket
        package let answer: Answer
        package let form: BodyForm
        package let result: ResultKind
    }

    /// The unanswered requests. An array is used because a CircularBuffer keeps its memory, while most sessions are
    /// idle and have no requests.
    private var slots: [Slot] = []
    /// The number of finished slots at the front. They are removed together later.
    private var gone = 0
    /// The ticket of the first slot. Each following slot has the next ticket.
    private var first: Ticket = 0
    /// The number of slots from the front that are not waiting.
    private var started = 0
    private var running = 0
    private var route: (number: Int, isPipelined: Bool) = (0, false)
    /// The number of bytes in the unanswered requests.
    package private(set) var size = 0
    /// The number of bytes in the unanswered requests and in the answers that have not left.
    private(set) var held = 0

    package init() {}

    package var isEmpty: Bool { slots.count == gone }
    package var count: Int { slots.count - gone }
    /// The ticket of the next request.
    var nextTicket: Ticket { first.advanced(by: slots.count) }

    package mutating func append(_ request: consuming Request) {
        let (form, result, bytes) = (request.bodyForm, request.spec.result, request.size)
        let (route, isPipelined) = (request.entry.route, request.entry.isPipelined)
        slots.append(
            Slot(
                request: request, form: form, result: result, route: route, isPipelined: isPipelined, size: bytes))
        size += bytes
        held += bytes
    }

    /// Adds an answer that needs no responder. It takes its place among the replies.
    package mutating func append(_ answer: consuming Answer) {
        slots.append(
            Slot(
                answer: answer, form: .line, result: .plain, route: 0, isPipelined: false, size: 0, state: .answered))
    }

    /// Takes the next request that may start. Returns nil if no request waits, or if the next one must wait longer.
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

    /// Stores an answer. Returns false if no running request waits for it, for example because its time limit has
    /// passed.
    @discardableResult
    package mutating func answered(_ ticket: Ticket, _ answer: consuming Answer) -> Bool {
        guard let index = index(of: ticket), slots[index].state == .running else { return false }
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

    /// Returns the index of a ticket's slot. Returns nil if the request is finished, or if the ticket was not issued
    /// yet.
    private func index(of ticket: Ticket) -> Int? {
        guard ticket >= first.advanced(by: gone), ticket < nextTicket else { return nil }
        return Int(ticket.number - first.number)
    }

    /// Takes the answer to the oldest request, or returns nil if it has not arrived.
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

    /// Answers a request, even if a responder already has it. The responder's own answer is then ignored.
    mutating func refuse(_ ticket: Ticket, _ answer: Answer) {
        guard let index = index(of: ticket) else { return }
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

    /// Discards all requests. Answers that arrive for them later are ignored.
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
