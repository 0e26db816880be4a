import NIOCore

/// The message of a request that a session passes on while the client is still sending it. Most sessions never have
/// one.
final class PassingBody {
    let ticket: Ticket
    let entry: Manifest.Entry
    let stream: BodyStream
    /// The number of bytes of the literal that have not arrived; nil for a text.
    private var left: Int?
    /// The number of bytes that have arrived.
    private(set) var arrived = 0
    /// The answer, if it came before the whole message arrived. This happens if the request was refused or its server
    /// was lost.
    private(set) var answer: Answer?

    init(_ ticket: Ticket, _ entry: Manifest.Entry, _ stream: BodyStream, left: Int?) {
        (self.ticket, self.entry, self.stream, self.left) = (ticket, entry, stream, left)
    }

    /// Whether the session should read more from the client. It is false while the server does not take the bytes
    /// that have already arrived.
    var takesMore: Bool { left == 0 || stream.hasRoom }

    var isText: Bool { left == nil }

    /// Whether bytes of a literal have not arrived yet.
    var isInLiteral: Bool { left.map { $0 > 0 } ?? false }

    /// Passes on the literal's bytes in `input`, if the stream has room for them.
    ///
    /// - Returns: The number of bytes that were passed on.
    func take(_ input: inout ByteBuffer) -> Int {
        guard let left, left > 0, stream.hasRoom,
            let part = input.readSlice(length: min(left, input.readableBytes))
        else { return 0 }
        self.left = left - part.readableBytes
        append(part)
        return part.readableBytes
    }

    func append(_ bytes: ByteBuffer) {
        arrived += bytes.readableBytes
        if bytes.readableBytes > 0 { stream.append(bytes) }
    }

    /// Keeps an answer that came before the whole message arrived. The rest of the message is discarded, and the
    /// session gives the answer after that.
    func answered(_ answer: Answer) {
        self.answer = answer
        stream.cancel()
    }
}
