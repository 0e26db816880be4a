import NIOCore

/// A long reply that a session passes on while the reply is still arriving. Releasing the object discards the bytes
/// that were not passed on, and the server may then send the rest.
package final class ArrivingReply: Sendable, Equatable {
    package let code: Int
    /// The lane in which the reply arrives.
    package let lane: Lane
    package let stream: BodyStream

    init(code: Int, lane: Lane, stream: BodyStream) {
        (self.code, self.lane, self.stream) = (code, lane, stream)
    }

    deinit { stream.cancel() }

    package static func == (left: ArrivingReply, right: ArrivingReply) -> Bool { left === right }
}

/// A long reply that is arriving at the proxy's end of a link.
struct IncomingReply {
    let stream = BodyStream(count: nil)
    private var check = ReplyCheck()
    /// The number of bytes that the reply may still have before it is too long.
    private var room = UpstreamMachine.longestMessage

    /// Takes the bytes of the reply's first frame.
    ///
    /// - Returns: The code of the reply; nil if the bytes cannot begin a reply.
    mutating func begin(_ bytes: ByteBuffer) -> Int? {
        take(bytes, isLast: false)
        if stream.status.end != nil { return nil }
        guard let code = check.code else {
            stream.end(.failed(.badReply))
            return nil
        }
        return code
    }

    /// Takes the bytes of one frame. The reply ends if they are the last, if they break the grammar of a reply, or if
    /// the reply becomes too long.
    mutating func take(_ bytes: ByteBuffer, isLast: Bool) {
        room -= bytes.readableBytes
        let isRight = bytes.withUnsafeReadableBytes { check.take($0) }
        if !isRight || room < 0 || isLast && !check.isComplete {
            stream.end(.failed(.badReply))
        }
        stream.append(bytes)
        if isLast { stream.end(.complete) }
    }
}
