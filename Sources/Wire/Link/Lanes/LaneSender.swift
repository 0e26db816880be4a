import NIOCore

/// The sending side of a lane at one end of its link. Messages are sent in order. A long message is sent as several
/// frames, with frames of other lanes between them, and only as far as the other end allows.
struct LaneSender {
    /// The number of bytes of long messages that may be sent before the other end has taken them.
    static let window = 256 << 10
    /// The length in bytes above which a message is sent as several frames. Each frame has about this length.
    static let share = 64 << 10

    /// The number of bytes of long messages that may be sent now.
    private var room = window
    /// The messages that have not been sent completely. A part of the first one may have been sent.
    private var waiting: [LinkMessage] = []
    /// Whether a frame of the first message has been sent.
    private var isUnderWay = false

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

    // MARK: - Messages that are still arriving

    /// Writes the next frame of the first message if enough bytes for a frame are available, or if the message has
    /// ended. If the message failed after its first frame, this writes a frame with DROP instead.
    ///
    /// - Returns: The number of the frame's bytes that came from the message's `payload` and not from `stream`; nil
    ///   if no frame can be written now.
    private mutating func writeFrame(of stream: BodyStream, into out: inout Outbox) -> Int? {
        let (held, end) = stream.status
        if isUnderWay, stream.hasFailed {
            // The owner must take the request back first (`takeFailed`), because it must not wait for a reply.
            guard waiting[0].passing?.ticket == nil else { return nil }
            var header = FrameHeader(lane: waiting[0].header.lane)
            header.isDrop = true
            header.write(into: &out.bytes)
            let bytes = waiting[0].payload.count
            finish()
            return bytes
        }
        // One frame costs the same whether it carries many bytes or few.
        let most = min(room, Self.share)
        guard most > 0, end != nil || waiting[0].payload.count + held >= most else { return nil }
        var header = isUnderWay ? FrameHeader(lane: waiting[0].header.lane) : waiting[0].header
        let contents = waiting[0].payload.take(upTo: most)
        let parts = contents.count < most ? stream.take(upTo: most - contents.count) : []
        header.length = parts.reduce(contents.count) { $0 + $1.readableBytes }
        header.hasMore = end != .complete || !stream.isOver || contents.leavesMore
        header.write(into: &out.bytes)
        for part in contents.all + parts { out.write(body: part) }
        room -= header.length
        assert(room >= 0, "no more is on its way than the window allows")
        isUnderWay = true
        if !header.hasMore { finish() }
        return contents.count
    }

    private mutating func finish() {
        waiting.removeFirst()
        isUnderWay = false
    }

    /// The number of waiting requests that were not sent completely and whose message has not failed.
    var unsent: Int { waiting.count { $0.passing?.stream.hasFailed != true } }

    /// Returns the ticket of a request whose message will never be complete, once for each request. No reply to that
    /// request will arrive.
    mutating func takeFailed() -> Ticket? {
        let index = waiting.firstIndex { $0.passing?.ticket != nil && $0.passing?.stream.hasFailed == true }
        return index.flatMap { waiting[$0].passing?.ticket.take() }
    }
}
