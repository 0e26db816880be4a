import NIOCore

/// A request or a reply that is sent in a lane. It is an object, because an array cannot contain an outbox.
final class LinkMessage {
    /// The header of the first frame. Its length is not set, because it follows from the payload.
    let header: FrameHeader
    var payload: Outbox
    /// The memory that the message takes. It is released after the last frame is written. It is nil if the memory is
    /// not counted.
    private let hold: BodyHold?
    /// The rest of the message after `payload`; nil if the message is complete.
    var passing: Passing?

    /// A request that is sent while its message is still arriving.
    struct Passing {
        let stream: BodyStream
        /// The ticket of the request; nil after the request was taken back.
        var ticket: Ticket?
    }

    init(header: FrameHeader, payload: consuming Outbox, hold: BodyHold? = nil, passing: Passing? = nil) {
        (self.header, self.hold, self.passing) = (header, hold, passing)
        self.payload = payload
    }
}

/// The sending side of a lane at one end of its link. Messages are sent in order. A long message is sent as several
/// frames, with frames of other lanes between them, and only as far as the other end allows.
struct LaneSender {
    /// The number of bytes of long messages that may be sent before the other end has taken them.
    static let window = 256 << 10
    /// The length in bytes above which a message is sent as several frames. Each frame has about this length.
    static let share = 64 << 10

    /// The number of bytes of long messages that may be sent now.
    var room = window
    /// The messages that have not been sent completely. A part of the first one may have been sent.
    var waiting: [LinkMessage] = []
    /// Whether a frame of the first message has been sent.
    var isUnderWay = false

    /// Whether a new message must wait for others, whatever its length.
    var isWaiting: Bool { !waiting.isEmpty }

    mutating func add(_ message: LinkMessage) { waiting.append(message) }

    /// Notes that the other end has taken `bytes` bytes.
    ///
    /// - Throws: A fault if these are more bytes than were sent.
    mutating func give(_ bytes: Int) throws(WireFault) {
        guard bytes <= Self.window - room else { throw WireFault("a window is opened too far") }
        assert(bytes > 0 && room >= 0)
        room += bytes
    }

    /// Writes the next frame.
    ///
    /// - Returns: The number of bytes that left the message's `payload`; nil if no frame can be written now, for
    ///   example because the window is full.
    mutating func writeFrame(into out: inout Outbox) -> Int? {
        guard !waiting.isEmpty else {
            assert(!isUnderWay, "a message that has begun waits until its last frame")
            return nil
        }
        if let stream = waiting[0].passing?.stream { return writeFrame(of: stream, into: &out) }
        let isLong = isUnderWay || waiting[0].payload.count > Self.share
        // A text may make a frame longer by one line.
        guard !isLong || room > Reply.lineLimit else { return nil }
        var header = waiting[0].header
        if isUnderWay { header = FrameHeader(lane: header.lane) }
        let contents = waiting[0].payload.take(upTo: isLong ? min(room - Reply.lineLimit, Self.share) : .max)
        header.length = contents.count
        header.hasMore = contents.leavesMore
        header.write(into: &out.bytes)
        for part in contents.all { out.write(body: part) }
        if isLong { room -= header.length }
        assert(0...Self.window ~= room, "no more is on its way than the window allows")
        isUnderWay = header.hasMore
        if !isUnderWay { waiting.removeFirst() }
        return header.length
    }

    /// The number of message bytes that have not been sent.
    var held: Int { waiting.reduce(0) { $0 + $1.payload.count } }

    /// Discards all messages. Nothing more is sent.
    mutating func removeAll() { (waiting, isUnderWay) = ([], false) }
}
