import NIOCore

/// The memory that the bodies of a link's requests take. Its proxy bounds what each session has; here it is their sum.
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
        let hold = lane.arriving ?? BodyHold(memory, for: nil)
        guard hold.grow(to: octets) else {
            lane.arriving = nil
            return false
        }
        lane.arriving = hold
        return true
    }

    /// The request's share of the memory for bodies, which goes with its reply; nil for a small request.
    mutating func takeHold(_ place: Place) -> BodyHold? {
        holds.isEmpty ? nil : holds.removeValue(forKey: place)
    }
}
