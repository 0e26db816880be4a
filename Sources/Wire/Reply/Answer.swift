import NIOCore

/// The effect of an answer on the session, in addition to the reply.
package enum Effect: Sendable, Equatable {
    /// The session acts with this token from now on. The case is indirect because it is rare, and because every
    /// answer would otherwise have room for a token.
    indirect case token(String)
    /// The session no longer acts for any account.
    case loggedOut
    /// The session ends after the reply was written.
    case close
    /// TLS begins after the reply was written.
    case startTLS
}

/// A reply and its effect on the session.
public struct Answer: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        /// A reply that is encoded when it is sent to its client.
        case reply(Reply)
        /// A reply that is already encoded for its client.
        case written(WrittenReply)
        /// A reply that is already encoded and is still arriving.
        case arriving(ArrivingReply)
    }

    package let content: Content
    package var effect: Effect?
}

/// These initialisers call the memberwise initialiser that the compiler generates, because it moves its arguments.
/// Other initialisers would copy them.
extension Answer {
    /// Makes an answer without an effect on the session.
    public init(_ reply: consuming Reply) { self.init(content: .reply(reply)) }

    package init(_ reply: consuming Reply, effect: Effect?) { self.init(content: .reply(reply), effect: effect) }

    package init(_ reply: WrittenReply, effect: Effect? = nil) { self.init(content: .written(reply), effect: effect) }

    package init(_ reply: ArrivingReply, effect: Effect? = nil) { self.init(content: .arriving(reply), effect: effect) }

    package init(_ failure: Failure, effect: Effect? = nil) {
        self.init(content: .reply(failure.reply), effect: effect)
    }

    /// Makes the refusal that reports an error of a command. Commands here throw only failures, and any other error
    /// becomes `internalError`.
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

    /// The account or token for which the session acts after the answer, or nil if the answer does not change it.
    var identity: FrameHeader.Identity? {
        switch effect {
        case .token(let token): .named(token)
        case .loggedOut: .nobody
        case .close, .startTLS, nil: nil
        }
    }

    /// The reply if it is still arriving, or nil.
    package var arriving: ArrivingReply? { if case .arriving(let reply) = content { reply } else { nil } }

    /// The reply. An encoded reply is parsed for this. A reply that is still arriving has only its code.
    package var reply: Reply {
        switch content {
        case .reply(let reply): reply
        case .written(let written): written.read() ?? Failure.badReply.reply
        case .arriving(let arriving): Reply(arriving.code, nil, "")
        }
    }

    /// The enhanced code of the reply, or nil if it has none.
    package var enhanced: String? {
        switch content {
        case .reply(let reply): reply.enhanced
        case .written, .arriving: reply.enhanced
        }
    }

    /// The approximate number of bytes that the answer holds until it is written. Texts of a reply do not count.
    var size: Int {
        switch content {
        case .reply(let reply): reply.body?.readableBytes ?? 0
        case .written(let written): written.bytes.readableBytes
        case .arriving: BodyStream.share
        }
    }

    /// The same answer with its reply encoded, which every client can get. An answer with a body is returned
    /// unchanged, because its encoding depends on the request.
    var written: Answer {
        guard case .reply(let reply) = content, reply.body == nil else { return self }
        return Answer(WrittenReply(code: reply.code, bytes: bytes()), effect: effect)
    }

    /// Returns the reply encoded for its client. `Reply.write` explains `form` and `result`.
    package func bytes(form: BodyForm = .line, result: ResultKind = .plain) -> ByteBuffer {
        var output = Outbox()
        write(form: form, result: result, into: &output)
        return output.takeJoined()
    }

    /// Writes the reply for its client to `out`. `Reply.write` explains `form` and `result`.
    func write(form: BodyForm, result: ResultKind, into out: inout Outbox) {
        content.write(form: form, result: result, into: &out)
    }
}

extension Answer.Content {
    fileprivate borrowing func write(form: BodyForm, result: ResultKind, into out: inout Outbox) {
        switch self {
        case .reply(let reply): reply.write(form: form, result: result, into: &out)
        case .written(let written): out.write(shared: written.bytes)
        case .arriving: break
        }
    }
}

/// The way in which a request carried its message. The body of the answer is written in the same way.
package enum BodyForm: Sendable, Equatable {
    /// The message was on the request line.
    case line
    /// The message was sent as dot-stuffed lines after 354.
    case text
    /// The message was sent as a literal.
    case literal

    /// The name of the form on a link. It is a static string, because writing a request then allocates no String.
    var word: StaticString {
        switch self {
        case .line: "line"
        case .text: "text"
        case .literal: "literal"
        }
    }
}
