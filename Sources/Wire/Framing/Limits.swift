/// The limits of one peer's input, in bytes unless the property says otherwise. Every limit is checked before memory
/// is allocated for the input.
package struct Limits: Sendable, Equatable {
    /// The maximum length of a request line, without its line end and without its literals.
    package var line: Int
    /// The maximum number of words on a request line. The message at its end does not count.
    package var words: Int
    /// The maximum length of a message that is sent as dot-stuffed text, after unstuffing.
    package var text: Int
    /// The maximum length of a literal, and of all literals of one request together.
    package var literal: Int
    /// The maximum length of a refused literal that is read and discarded. A longer one ends the session.
    package var discard: Int
    /// The maximum number of unanswered requests of one session, running or waiting.
    package var pipeline: Int
    /// The maximum number of bytes in the unanswered requests of one session. A single request is always allowed.
    package var waiting: Int

    package init(
        line: Int = 4096, words: Int = 64, text: Int = 1 << 20, literal: Int = 16 << 20, discard: Int = 1 << 20,
        pipeline: Int = 128, waiting: Int = 16 << 20
    ) {
        self.line = line
        self.words = words
        self.text = text
        self.literal = literal
        self.discard = discard
        self.pipeline = pipeline
        self.waiting = waiting
    }

    /// The limits of a client that has logged in.
    package static let session = Limits()

    /// The limits of a client that has not logged in. They suffice for a log-in and for the check of a signature.
    package static let unauthenticated = Limits(line: 1024, text: 64 << 10, literal: 64 << 10)

    /// The limits of the other end of a link. They allow all that a session may send, and what the proxy adds.
    package static let link = Limits(
        line: 64 << 10, words: 128, text: 0, literal: 32 << 20, discard: 0, pipeline: 1 << 20, waiting: 1 << 30)

    /// Returns the maximum length of a sealed message in a form whose messages may have `limit` bytes. A message that
    /// can be sealed in a form can also be opened in that form, because the result allows for the header and for
    /// base64.
    package static func roomForSealed(_ limit: Int) -> Int { limit / 2 * 3 + (64 << 10) }
}

/// The limits of a session before and after its log-in. Sessions share one object, because most sessions are idle and
/// each of them would otherwise have room for the limits.
package final class SessionLimits: Sendable {
    package static let standard = SessionLimits()

    package let full: Limits
    package let unauthenticated: Limits
    /// The memory for the bodies of all sessions together, or nil if it is not limited.
    let memory: BodyMemory?

    package init(full: Limits = .session, unauthenticated: Limits = .unauthenticated, memory: BodyMemory? = nil) {
        (self.full, self.unauthenticated, self.memory) = (full, unauthenticated, memory)
    }
}
