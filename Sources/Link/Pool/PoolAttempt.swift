import NIOCore
import Wire

/// One sending of a request to a server. It is kept so that the request can be sent again.
final class PoolAttempt: AnswerReceiver {
    let request: PoolRequest
    private let dispatcher: RequestDispatcher
    let replica: Replica
    let since: NIODeadline
    let isSecond: Bool
    /// Whether its answer is known to be late.
    var isLate = false
    /// Whether another server has got the request meanwhile. Then only that server's answer counts.
    var isGivenUp = false

    init(_ request: PoolRequest, of dispatcher: RequestDispatcher, at replica: Replica, isSecond: Bool) {
        (self.request, self.dispatcher, self.replica) = (request, dispatcher, replica)
        (self.isSecond, since) = (isSecond, .now())
    }

    var loop: (any EventLoop)? { dispatcher.loop }

    func answered(_ lane: Lane, _ ticket: Ticket, _ answer: consuming Answer) { dispatcher.answered(self, answer) }

    var mayBeRepeated: Bool { !isSecond && request.mayBeRepeated }
}
