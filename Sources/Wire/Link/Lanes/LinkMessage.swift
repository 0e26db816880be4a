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
