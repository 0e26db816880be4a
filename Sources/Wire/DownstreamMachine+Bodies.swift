import NIOCore

/// The memory that the bodies of a link's requests take. Its proxy bounds what each session has; here it is their sum.
extension DownstreamMachine {
    /// Takes a literal if there is memory for it; otherwise it is passed over, and the request is refused.
    mutating func take(_ frame: Frame, _ mark: LiteralMark) throws(WireFault) {
        let octets = frame.size + mark.count
        guard octets >= BodyMemory.smallest, let memory else { return framer.takeLiteral() }
        let hold = arriving ?? BodyHold(memory, for: nil)
        guard hold.grow(to: octets) else {
            var head = frame.head
            refused = try own(try head.readLane())
            arriving = nil
            _ = framer.refuseLiteral(.memoryFull, discard: .max)
            return
        }
        arriving = hold
        framer.takeLiteral()
    }

    /// Answers the request that was passed over.
    ///
    /// - Returns: the lane, if there was none.
    mutating func refuse() throws(WireFault) -> UInt64? {
        let (lane, isNew) = try lane(refused.take()!)
        lane.pipeline.append(Answer(.memoryFull))
        turns.append(lane)
        return isNew ? lane.caller.lane : nil
    }

    /// The request's share of the memory for bodies, which its answerer keeps; nil for a small request.
    package mutating func takeHold(_ lane: UInt64, _ ticket: Pipeline.Ticket) -> BodyHold? {
        holds.isEmpty ? nil : holds.removeValue(forKey: Place(lane: lane, ticket: ticket))
    }
}
