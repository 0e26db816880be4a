import NIOCore

/// A lane at the near end of its link: the requests that wait for their replies.
final class UpstreamLane: LongMessageLane {
    /// What the other end was told last of who the lane acts for; nil where that may not be so any more.
    var identity: FrameHeader.Identity? = .nobody
    var waiting = TicketQueue()
    /// The requests that were sent, so far.
    var sent: UInt64 = 0
    var hasEnded = false
    /// Its long messages; nil until there is one.
    var traffic: LaneTraffic?
}

extension ByteBuffer {
    /// Whether the payload is a request: a reply begins with a digit.
    var beginsWithLetter: Bool {
        getInteger(at: readerIndex, as: UInt8.self).map { 0x41...0x5A ~= $0 & 0xDF } ?? false
    }
}
