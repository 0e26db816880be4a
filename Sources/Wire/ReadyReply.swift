import NIOCore

/// A reply as it is written to a client, made once and shared by all sessions that are given it.
package final class ReadyReply: Sendable, Equatable {
    let octets: ByteBuffer

    /// The reply has no body.
    init(_ reply: Reply) {
        var output = Outbox()
        reply.write(form: .line, result: .plain, into: &output)
        octets = output.takeJoined()
    }

    package static func == (left: ReadyReply, right: ReadyReply) -> Bool { left.octets == right.octets }
}

extension Answer {
    /// The same answer, whose reply is also there as octets.
    var madeReady: Answer {
        guard effect == nil, reply.body == nil else { return self }
        return Answer(reply, effect: .ready(ReadyReply(reply)))
    }
}
