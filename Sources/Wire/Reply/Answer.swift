import NIOCore

/// What a session does with an answer beyond writing its reply.
package enum Effect: Sendable, Equatable {
    /// The session now acts with this token. Indirect, since it is rare and every answer would have room for it.
    indirect case token(String)
    /// The session acts for nobody any more.
    case loggedOut
    /// The session ends once the reply is written.
    case close
    /// TLS begins once the reply is written.
    case startTLS
}

/// A reply and what it does to the session.
public struct Answer: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        /// A reply that is written for its client where it leaves.
        case reply(Reply)
        /// A reply that is already written as its client reads it.
        case written(WrittenReply)
        /// A reply that is written so, of which the rest is still to come.
        case arriving(ArrivingReply)
    }

    package let content: Content
    package var effect: Effect?

    /// An answer that does nothing to the session.
    public init(_ reply: Reply) {
        self.init(reply, effect: nil)
    }

    package init(_ reply: Reply, effect: Effect?) {
        (content, self.effect) = (.reply(reply), effect)
    }

    package init(_ reply: WrittenReply, effect: Effect? = nil) {
        (content, self.effect) = (.written(reply), effect)
    }

    package init(_ reply: ArrivingReply, effect: Effect? = nil) {
        (content, self.effect) = (.arriving(reply), effect)
    }

    package init(_ failure: Failure, effect: Effect? = nil) {
        self.init(failure.reply, effect: effect)
    }

    package var code: Int {
        switch content {
        case .reply(let reply): reply.code
        case .written(let written): written.code
        case .arriving(let arriving): arriving.code
        }
    }

    /// The reply of which the rest is still to come; nil for others.
    package var arriving: ArrivingReply? { if case .arriving(let reply) = content { reply } else { nil } }

    /// The reply; one that is written is read again. One that is still to come has its code only.
    package var reply: Reply {
        switch content {
        case .reply(let reply): reply
        case .written(let written): written.read() ?? Failure.badReply.reply
        case .arriving(let arriving): Reply(arriving.code, nil, "")
        }
    }

    /// The reply's enhanced code; nil if it has none.
    package var enhanced: String? {
        switch content {
        case .reply(let reply): reply.enhanced
        case .written, .arriving: reply.enhanced
        }
    }

    /// Octets that it holds until it is written, but for short texts.
    var size: Int {
        switch content {
        case .reply(let reply): reply.body?.readableBytes ?? 0
        case .written(let written): written.octets.readableBytes
        case .arriving: BodyStream.share
        }
    }

    /// The same answer with its reply written, for all who get it; itself where that depends on who gets it.
    var written: Answer {
        guard case .reply(let reply) = content, reply.body == nil else { return self }
        return Answer(WrittenReply(code: reply.code, octets: octets()), effect: effect)
    }

    /// The reply as its client reads it. `form`, `result`: see `Reply.write`.
    package func octets(form: BodyForm = .line, result: ResultKind = .plain) -> ByteBuffer {
        var output = Outbox()
        write(form: form, result: result, into: &output)
        return output.takeJoined()
    }

    /// Writes the reply to a client. `form`, `result`: see `Reply.write`.
    func write(form: BodyForm, result: ResultKind, into out: inout Outbox) {
        switch content {
        case .reply(let reply): reply.write(form: form, result: result, into: &out)
        case .written(let written): out.write(shared: written.octets)
        case .arriving: break
        }
    }
}

/// How a request carried its message, which is how the answer's body is written: like in, like out.
package enum BodyForm: Sendable, Equatable {
    /// On the request line.
    case line
    /// As dot-stuffed lines, after 354.
    case text
    /// As a literal.
    case literal

    /// The form as a link says it. It is static, so that a request is written without a String.
    var word: StaticString {
        switch self {
        case .line: "line"
        case .text: "text"
        case .literal: "literal"
        }
    }

    init?(octets: some BidirectionalCollection<UInt8>) {
        // Of different lengths, all of them.
        let form: BodyForm =
            switch octets.count {
            case 4: octets.last == UInt8(ascii: "t") ? .text : .line
            default: .literal
            }
        guard form.word.withUTF8Buffer({ $0.elementsEqual(octets) }) else { return nil }
        self = form
    }
}
