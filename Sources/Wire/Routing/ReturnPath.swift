import NIOCore

/// An object that sends requests to a responder: a session, a link, or a responder that asks another one.
package protocol Asker: AnyObject {
    /// The event loop on which the asker takes its answers; nil if it takes them on any thread. Any thread may read
    /// this property. It does not change after the first request.
    var loop: (any EventLoop)? { get }

    /// Takes the answer to the request that the asker sent for `lane` under `ticket`.
    func answered(_ lane: Lane, _ ticket: Ticket, _ answer: consuming Answer)
}

/// The path by which one answer returns to its asker. It is a value and not a closure, so that a request allocates no
/// memory for it.
package struct ReturnPath: @unchecked Sendable {
    // Threads other than that of the asker's event loop read only the asker's `loop`.
    private let asker: any Asker
    private let lane: Lane
    private let ticket: Ticket

    package init(_ asker: any Asker, _ lane: Lane, _ ticket: Ticket) {
        (self.asker, self.lane, self.ticket) = (asker, lane, ticket)
    }

    /// Creates a path to a closure, which is called on any thread.
    package init(_ answer: @escaping @Sendable (Answer) -> Void) {
        self.init(ClosureAsker(answer), 0, 0)
    }

    /// Gives the answer to the asker. Any thread may call this. On the asker's event loop, the asker has the answer
    /// when this returns.
    package func callAsFunction(_ answer: consuming Answer) {
        if let loop = asker.loop, !loop.inEventLoop {
            let answer = answer
            loop.execute { asker.answered(lane, ticket, answer) }
        } else {
            asker.answered(lane, ticket, answer)
        }
    }
}

/// The asker of one request, which calls a closure.
private final class ClosureAsker: Asker {
    private let answer: @Sendable (Answer) -> Void
    let loop: (any EventLoop)? = nil

    init(_ answer: @escaping @Sendable (Answer) -> Void) {
        self.answer = answer
    }

    func answered(_ lane: Lane, _ ticket: Ticket, _ answer: consuming Answer) { self.answer(answer) }
}
