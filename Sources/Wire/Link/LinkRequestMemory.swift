/// The memory that the large requests of a link take, at the end that answers them.
///
/// A request is in memory from its first frame on, even if its client sends it slowly. It therefore counts against its
/// account and network, like a request in one of this server's own sessions.
struct LinkRequestMemory {
    /// The key of a request: its lane and its ticket.
    private struct Key: Hashable {
        let lane: Lane
        let ticket: Ticket
    }

    /// The memory for bodies; nil if it is not limited.
    private let memory: BodyMemory?
    /// The memory of large requests until their replies are written.
    private var holds: [Key: (hold: BodyHold, bytes: Int)] = [:]

    init(_ memory: BodyMemory?) {
        self.memory = memory
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

    /// Keeps the memory of the lane's next request until its reply is written.
    mutating func keep(_ hold: BodyHold, forNextOf lane: DownstreamLane, bytes: Int) {
        holds[Key(lane: lane.number, ticket: lane.requests.nextTicket)] = (hold, bytes)
        lane.requests.large += bytes
    }

    /// Removes and returns the memory of a request, which is released with its reply.
    ///
    /// - Returns: nil for a small request.
    mutating func takeHold(of ticket: Ticket, _ lane: DownstreamLane) -> BodyHold? {
        guard !holds.isEmpty, let held = holds.removeValue(forKey: Key(lane: lane.number, ticket: ticket)) else {
            return nil
        }
        lane.requests.large -= held.bytes
        assert(lane.requests.large >= 0)
        return held.hold
    }

    /// Counts a reply that waits for the other end, even if this exceeds the limit.
    func charge(_ bytes: Int, to hold: inout BodyHold?) {
        guard bytes >= BodyMemory.smallest, let memory else { return }
        hold = hold ?? BodyHold(memory, for: nil)
        hold?.charge(to: bytes)
    }

    /// Whether no memory is kept for a request of the lane.
    func isEmpty(of lane: Lane) -> Bool { holds.keys.allSatisfy { $0.lane != lane } }
}
