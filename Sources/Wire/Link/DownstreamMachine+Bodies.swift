import NIOCore

/// Counts the memory that the bodies of a link's requests take. A request is in memory from its first frame on, even
/// if its client sends it slowly. It therefore counts against its account and network, like a request in one of this
/// server's own sessions.
extension DownstreamMachine {
    /// A request of the link, named by its lane and ticket.
    struct Place: Hashable {
        let lane: Lane
        let ticket: Ticket
    }

    /// Takes memory for `bytes` bytes of the request that is arriving in the lane. Fewer than `BodyMemory.smallest`
    /// bytes are not counted.
    ///
    /// - Returns: false if not enough memory is left.
    func hold(_ bytes: Int, for lane: DownstreamLane) -> Bool {
        guard bytes >= BodyMemory.smallest, let memory else { return true }
        let (peer, token) = lane.requests.latest
        let hold = lane.arriving ?? BodyHold(memory, for: BodyMemory.Owner(peer: peer, token: token))
        guard hold.grow(to: bytes) else {
            lane.arriving = nil
            return false
        }
        lane.arriving = hold
        return true
    }

    /// Takes memory for the first `bytes` bytes of a message that has more frames to come. At least
    /// `BodyMemory.smallest` bytes are counted. Otherwise a proxy could use more memory with small parts in many
    /// lanes than with large parts in few.
    ///
    /// - Returns: false if not enough memory is left.
    func holdPart(_ bytes: Int, for lane: DownstreamLane) -> Bool {
        hold(max(bytes, BodyMemory.smallest), for: lane)
    }

    /// Counts a reply that waits for the other end, even if this exceeds the limit.
    func charge(_ bytes: Int, to hold: inout BodyHold?) {
        guard bytes >= BodyMemory.smallest, let memory else { return }
        hold = hold ?? BodyHold(memory, for: nil)
        hold?.charge(to: bytes)
    }

    /// Discards the request that is arriving in the lane.
    ///
    /// - Throws: A fault if the header has other attributes than DROP, or if no message has begun in the lane.
    func drop(_ lane: DownstreamLane?, _ header: FrameHeader) throws(WireFault) {
        guard header.isBare, header.window == 0, let lane, lane.traffic?.receiver.drop() == true else {
            throw WireFault("a message is dropped that has not begun")
        }
        lane.arriving = nil
    }

    /// Removes and returns the request's share of the memory for bodies, which is released with its reply.
    ///
    /// - Returns: nil for a small request.
    mutating func takeHold(of ticket: Ticket, _ lane: DownstreamLane) -> BodyHold? {
        guard !holds.isEmpty, let held = holds.removeValue(forKey: Place(lane: lane.number, ticket: ticket)) else {
            return nil
        }
        lane.requests.large -= held.bytes
        assert(lane.requests.large >= 0)
        return held.hold
    }

    /// Writes the parts of long replies that the other end can take now.
    ///
    /// - Returns: Whether the caller should call this again after these bytes were written.
    package mutating func writeMore(into out: inout Outbox) -> Bool {
        pump.write(into: &out)
        return !pump.isIdle
    }

    /// Lets the other end send more of its long requests.
    mutating func giveBack(into out: inout Outbox) {
        guard !takers.isEmpty else { return }
        for lane in takers where lanes[lane.number] === lane {
            lane.traffic?.giveBack(in: base.onLink(lane.number), into: &out)
        }
        takers = []
    }
}
