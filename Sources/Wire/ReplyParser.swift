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
        guard partial.reply.more.count + 1 < maximumLines else { throw WireFault("a reply has too many lines") }
        partial.reply.more.append(text)
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

    /// Takes the three digits of a code.
    private static func code(_ line: inout ByteBuffer) -> Int? {
        var code = 0
        for _ in 0..<3 {
            guard let digit = line.readInteger(as: UInt8.self), 0x30...0x39 ~= digit else { return nil }
            code = code * 10 + Int(digit & 0x0F)
        }
        return 200..<600 ~= code ? code : nil
    }

    /// Splits `2.0.0 text`, and takes away the space before a literal.
    private static func text(_ line: ByteBuffer, literal: Bool) throws(WireFault) -> (String?, String) {
        guard line.isUTF8 else { throw WireFault("a reply that is not UTF-8") }
        return line.withUnsafeReadableBytes { octets in
            var text = octets[...]
            if literal, text.last == UInt8(ascii: " ") { text = text.dropLast() }
            guard let count = enhancedCount(text) else { return (nil, String(decoding: text, as: UTF8.self)) }
            return (
                String(decoding: text.prefix(count), as: UTF8.self),
                String(decoding: text.dropFirst(count + 1), as: UTF8.self)
            )
        }
    }

    /// How long the enhanced code is with which a text begins: three numbers of one to three digits (RFC 3463).
    private static func enhancedCount(_ text: Slice<UnsafeRawBufferPointer>) -> Int? {
        var (dots, digits, count) = (0, 0, 0)
        for octet in text {
            switch octet {
            case UInt8(ascii: "0")...UInt8(ascii: "9") where digits < 3: digits += 1
            case UInt8(ascii: ".") where dots < 2 && digits > 0: (dots, digits) = (dots + 1, 0)
            case UInt8(ascii: " "): return dots == 2 && digits > 0 ? count : nil
            default: return nil
            }
            count += 1
        }
        return dots == 2 && digits > 0 ? count : nil
    }
}
