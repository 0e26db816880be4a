/// What one peer may send, in octets unless said otherwise. Every limit is checked before memory is taken for it.
package struct Limits: Sendable, Equatable {
    /// A request line without its line end and without its literals.
    package var line: Int
    /// Words on a request line; the message at its end does not count.
    package var words: Int
    /// A message sent as dot-stuffed text, after unstuffing.
    package var text: Int
    /// One literal.
    package var literal: Int
    /// A literal that is too large is read and thrown away up to this size; beyond it the session ends.
    package var discard: Int
    /// Requests of one session that may be under way or waiting.
    package var pipeline: Int
    /// Octets of requests of one session that may be under way or waiting; one request is always allowed.
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

    /// A client that has logged in.
    package static let session = Limits()

    /// A client that has not: it gets no more than a log-in and a signature check need.
    package static let stranger = Limits(line: 1024, text: 64 << 10, literal: 64 << 10)

    /// The other end of a link: what a session may send, and room for what the proxy adds.
    package static let link = Limits(
        line: 64 << 10, words: 128, text: 0, literal: 32 << 20, discard: 0, pipeline: 1 << 20, waiting: 1 << 30)

    /// The largest message that one form allows, when it may be a sealed one: whatever could be sealed in a form
    /// can be opened in it, so there is room for the header and for base64.
    package static func roomForSealed(_ limit: Int) -> Int { limit / 2 * 3 + (64 << 10) }
}

/// What a session may send before and after it has logged in. Sessions share it: most are idle, and each would have room
/// for it.
package final class SessionLimits: Sendable {
    package static let standard = SessionLimits()

    package let full: Limits
    package let stranger: Limits
    /// The memory for the bodies of all sessions together; nil if it is not bounded.
    let memory: BodyMemory?

    package init(full: Limits = .session, stranger: Limits = .stranger, memory: BodyMemory? = nil) {
        (self.full, self.stranger, self.memory) = (full, stranger, memory)
    }
}
