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
}

/// These go by way of the initialiser that the compiler makes: it moves what it is given, and others copy it.
extension Answer {
    /// An answer that does nothing to the session.
    public init(_ reply: consuming Reply) { self.init(content: .reply(reply)) }

    package init(_ reply: consuming Reply, effect: Effect?) { self.init(content: .reply(reply), effect: effect) }

    package init(_ reply: WrittenReply, effect: Effect? = nil) { self.init(content: .written(reply), effect: effect) }

    package init(_ reply: ArrivingReply, effect: Effect? = nil) { self.init(content: .arriving(reply), effect: effect) }

    package init(_ failure: Failure, effect: Effect? = nil) {
        self.init(content: .reply(failure.reply), effect: effect)
    }

    /// The refusal that an error of a command becomes, where commands throw failures alone.
    package init(refusing error: any Error) {
        self.init(error as? Failure ?? .internalError)
    }

    package var code: Int {
        switch content {
        case .reply(let reply): reply.code
        case .written(let written): written.code
        case .arriving(let arriving): arriving.code
        }
    }

    /// Who the session acts for after the answer, by the token that it brings; nil if that does not change.
    var identity: FrameHeader.Identity? {
        switch effect {
        case .token(let token): .named(token)
        case .loggedOut: .nobody
        case .close, .startTLS, nil: nil
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
        content.write(form: form, result: result, into: &out)
    }
}

extension Answer.Content {
    fileprivate borrowing func write(form: BodyForm, result: ResultKind, into out: inout Outbox) {
        switch self {
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
}
