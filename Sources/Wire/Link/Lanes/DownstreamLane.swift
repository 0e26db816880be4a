/// A lane at the far end of its link.
final class DownstreamLane: LongMessageLane {
    let number: Lane
    var requests: LaneRequests
    /// Whether the lane waits for its turn, or has it.
    var isQueued = false
    /// Its long messages; nil until there is one.
    var traffic: LaneTraffic?
    /// The memory for the request that is arriving, if that is large.
    var arriving: BodyHold?

    /// `memory`: the responder's memory of the lane.
    init(_ number: Lane, memory: (any LaneMemory)?) {
        self.number = number
        requests = LaneRequests(of: Caller(lane: number, peer: "", token: nil, privacy: .local, memory: memory))
    }

    /// Whether a request of the lane is not answered, or its reply not all written.
    var isBusy: Bool { !requests.isEmpty || traffic?.sender.isWaiting == true }
}
