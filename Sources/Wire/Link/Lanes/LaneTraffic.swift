import NIOCore

/// The long messages of a lane in both directions. Most lanes never have a long message, and therefore no such
/// object.
final class LaneTraffic {
    var sender = LaneSender()
    var receiver = LaneReceiver()
    /// The long reply that is arriving, at the proxy's end of the link.
    private(set) var incoming: IncomingReply?
    /// The replies whose bytes may still be in memory. The reply that is arriving is one of them.
    private var replies: [BodyStream] = []
    /// Whether the lane is queued to write a frame.
    var isQueued = false

    /// Writes a WINDOW that lets the other end send more in the lane, if enough of its bytes have left the memory.
    ///
    /// - Parameter lane: The number of the lane on the link.
    func grantWindow(in lane: Lane, into out: inout Outbox) {
        var header = FrameHeader(lane: lane)
        header.window = receiver.window.grantWindow()
        if header.window > 0 { header.write(into: &out.bytes) }
    }

    /// Takes the first frame of a long reply.
    ///
    /// - Parameter isWanted: Whether a session will pass the reply on.
    /// - Returns: The answer of which the bytes are still arriving.
    func begin(_ frame: LinkFrame, isWanted: Bool) -> Answer {
        var reply = IncomingReply()
        let code = reply.begin(frame.payload)
        incoming = reply
        replies.append(reply.stream)
        let token = frame.header.token
        // If the code cannot be read, the client cannot be told for whom it acts now. In that case the session must
        // end.
        var answer = Answer(.badReply, effect: token.map { _ in .close })
        if let code {
            answer = Answer(ArrivingReply(code: code, lane: frame.header.lane, stream: reply.stream))
            if let token { answer.effect = token.name.map { .token($0) } ?? .loggedOut }
        }
        if !isWanted || code == nil { reply.stream.cancel() }
        noteTaken()
        return answer
    }

    /// Takes a later frame of a long reply.
    func takePart(_ bytes: ByteBuffer, isLast: Bool) {
        incoming?.take(bytes, isLast: isLast)
        if isLast { incoming = nil }
        noteTaken()
    }

    /// Counts the bytes of replies that are no longer in memory.
    func noteTaken() {
        for stream in replies { receiver.window.took(stream.takeGone()) }
        replies.removeAll { $0.isOver && $0 != incoming?.stream }
    }
}

/// A lane at either end of a link.
protocol LongMessageLane: AnyObject {
    /// The long messages of the lane; nil until the first one.
    var traffic: LaneTraffic? { get set }
}

extension LongMessageLane {
    /// Returns the lane's long messages. They are created if the lane has none.
    func makeTraffic() -> LaneTraffic {
        if let traffic { return traffic }
        let new = LaneTraffic()
        traffic = new
        return new
    }
}
