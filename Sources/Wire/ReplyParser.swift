import NIOCore

/// A peer that does not speak the protocol; its connection ends.
package struct WireFault: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// Reads replies, and the lines of a link among them, as they arrive. Incomplete is not invalid: nil asks for more.
package struct ReplyParser {
    package enum Event: Equatable {
        /// A reply, and its lane on a link.
        case reply(Reply, lane: UInt64?)
        /// A line of the link's own, without the `*` and the space.
        case link(Frame)
    }

    private let limits: Limits
    private let isLink: Bool
    private var framer: Framer
    private var partial: (reply: Reply, lane: UInt64?)?

    /// Lines of one reply at most; the longest text has as many.
    private let maximumLines: Int

    /// `isLink`: replies stand behind a lane, and the link's own lines may come between them.
    package init(limits: Limits, isLink: Bool, maximumLines: Int = 1 << 20) {
        self.limits = limits
        self.isLink = isLink
        self.maximumLines = maximumLines
        framer = Framer(readsTelnet: false)
    }

    package mutating func next(_ buffer: inout ByteBuffer) throws(WireFault) -> Event? {
        while let event = framer.next(&buffer, limits: limits) {
            switch event {
            case .announced(let frame, let mark):
                // What a literal's line says about itself in a reply is `{n}`: its octets follow at once.
                guard mark.count <= limits.literal, frame.tails.isEmpty else {
                    throw WireFault("a literal in a reply is too large")
                }
                framer.takeLiteral()
            case .frame(let frame):
                if let event = try read(frame) { return event }
            case .failed(let failure, _):
                throw WireFault("a reply breaks the grammar: \(failure.text)")
            case .text, .answer, .telnet:
                throw WireFault("a reply breaks the grammar")
            }
        }
        return nil
    }

    private mutating func read(_ frame: Frame) throws(WireFault) -> Event? {
        var line = frame.head
        var lane: UInt64?
        if isLink {
            switch line.getInteger(at: line.readerIndex, as: UInt8.self) {
            case UInt8(ascii: "*"):
                return .link(try frame.linkLine())
            case UInt8(ascii: "#"):
                lane = try line.readLane()
            default:
                break
            }
        }
        guard let code = Self.code(&line) else { throw WireFault("a reply without a code") }
        let separator = line.readInteger(as: UInt8.self) ?? UInt8(ascii: " ")
        let (enhanced, text) = try Self.text(line, literal: !frame.tails.isEmpty)
        try add(code, enhanced, text, lane)
        switch separator {
        case UInt8(ascii: "-"):
            guard frame.tails.isEmpty else { throw WireFault("a literal in the middle of a reply") }
            return nil
        case UInt8(ascii: " "):
            return finish(try Self.body(frame))
        default:
            throw WireFault("a reply without a code")
        }
    }

    private mutating func add(_ code: Int, _ enhanced: String?, _ text: String, _ lane: UInt64?) throws(WireFault) {
        guard var partial else {
            self.partial = (Reply(code, enhanced, text), lane)
            return
        }
        guard partial.reply.code == code, partial.lane == lane else {
            throw WireFault("the lines of a reply differ in their code or lane")
        }
        guard partial.reply.lines.count < maximumLines else { throw WireFault("a reply has too many lines") }
        partial.reply.lines.append(text)
        self.partial = partial
    }

    private mutating func finish(_ body: ByteBuffer?) -> Event {
        var (reply, lane) = partial!
        partial = nil
        reply.body = body
        return .reply(reply, lane: lane)
    }

    private static func body(_ frame: Frame) throws(WireFault) -> ByteBuffer? {
        guard let tail = frame.tails.first else { return nil }
        guard frame.tails.count == 1, tail.text.readableBytes == 0 else { throw WireFault("text behind a literal") }
        return tail.literal
    }

    private static func code(_ line: inout ByteBuffer) -> Int? {
        guard let digits = line.readSlice(length: 3), let code = Int(String(buffer: digits)) else { return nil }
        return 200..<600 ~= code ? code : nil
    }

    /// Splits `2.0.0 text`, and takes away the space before a literal.
    private static func text(_ line: ByteBuffer, literal: Bool) throws(WireFault) -> (String?, String) {
        guard var text = String(validating: line.readableBytesView, as: UTF8.self)?[...] else {
            throw WireFault("a reply that is not UTF-8")
        }
        if literal, text.last == " " { text = text.dropLast() }
        let word = text.prefix { $0 != " " }
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ 1...3 ~= $0.utf8.count && $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } })
        else {
            return (nil, String(text))
        }
        return (String(word), String(text.dropFirst(word.count + 1)))
    }
}
