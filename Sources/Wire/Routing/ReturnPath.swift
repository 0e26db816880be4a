import NIOCore

/// An object that gives requests to a responder: a session, a link, or a responder that asks another one.
package protocol Asker: AnyObject {
    /// The event loop on which it takes its answers; nil if it takes them on any thread. It is read on any thread, and does
    /// not change after the first request.
    var loop: (any EventLoop)? { get }

    /// Takes the answer to the request that it gave for `lane`, under `ticket`.
    func answered(_ lane: Lane, _ ticket: Ticket, _ answer: consuming Answer)
}

/// The way of one answer to its asker. It is a value instead of a closure, so that a request allocates nothing for it.
package struct ReturnPath: @unchecked Sendable {
    // Other threads than that of its loop read nothing of it but the loop.
    private let asker: any Asker
    private let lane: Lane
    private let ticket: Ticket

    package init(_ asker: any Asker, _ lane: Lane, _ ticket: Ticket) {
        (self.asker, self.lane, self.ticket) = (asker, lane, ticket)
    }

    /// A way to a closure, which is called on any thread.
    package init(_ answer: @escaping @Sendable (Answer) -> Void) {
        self.init(ClosureAsker(answer), 0, 0)
    }

    /// Gives the answer, on any thread. On the asker's loop it has arrived when this returns.
    package func callAsFunction(_ answer: consuming Answer) {
        if let loop = asker.loop, !loop.inEventLoop {
            let answer = answer
            loop.execute { asker.answered(lane, ticket, answer) }
        } else {
            asker.answered(lane, ticket, answer)
        }
    }
}

/// The asker of one request.
private final class ClosureAsker: Asker {
    private let answer: @Sendable (Answer) -> Void
    let loop: (any EventLoop)? = nil

    init(_ answer: @escaping @Sendable (Answer) -> Void) {
        self.answer = answer
    }

    func answered(_ lane: Lane, _ ticket: Ticket, _ answer: consuming Answer) { self.answer(answer) }
}
