import NIOCore

/// The receiving side of a lane at one end of its link. It puts frames together to messages.
struct LaneReceiver {
    /// The part of a message that has come; nil between messages.
    private var partial: LinkFrame?
    /// Whether the octets of the message are thrown away.
    private(set) var isRefused = false
    var window = LaneWindow()

    /// Octets that have come of a message that goes on.
    var arrived: Int { partial?.payload.readableBytes ?? 0 }

    /// Whether a message has begun and goes on.
    var isPartial: Bool { partial != nil }

    /// Takes a frame that has a message's octets.
    ///
    /// - Parameter longest: octets of a message at most; a longer one is refused.
    /// - Returns: the message with the header of its first frame, when it is complete.
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
            var octets = frame.payload
            partial.payload.writeBuffer(&octets)
        }
        guard frame.header.hasMore else { return partial }
        self.partial = partial
        return nil
    }

    /// Throws away the octets of the message that has begun.
    mutating func refuse() {
        isRefused = true
        if let header = partial?.header { partial = LinkFrame(header: header, payload: ByteBuffer()) }
    }

    /// Whether the message that was given last had its octets thrown away; asked once.
    mutating func takeRefusal() -> Bool {
        defer { isRefused = false }
        return isRefused
    }

    private mutating func note(_ frame: LinkFrame) throws(WireFault) {
        try window.came(frame.header.length)
        window.took(frame.header.length)
    }

    /// Forgets the message that has begun.
    ///
    /// - Returns: false if there is none.
    mutating func drop() -> Bool {
        isRefused = false
        return partial.take() != nil
    }
}
