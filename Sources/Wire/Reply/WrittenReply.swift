import NIOCore

/// One reply, encoded for its client.
package struct WrittenReply: Sendable, Equatable {
    package let code: Int
    let bytes: ByteBuffer

    init(code: Int, bytes: ByteBuffer) {
        (self.code, self.bytes) = (code, bytes)
    }

    /// Accepts bytes from another process. Returns nil unless they are exactly one reply.
    init?(checking bytes: ByteBuffer) {
        var check = ReplyCheck()
        guard bytes.withUnsafeReadableBytes({ check.take($0) }), check.isComplete, let code = check.code else {
            return nil
        }
        (self.code, self.bytes) = (code, bytes)
    }

    /// Returns the parsed reply, or nil if the bytes cannot be parsed.
    func read() -> Reply? { Reply(reading: bytes) }
}

extension Reply {
    /// Parses bytes that are exactly one reply. Returns nil if they are not.
    package init?(reading bytes: ByteBuffer) {
        var (bytes, stream, body) = (bytes, ReplyStream(limits: .link), ByteBuffer())
        guard case .head(let head)? = try? stream.next(&bytes) else { return nil }
        self = head.reply
        if head.bodyCount != nil {
            var isComplete = false
            while !isComplete, let event = try? stream.next(&bytes) {
                switch event {
                case .part(var part): body.writeBuffer(&part)
                case .end: isComplete = true
                case .head: return nil
                }
            }
            guard isComplete else { return nil }
            self.body = body
        }
        guard bytes.readableBytes == 0 else { return nil }
    }
}

extension Failure {
    /// The refusal to a client whose server or plugin has sent an answer that is not exactly one reply.
    package static let badReply = Failure(
        451, "4.3.0", "The server's answer cannot be read; the command may or may not have been run")
}
