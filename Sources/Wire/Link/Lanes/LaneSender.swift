import NIOCore

/// A message of a lane: a request or a reply. It is an object, since an array cannot have an outbox.
final class LinkMessage {
    /// The header without the length, which the payload has.
    let header: FrameHeader
    var payload: Outbox
    /// The memory that it takes, given back when its last frame is written; nil where that is not counted.
    private let hold: BodyHold?
    /// What is to follow `payload`; nil for a message that is whole.
    var passing: Passing?

    /// A request that is sent while it comes.
    struct Passing {
        let stream: BodyStream
        /// Nil once the request was taken back.
        var ticket: Ticket?
    }

    init(header: FrameHeader, payload: consuming Outbox, hold: BodyHold? = nil, passing: Passing? = nil) {
        (self.header, self.hold, self.passing) = (header, hold, passing)
        self.payload = payload
    }
}

/// The sending side of a lane at one end of its link. Its messages go in their order, a long one in several frames with those
/// of other lanes between them, and no further than the other end lets it.
struct LaneSender {
    /// Octets of long messages that may be on their way.
    static let window = 256 << 10
    /// A message that is longer goes in frames of about so many octets.
    static let share = 64 << 10

    /// Octets that may be sent now of long messages.
    var room = window
    /// The messages that are not sent; of the first a part may be.
    var waiting: [LinkMessage] = []
    /// Whether the first has sent a frame.
    var isUnderWay = false

    /// Whether a message has to wait for its turn, whatever its length.
    var isWaiting: Bool { !waiting.isEmpty }

    mutating func add(_ message: LinkMessage) { waiting.append(message) }

    /// The other end has taken so many octets.
    ///
    /// - Throws: a fault for more than it was sent.
    mutating func give(_ octets: Int) throws(WireFault) {
        guard octets <= Self.window - room else { throw WireFault("a window is opened too far") }
        assert(octets > 0 && room >= 0)
        room += octets
    }

    /// Writes the next frame.
    ///
    /// - Returns: the octets of its payload; nil where there is no frame, or it has to wait for the other end.
    mutating func writeFrame(into out: inout Outbox) -> Int? {
        guard !waiting.isEmpty else {
            assert(!isUnderWay, "a message that has begun waits until its last frame")
            return nil
        }
        if let stream = waiting[0].passing?.stream { return writeFrame(of: stream, into: &out) }
        let isLong = isUnderWay || waiting[0].payload.count > Self.share
        // A text may make a frame a line longer.
        guard !isLong || room > Reply.lineLimit else { return nil }
        var header = waiting[0].header
        if isUnderWay { header = FrameHeader(lane: header.lane) }
        let contents = waiting[0].payload.take(upTo: isLong ? min(room - Reply.lineLimit, Self.share) : .max)
        header.length = contents.count
        header.hasMore = contents.leavesMore
        header.write(into: &out.octets)
        for part in contents.all { out.write(body: part) }
        if isLong { room -= header.length }
        assert(0...Self.window ~= room, "no more is on its way than the window allows")
        isUnderWay = header.hasMore
        if !isUnderWay { waiting.removeFirst() }
        return header.length
    }

    /// The octets of messages that are not sent.
    var held: Int { waiting.reduce(0) { $0 + $1.payload.count } }

    /// Nothing more is sent.
    mutating func removeAll() { (waiting, isUnderWay) = ([], false) }
}
