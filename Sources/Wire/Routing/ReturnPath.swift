import NIOCore

/// An object that sends requests to a responder: a session, a link, or a responder that asks another one.
package protocol AnswerReceiver: AnyObject {
    /// The event loop on which the receiver takes its answers; nil if it takes them on any thread. Any thread may read
    /// this property. It does not change after the first request.
    var loop: (any EventLoop)? { get }

    /// Takes the answer to the request that the receiver sent for `lane` under `ticket`.
    func answered(_ lane: Lane, _ ticket: Ticket, _ answer: consuming Answer)
}

/// The path by which one answer returns to its receiver. It is a value and not a closure, so that a request allocates no
/// memory for it.
package struct ReturnPath: @unchecked Sendable {
    // Threads other than that of the receiver's event loop read only the receiver's `loop`.
    private let receiver: any AnswerReceiver
    private let lane: Lane
    private let ticket: Ticket

    package init(_ receiver: any AnswerReceiver, _ lane: Lane, _ ticket: Ticket) {
        (self.receiver, self.lane, self.ticket) = (receiver, lane, ticket)
    }

    /// Creates a path to a closure, which is called on any thread.
    package init(_ answer: @escaping @Sendable (Answer) -> Void) {
        self.init(ClosureReceiver(answer), 0, 0)
    }

    /// Gives the answer to the receiver. Any thread may call this. On the receiver's event loop, the receiver has the answer
    /// when this returns.
    package func callAsFunction(_ answer: consuming Answer) {
        if let loop = receiver.loop, !loop.inEventLoop {
            let answer = answer
            loop.execute { receiver.answered(lane, ticket, answer) }
        } else {
            receiver.answered(lane, ticket, answer)
        }
    }
}

/// The receiver of one request, which calls a closure.
private final class ClosureReceiver: AnswerReceiver {
    private let answer: @Sendable (Answer) -> Void
    let loop: (any EventLoop)? = nil

    init(_ answer: @escaping @Sendable (Answer) -> Void) {
        self.answer = answer
    }

    func answered(_ lane: Lane, _ ticket: Ticket, _ answer: consuming Answer) { self.answer(answer) }
}
