import NIOCore

/// The part of a reply before its body.
package struct ReplyHead: Sendable, Equatable {
    /// The reply without its body.
    package let reply: Reply
    /// The length in bytes of the body that follows, or nil if the reply has no body.
    package let bodyCount: Int?

    package init(_ reply: Reply, bodyCount: Int? = nil) {
        self.reply = reply
        self.bodyCount = bodyCount
    }
}

/// Parses the replies that a client gets. Bodies are returned in parts as they arrive, which spares the client from
/// holding a large body. `next` returns nil if more input is needed, because an incomplete reply is not invalid.
package struct ReplyStream {
    package enum Event: Equatable {
        /// The beginning of a reply. If it has a body, `part` and `end` follow.
        case head(ReplyHead)
        case part(ByteBuffer)
        /// The body and its line end are complete.
        case end
    }

    private enum State {
        case lines
        /// The value is the number of bytes of the body that have not arrived.
        case body(Int)
        case lineEnd
    }

    private let limits: Limits
    private var framer = Framer(readsTelnet: false)
    private var lines: ReplyLines
    private var state = State.lines

    package init(limits: Limits, maximumLines: Int = 1 << 20, maximumBytes: Int = 8 << 20) {
        self.limits = limits
        lines = ReplyLines(maximumLines: maximumLines, maximumBytes: maximumBytes)
    }

    package mutating func next(_ buffer: inout ByteBuffer) throws(WireFault) -> Event? {
        if case .body(let rest) = state {
            if rest > 0 { return takePart(&buffer, rest) }
            state = .lineEnd
        }
        while let event = framer.next(&buffer, limits: limits) {
            if let event = try read(event) { return event }
        }
        // The line is refused in any case, and its end may never come.
        guard !framer.state.isSkipping else { throw WireFault("a line of a reply is too long") }
        return nil
    }

    private mutating func takePart(_ buffer: inout ByteBuffer, _ rest: Int) -> Event? {
        guard let part = buffer.readSlice(length: min(rest, buffer.readableBytes)), part.readableBytes > 0 else {
            return nil
        }
        state = .body(rest - part.readableBytes)
        return .part(part)
    }

    private mutating func read(_ event: Framer.Event) throws(WireFault) -> Event? {
        switch (event, state) {
        case (.announced(let frame, let mark), .lines):
            guard mark.count <= limits.literal else { throw WireFault("a literal in a reply is too large") }
            guard try lines.take(frame.head, hasLiteral: true) else { return nil }
            framer.passLiteral()
            state = .body(mark.count)
            return .head(ReplyHead(lines.finish(), bodyCount: mark.count))
        case (.line(let frame), .lines):
            guard try lines.take(frame.head, hasLiteral: false) else { return nil }
            return .head(ReplyHead(lines.finish()))
        case (.line(let frame), .lineEnd):
            guard frame.tails.last?.text.readableBytes == 0 else { throw WireFault("text after a literal") }
            state = .lines
            return .end
        case (.announced, _):
            throw WireFault("a literal after a literal")
        case (.failed(let failure, _), _):
            throw WireFault("a reply breaks the grammar: \(failure.text)")
        case (.text, _), (.answer, _), (.telnet, _), (.line, _):
            throw WireFault("a reply breaks the grammar")
        }
    }
}
