import NIOCore

/// Passes a reply on to the client while the reply is still arriving.
extension SessionMachine {
    /// The number of output bytes that may wait before the session takes no more of such a reply. The server may send
    /// more when these bytes have left.
    private static let share = 64 << 10

    /// The result of one step of `goOnReplying`.
    enum ReplyStep {
        case goesOn
        case waits
        /// The client has received a part of a reply that will never be complete.
        case breaksOff
    }

    /// A reply that is being written to the client.
    final class Replying {
        let reply: ArrivingReply
        fileprivate(set) var hasBegun = false
        /// Whether the rest of the reply must not be written.
        var isCut = false
        fileprivate let mayBeReplaced: Bool

        /// Creates the state of a reply that is being written.
        ///
        /// - Parameter mayBeReplaced: Whether an error may be written instead of the reply. It is false if the answer
        ///   also had an effect on the session.
        init(_ reply: ArrivingReply, mayBeReplaced: Bool) {
            (self.reply, self.mayBeReplaced) = (reply, mayBeReplaced)
        }
    }

    /// Writes the part of the reply that has arrived.
    mutating func goOnReplying(
        _ replying: Replying, _ output: inout Outbox, _ budget: inout TurnBudget
    ) -> ReplyStep {
        guard !replying.isCut else { return .breaksOff }
        let stream = replying.reply.stream
        let (held, end) = stream.status
        if case .failed(let failure)? = end {
            guard !replying.hasBegun, replying.mayBeReplaced else { return .breaksOff }
            self.replying = nil
            Answer(failure).write(form: .line, result: .plain, into: &output)
            return .goesOn
        }
        guard held > 0 else {
            if end == nil { return .waits }
            self.replying = nil
            return .goesOn
        }
        guard output.count < Self.share else {
            budget.end()
            return .waits
        }
        for part in stream.take(upTo: Self.share) {
            budget.spend(bytes: part.readableBytes)
            output.write(body: part)
        }
        replying.hasBegun = true
        noteProgress()
        return .goesOn
    }

    /// Ends the session at once, in the middle of a reply.
    mutating func breakOff() -> Action {
        replying = nil
        abandon()
        pipeline.removeAll()
        phase = .closed
        return .close
    }
}
