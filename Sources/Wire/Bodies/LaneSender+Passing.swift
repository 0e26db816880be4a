import NIOCore

/// Messages that a lane passes on while they come.
extension LaneSender {
    /// Writes the next frame of the first message, if there is enough of it for one, or its end.
    ///
    /// - Returns: the octets of what was there from the beginning; nil where there is no frame for now.
    mutating func writeFrame(of stream: BodyStream, into out: inout Outbox) -> Int? {
        let (held, end) = stream.standing
        if isUnderWay, stream.hasFailed {
            // First the request is taken back, so that no reply is waited for.
            guard waiting[0].passing?.ticket == nil else { return nil }
            var header = FrameHeader(lane: waiting[0].header.lane)
            header.isDrop = true
            header.write(into: &out.octets)
            let octets = waiting[0].payload.count
            finish()
            return octets
        }
        // A frame of many octets costs no more than one of few.
        let most = min(room, Self.share)
        guard most > 0, end != nil || waiting[0].payload.count + held >= most else { return nil }
        var header = isUnderWay ? FrameHeader(lane: waiting[0].header.lane) : waiting[0].header
        let contents = waiting[0].payload.take(upTo: most)
        let parts = contents.count < most ? stream.take(upTo: most - contents.count) : []
        header.length = parts.reduce(contents.count) { $0 + $1.readableBytes }
        header.hasMore = end != .complete || !stream.isOver || contents.leavesMore
        header.write(into: &out.octets)
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

    /// The number of requests of which not all has been sent and that were not dropped.
    var unsent: Int { waiting.count { $0.passing?.stream.hasFailed != true } }

    /// Returns a request, once, whose message will not be complete: there is no reply for it.
    mutating func takeFailed() -> Ticket? {
        let place = waiting.firstIndex { $0.passing?.ticket != nil && $0.passing?.stream.hasFailed == true }
        return place.flatMap { waiting[$0].passing?.ticket.take() }
    }
}
