import NIOCore

/// The memory that a session's bodies take.
extension SessionMachine {
    /// Octets that the request will have that is being read, as far as is known, without those of the frame's first line.
    private var arriving: Int {
        framer.heldOctets + max(input.readableBytes, framer.awaitedOctets) + (prompt?.size ?? 0)
    }

    /// Whether there is memory for a request of so many octets.
    mutating func hasMemory(for octets: Int) -> Bool {
        guard octets >= BodyMemory.smallest, let memory = bounds.memory else { return true }
        return hold(in: memory, octets)
    }

    /// Whether the next request may be read. If there is no memory for what the session's small requests come to, it waits
    /// until they are answered.
    package mutating func mayHoldMore() -> Bool {
        guard passing == nil, pipeline.held >= BodyMemory.smallest, let memory = bounds.memory else { return true }
        return hold(in: memory, 0)
    }

    /// Counts the part of a reply that may be in memory while it passes.
    mutating func chargeReply() {
        guard let memory = bounds.memory else { return }
        let hold = bodies ?? BodyHold(memory, for: BodyMemory.Owner(peer: peer, token: token))
        hold.charge(to: held + hold.unwritten)
        bodies = hold
    }

    /// Octets of the requests and the answers that are in memory, or may come to be.
    private var held: Int { pipeline.held + (replying == nil ? 0 : BodyStream.share) }

    private mutating func hold(in memory: BodyMemory, _ octets: Int) -> Bool {
        let hold = bodies ?? BodyHold(memory, for: BodyMemory.Owner(peer: peer, token: token))
        guard hold.grow(to: held + octets + (bodies?.unwritten ?? 0)) else { return false }
        bodies = hold
        return true
    }

    /// Refuses the text that is being read, if there is no memory for what has come of it.
    mutating func checkText() {
        guard framer.isInText, !hasMemory(for: arriving) else { return }
        framer.refuseText(.memoryFull)
    }

    /// Whether some of the memory for bodies is held.
    package var holdsMemory: Bool { bodies != nil }

    /// Gives back the memory that is needed no more.
    ///
    /// - Parameter unwritten: octets of answers that have not left.
    /// - Returns: whether some is held for answers that have not left.
    package mutating func settle(unwritten: () -> Int) -> Bool {
        guard let bodies else { return false }
        let left = unwritten()
        let need = held + left + arriving
        guard need >= BodyMemory.smallest else {
            self.bodies = nil
            return false
        }
        bodies.shrink(to: need, unwritten: left)
        return left > 0
    }
}
