import NIOCore

/// The long messages of a lane, in both directions. Most lanes never have any, and so no such object.
final class LaneTraffic {
    var sender = LaneSender()
    var receiver = LaneReceiver()
    /// The reply of which some frames have come, at a proxy.
    var incoming: IncomingReply?
    /// The replies of which octets may be in memory, the one that comes among them.
    var replies: [BodyStream] = []
    fileprivate var isQueued = false

    /// Lets the other end send more in the lane, if enough of what it sent is in memory no more.
    ///
    /// - Parameter lane: The link's number of the lane.
    func giveBack(in lane: Lane, into out: inout Outbox) {
        var header = FrameHeader(lane: lane)
        header.window = receiver.window.giveBack()
        if header.window > 0 { header.write(into: &out.octets) }
    }
}

/// A lane at either end of its link.
protocol LongMessageLane: AnyObject {
    /// Its long messages; nil until there is one.
    var traffic: LaneTraffic? { get set }
}

extension LongMessageLane {
    /// Returns the lane's long messages. They are made if there are none.
    func makeTraffic() -> LaneTraffic {
        if let traffic { return traffic }
        let new = LaneTraffic()
        traffic = new
        return new
    }
}

/// Writes the long messages of a link's lanes in turn, a frame of each, so that none waits for another, and small messages
/// for few of them.
struct LanePump {
    /// Octets that may wait to be written before no further frame is added to them.
    private static let most = 2 * LaneSender.share

    /// The lanes that may have a frame to write.
    private var queue = CircularBuffer<LaneTraffic>()
    /// Octets of messages that are not written.
    private(set) var held = 0

    /// Whether a frame could be written now.
    var isIdle: Bool { queue.isEmpty }

    /// Sends a message behind those of its lane.
    mutating func send(_ message: LinkMessage, on traffic: LaneTraffic) {
        held += message.payload.count
        traffic.sender.add(message)
        queue(traffic)
    }

    /// The other end of a lane has taken so many octets.
    mutating func give(_ octets: Int, to traffic: LaneTraffic) throws(WireFault) {
        try traffic.sender.give(octets)
        queue(traffic)
    }

    /// There is more of a message that passes, or it has ended.
    mutating func wake(_ traffic: LaneTraffic) { queue(traffic) }

    /// The lane has gone.
    mutating func remove(_ traffic: LaneTraffic) {
        held -= traffic.sender.held
        assert(held >= 0)
        traffic.sender.removeAll()
    }

    /// Writes frames as long as little waits in `out`.
    mutating func write(into out: inout Outbox) {
        while out.count < Self.most, let traffic = queue.popFirst() {
            assert(traffic.isQueued, "a lane is queued once")
            traffic.isQueued = false
            guard let octets = traffic.sender.writeFrame(into: &out) else { continue }
            held -= octets
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
