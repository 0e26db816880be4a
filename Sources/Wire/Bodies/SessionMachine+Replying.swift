import NIOCore

/// A reply that the session passes on while it comes.
extension SessionMachine {
    /// Octets of such a reply that may wait to be written. The server is let send more as they leave.
    private static let share = 64 << 10

    /// What became of the reply in this step.
    enum ReplyStep {
        case goesOn
        case waits
        /// The client has got a part of a reply that will not be complete.
        case breaksOff
    }

    /// A reply that is being written.
    final class Replying {
        let reply: ArrivingReply
        fileprivate(set) var hasBegun = false
        /// Whether the rest is not to be written.
        var isCut = false
        fileprivate let mayBeReplaced: Bool

        /// `mayBeReplaced`: nothing else has come of the answer than the reply.
        init(_ reply: ArrivingReply, mayBeReplaced: Bool) {
            (self.reply, self.mayBeReplaced) = (reply, mayBeReplaced)
        }
    }

    /// Writes what has come of the reply.
    mutating func goOnReplying(
        _ replying: Replying, _ output: inout Outbox, _ budget: inout TurnBudget
    ) -> ReplyStep {
        guard !replying.isCut else { return .breaksOff }
        let stream = replying.reply.stream
        let (held, end) = stream.standing
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
            budget.spend(octets: part.readableBytes)
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
