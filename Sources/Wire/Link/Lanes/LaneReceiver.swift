import NIOCore

/// The receiving side of a lane at one end of its link. It joins frames to messages.
struct LaneReceiver {
    /// The part of a message that has arrived; nil between messages.
    private var partial: LinkFrame?
    /// Whether the bytes of the message are discarded.
    private(set) var isRefused = false
    var window = LaneWindow()

    /// The number of bytes that have arrived of an unfinished message.
    var arrived: Int { partial?.payload.readableBytes ?? 0 }

    /// Whether a message has begun and is not complete.
    var isPartial: Bool { partial != nil }

    /// Takes a frame that carries bytes of a message.
    ///
    /// - Parameter longest: The maximum length of a message in bytes. A longer message is refused.
    /// - Returns: The message with the header of its first frame, if it is complete; nil otherwise.
    /// - Throws: A fault if the other end sends more than its window allows, or if a later frame of a message changes
    ///   the lane.
    mutating func take(_ frame: LinkFrame, longest: Int) throws(WireFault) -> LinkFrame? {
        guard var partial = partial.take() else {
            guard frame.header.hasMore else { return frame }
            try note(frame)
            self.partial = isRefused ? LinkFrame(header: frame.header, payload: ByteBuffer()) : frame
            return nil
        }
        guard frame.header.peer == nil, frame.header.token == nil, frame.header.user == nil else {
            throw WireFault("a message that changes its lane after its first frame")
        }
        try note(frame)
        if partial.payload.readableBytes + frame.header.length > longest { isRefused = true }
        if isRefused {
            partial.payload = ByteBuffer()
        } else {
            var bytes = frame.payload
            partial.payload.writeBuffer(&bytes)
        }
        guard frame.header.hasMore else { return partial }
        self.partial = partial
        return nil
    }

    /// Discards the bytes of the unfinished message, and all that follow.
    mutating func refuse() {
        isRefused = true
        if let header = partial?.header { partial = LinkFrame(header: header, payload: ByteBuffer()) }
    }

    /// Returns whether the bytes of the last complete message were discarded, and resets this for the next message.
    mutating func takeRefusal() -> Bool {
        defer { isRefused = false }
        return isRefused
    }

    private mutating func note(_ frame: LinkFrame) throws(WireFault) {
        try window.came(frame.header.length)
        window.took(frame.header.length)
    }

    /// Discards the unfinished message.
    ///
    /// - Returns: false if no message has begun.
    mutating func drop() -> Bool {
        isRefused = false
        return partial.take() != nil
    }
}
