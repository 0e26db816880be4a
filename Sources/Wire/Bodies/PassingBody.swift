import NIOCore

/// A request's message that a session passes on while it comes from the client. Most sessions never have one.
final class PassingBody {
    let ticket: Ticket
    let entry: Manifest.Entry
    let stream: BodyStream
    /// Octets of the literal that have not come; nil for a text.
    private var left: Int?
    /// Octets that have come.
    private(set) var arrived = 0
    /// The answer, if there was one before the message had come: the request was refused, or its server was lost.
    private(set) var answer: Answer?

    init(_ ticket: Ticket, _ entry: Manifest.Entry, _ stream: BodyStream, left: Int?) {
        (self.ticket, self.entry, self.stream, self.left) = (ticket, entry, stream, left)
    }

    /// Whether the client is to send more. If not, the server takes no more of what has come.
    var takesMore: Bool { left == 0 || stream.hasRoom }

    var isText: Bool { left == nil }

    /// Whether octets of a literal are to come.
    var isInLiteral: Bool { left.map { $0 > 0 } ?? false }

    /// Passes on what there is of the literal, as far as there is room for it.
    ///
    /// - Returns: the number of octets.
    func take(_ input: inout ByteBuffer) -> Int {
        guard let left, left > 0, stream.hasRoom,
            let part = input.readSlice(length: min(left, input.readableBytes))
        else { return 0 }
        self.left = left - part.readableBytes
        append(part)
        return part.readableBytes
    }

    func append(_ octets: ByteBuffer) {
        arrived += octets.readableBytes
        if octets.readableBytes > 0 { stream.append(octets) }
    }

    /// The request was answered. The rest of its message is thrown away, and the answer is given after that.
    func answered(_ answer: Answer) {
        self.answer = answer
        stream.cancel()
    }
}
