import NIOCore

/// A long reply that a session passes on while it comes. Releasing the object throws away what has not been passed on, and
/// lets the server send the rest.
package final class ArrivingReply: Sendable, Equatable {
    package let code: Int
    /// The lane that it comes in.
    package let lane: Lane
    package let stream: BodyStream

    init(code: Int, lane: Lane, stream: BodyStream) {
        (self.code, self.lane, self.stream) = (code, lane, stream)
    }

    deinit { stream.cancel() }

    package static func == (left: ArrivingReply, right: ArrivingReply) -> Bool { left === right }
}

/// A long reply that is coming, at the proxy's end of a link.
struct IncomingReply {
    let stream = BodyStream(count: nil)
    private var check = ReplyCheck()
    /// Octets that may still come.
    private var room = UpstreamMachine.longestMessage

    /// Takes the first frame's octets.
    ///
    /// - Returns: the reply's code; nil if the octets cannot begin a reply.
    mutating func begin(_ octets: ByteBuffer) -> Int? {
        take(octets, isLast: false)
        if stream.standing.end != nil { return nil }
        guard let code = check.code else {
            stream.end(.failed(.badReply))
            return nil
        }
        return code
    }

    /// Takes a frame's octets, and ends the reply if they are its last, or break the rules of a reply or its length.
    mutating func take(_ octets: ByteBuffer, isLast: Bool) {
        room -= octets.readableBytes
        let isRight = octets.withUnsafeReadableBytes { check.take($0) }
        if !isRight || room < 0 || isLast && !check.isComplete {
            stream.end(.failed(.badReply))
        }
        stream.append(octets)
        if isLast { stream.end(.complete) }
    }
}
