import NIOCore

/// A reply that a session writes to its client while the reply is still arriving. Most sessions never have one.
final class PassingReply {
    /// The result of one step.
    enum Step {
        case wrotePart
        case ended
        case waits
        /// The client has received a part of a reply that will never be complete.
        case breaksOff
    }

    /// The number of output bytes that may wait before the session takes no more of such a reply. The server may send
    /// more when these bytes have left.
    private static let share = 64 << 10

    private let reply: ArrivingReply
    private let mayBeReplaced: Bool
    private(set) var hasBegun = false
    private var isCut = false

    /// Creates the state of a reply that is being written.
    ///
    /// - Parameter mayBeReplaced: Whether an error may be written instead of the reply. It is false if the answer
    ///   also had an effect on the session.
    init(_ reply: ArrivingReply, mayBeReplaced: Bool) {
        (self.reply, self.mayBeReplaced) = (reply, mayBeReplaced)
    }

    /// Notes that the rest of the reply must not be written.
    func cut() { isCut = true }

    /// Writes the part of the reply that has arrived.
    func step(into output: inout Outbox, _ budget: inout TurnBudget) -> Step {
        guard !isCut else { return .breaksOff }
        let (held, end) = reply.stream.status
        if case .failed(let failure)? = end {
            guard !hasBegun, mayBeReplaced else { return .breaksOff }
            Answer(failure).write(form: .line, result: .plain, into: &output)
            return .ended
        }
        guard held > 0 else { return end == nil ? .waits : .ended }
        guard output.count < Self.share else {
            budget.end()
            return .waits
        }
        for part in reply.stream.take(upTo: Self.share) {
            budget.spend(bytes: part.readableBytes)
            output.write(body: part)
        }
        hasBegun = true
        return .wrotePart
    }
}
