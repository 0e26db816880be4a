import NIOCore

/// The requests of one session that are not answered yet, in order.
///
/// A request starts when all before it are answered, or when those that are not went to the same responder and that one
/// keeps the order itself. Replies leave in the order of the requests, whatever the order in which they came.
package struct Pipeline {
    package typealias Ticket = UInt64

    private enum State {
        case waiting(Request, Manifest.Entry)
        case running
        case answered(Answer)
    }

    private struct Slot {
        var state: State
        let form: BodyForm
        let result: ResultKind
        /// Octets of the request.
        let size: Int
    }

    /// A request whose turn has come.
    package struct Start: Equatable {
        package let ticket: Ticket
        package let request: Request
    }

    /// An answer whose turn has come, and how its body is to be written.
    package struct Finish: Equatable {
        package let answer: Answer
        package let form: BodyForm
        package let result: ResultKind
    }

    private var slots = CircularBuffer<Slot>()
    /// The ticket of the first slot; tickets are counted up, one a slot.
    private var first: Ticket = 0
    /// Slots from the front that are not waiting.
    private var started = 0
    private var running = 0
    private var route: (number: Int, isPipelined: Bool) = (0, false)
    /// Octets of requests that are not answered.
    package private(set) var size = 0

    package init() {}

    package var isEmpty: Bool { slots.isEmpty }
    package var count: Int { slots.count }

    package mutating func append(_ request: Request, to entry: Manifest.Entry) {
        let slot = Slot(
            state: .waiting(request, entry), form: request.bodyForm, result: entry.spec.result, size: request.size)
        size += slot.size
        slots.append(slot)
    }

    /// Adds a request that needs no responder.
    package mutating func append(_ answer: Answer) {
        slots.append(Slot(state: .answered(answer), form: .line, result: .plain, size: 0))
    }

    /// Takes the next request that may start; nil when there is none or it has to wait.
    package mutating func start() -> Start? {
        while started < slots.count {
            let index = slots.index(slots.startIndex, offsetBy: started)
            guard case .waiting(let request, let entry) = slots[index].state else {
                started += 1
                continue
            }
            guard running == 0 || entry.isPipelined && route == (entry.route, true) else { return nil }
            slots[index].state = .running
            route = (entry.route, entry.isPipelined)
            running += 1
            started += 1
            return Start(ticket: first + UInt64(started - 1), request: request)
        }
        return nil
    }

    /// Notes an answer; false when nothing waits for it, since its time was up.
    @discardableResult
    package mutating func answered(_ ticket: Ticket, _ answer: Answer) -> Bool {
        guard ticket >= first, ticket - first < UInt64(slots.count) else { return false }
        let index = slots.index(slots.startIndex, offsetBy: Int(ticket - first))
        guard case .running = slots[index].state else { return false }
        slots[index].state = .answered(answer)
        running -= 1
        size -= slots[index].size
        return true
    }

    /// Takes the first answer, if it is the oldest request's.
    package mutating func finish() -> Finish? {
        guard let slot = slots.first, case .answered(let answer) = slot.state else { return nil }
        slots.removeFirst()
        first += 1
        started = max(0, started - 1)
        return Finish(answer: answer, form: slot.form, result: slot.result)
    }

    /// Forgets all requests; answers that still come for them are for nobody.
    package mutating func removeAll() {
        first += UInt64(slots.count)
        slots.removeAll()
        (started, running, size) = (0, 0, 0)
    }
}
