/// A lane at the end of a link that answers requests.
final class DownstreamLane: LongMessageLane {
    let number: Lane
    var requests: LaneRequests
    /// Whether the lane waits for its turn or has it now.
    var isQueued = false
    /// The long messages of the lane; nil until the first one.
    var traffic: LaneTraffic?
    /// The memory for the request that is arriving, if it is large.
    var arriving: BodyHold?

    /// Creates a lane without requests.
    ///
    /// - Parameter memory: The data that the responder keeps for the lane.
    init(_ number: Lane, memory: (any LaneMemory)?) {
        self.number = number
        requests = LaneRequests(of: Caller(lane: number, peer: "", token: nil, privacy: .local, memory: memory))
    }

    /// Whether a request of the lane is not answered, or a reply is not written completely.
    var isBusy: Bool { !requests.isEmpty || traffic?.sender.isWaiting == true }
}
