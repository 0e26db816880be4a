import NIOCore

/// A writer for the long messages of all lanes of a link. It writes one frame of each lane in turn, so a long message
/// does not delay another lane, and small messages pass after a few frames.
struct LanePump {
    /// The number of output bytes at which no further frame is added.
    private static let most = 2 * LaneSender.share

    /// The lanes that may have a frame to write.
    private var queue = CircularBuffer<LaneTraffic>()
    /// The number of message bytes that have not been written.
    private(set) var held = 0

    /// Whether no lane is queued to write a frame.
    var isIdle: Bool { queue.isEmpty }

    /// Adds a message after the other messages of its lane.
    mutating func send(_ message: LinkMessage, on traffic: LaneTraffic) {
        held += message.payload.count
        traffic.sender.add(message)
        queue(traffic)
    }

    /// Notes that the other end has taken `bytes` bytes of a lane and that the lane may send as many more.
    ///
    /// - Throws: A fault if these are more bytes than were sent.
    mutating func give(_ bytes: Int, to traffic: LaneTraffic) throws(WireFault) {
        try traffic.sender.give(bytes)
        queue(traffic)
    }

    /// Queues the lane again after its passing message has grown or ended.
    mutating func wake(_ traffic: LaneTraffic) { queue(traffic) }

    /// Removes the messages of a lane that has ended.
    mutating func remove(_ traffic: LaneTraffic) {
        held -= traffic.sender.held
        assert(held >= 0)
        traffic.sender.removeAll()
    }

    /// Writes frames until enough bytes wait in `out`.
    mutating func write(into out: inout Outbox) {
        while out.count < Self.most, let traffic = queue.popFirst() {
            assert(traffic.isQueued, "a lane is queued once")
            traffic.isQueued = false
            guard let bytes = traffic.sender.writeFrame(into: &out) else { continue }
            held -= bytes
            assert(held >= 0, "no more is written than was sent")
            queue(traffic)
        }
    }

    private mutating func queue(_ traffic: LaneTraffic) {
        guard !traffic.isQueued, traffic.sender.isWaiting else { return }
        traffic.isQueued = true
        queue.append(traffic)
    }
}
