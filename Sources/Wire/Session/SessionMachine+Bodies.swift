import NIOCore

/// The accounting of the memory that the bodies of a session use.
extension SessionMachine {
    /// The known size in bytes of the request that is being read. The first line of its frame does not count.
    private var arriving: Int {
        framer.heldBytes + max(input.readableBytes, framer.awaitedBytes) + (prompt?.size ?? 0)
    }

    /// Returns whether memory is available for a request of `bytes` bytes.
    mutating func hasMemory(for bytes: Int) -> Bool {
        guard bytes >= BodyMemory.smallest, let memory = bounds.memory else { return true }
        return hold(in: memory, bytes)
    }

    /// Returns whether the next request may be read. If no memory is available for the small requests that the
    /// session already holds, reading waits until they are answered.
    package mutating func mayHoldMore() -> Bool {
        guard passing == nil, pipeline.held >= BodyMemory.smallest, let memory = bounds.memory else { return true }
        return hold(in: memory, 0)
    }

    /// Counts the part of an arriving reply that may be in memory.
    mutating func chargeReply() {
        guard let memory = bounds.memory else { return }
        let hold = bodies ?? BodyHold(memory, for: BodyMemory.Owner(peer: peer, token: token))
        hold.charge(to: held + hold.unwritten)
        bodies = hold
    }

    /// The number of bytes of the requests and answers that are in memory, or may come into memory.
    private var held: Int { pipeline.held + (replying == nil ? 0 : BodyStream.share) }

    private mutating func hold(in memory: BodyMemory, _ bytes: Int) -> Bool {
        let hold = bodies ?? BodyHold(memory, for: BodyMemory.Owner(peer: peer, token: token))
        guard hold.grow(to: held + bytes + (bodies?.unwritten ?? 0)) else { return false }
        bodies = hold
        return true
    }

    /// Refuses the text that is being read if no memory is available for the part that has arrived.
    mutating func checkText() {
        guard framer.isInText, !hasMemory(for: arriving) else { return }
        framer.refuseText(.memoryFull)
    }

    /// Whether the session holds memory for bodies.
    package var holdsMemory: Bool { bodies != nil }

    /// Returns the memory that is no longer needed.
    ///
    /// - Parameter unwritten: Returns the number of bytes in answers that were not sent to the client.
    /// - Returns: whether memory is still held for such answers.
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
