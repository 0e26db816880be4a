import NIOCore

/// The memory that the bodies of a link's requests take. A request is here from its first frame on, however slowly its
/// client sends it, so it counts for its account and network as at a session of this server's own.
extension DownstreamMachine {
    /// A request of the link.
    struct Place: Hashable {
        let lane: Lane
        let ticket: Ticket
    }

    /// Takes memory for so many octets of the request that arrives in the lane.
    ///
    /// - Returns: false if there is not so much.
    func hold(_ octets: Int, for lane: DownstreamLane) -> Bool {
        guard octets >= BodyMemory.smallest, let memory else { return true }
        let (peer, token) = lane.requests.latest
        let hold = lane.arriving ?? BodyHold(memory, for: BodyMemory.Owner(peer: peer, token: token))
        guard hold.grow(to: octets) else {
            lane.arriving = nil
            return false
        }
        lane.arriving = hold
        return true
    }

    /// Takes memory for so many octets of a message that goes on. It counts from its first octet, so that a proxy cannot have
    /// more in many lanes with little in each than in a few with much.
    func holdPart(_ octets: Int, for lane: DownstreamLane) -> Bool {
        hold(max(octets, BodyMemory.smallest), for: lane)
    }

    /// Counts a reply that waits for the other end, however much memory is taken.
    func charge(_ octets: Int, to hold: inout BodyHold?) {
        guard octets >= BodyMemory.smallest, let memory else { return }
        hold = hold ?? BodyHold(memory, for: nil)
        hold?.charge(to: octets)
    }

    /// Forgets the request that arrives in the lane.
    func drop(_ lane: DownstreamLane?, _ header: FrameHeader) throws(WireFault) {
        guard header.isBare, header.window == 0, let lane, lane.traffic?.receiver.drop() == true else {
            throw WireFault("a message is dropped that has not begun")
        }
        lane.arriving = nil
    }

    /// The request's share of the memory for bodies, which goes with its reply; nil for a small request.
    mutating func takeHold(of ticket: Ticket, _ lane: DownstreamLane) -> BodyHold? {
        guard !holds.isEmpty, let held = holds.removeValue(forKey: Place(lane: lane.number, ticket: ticket)) else {
            return nil
        }
        lane.requests.large -= held.octets
        assert(lane.requests.large >= 0)
        return held.hold
    }

    /// Writes what the other end takes of long replies.
    ///
    /// - Returns: whether there may be more when this was written.
    package mutating func writeMore(into out: inout Outbox) -> Bool {
        pump.write(into: &out)
        return !pump.isIdle
    }

    /// Lets more of long requests follow.
    mutating func giveBack(into out: inout Outbox) {
        guard !takers.isEmpty else { return }
        for lane in takers where lanes[lane.number] === lane {
            lane.traffic?.giveBack(in: base.onLink(lane.number), into: &out)
        }
        takers = []
    }
}
