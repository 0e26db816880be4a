import NIOCore

/// Sends messages of a lane while they are still arriving.
extension LaneSender {
    /// Writes the next frame of the first message if enough bytes for a frame are available, or if the message has
    /// ended. If the message failed after its first frame, this writes a frame with DROP instead.
    ///
    /// - Returns: The number of the frame's bytes that came from the message's `payload` and not from `stream`; nil
    ///   if no frame can be written now.
    mutating func writeFrame(of stream: BodyStream, into out: inout Outbox) -> Int? {
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
