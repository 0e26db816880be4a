import NIOCore

/// A peer that does not speak the protocol; its connection ends.
package struct WireFault: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// Reads what comes over a link as it arrives: replies behind their lanes, and the link's own lines among them.
/// Incomplete is not invalid: nil asks for more.
package struct ReplyParser {
    package enum Event: Equatable {
        /// A reply, and its lane.
        case reply(Reply, lane: UInt64?)
        /// A line of the link's own, without the `*` and the space.
        case link(Frame)
        /// A request in the other direction, its lane taken off.
        case request(Frame, lane: UInt64)
    }

    private let limits: Limits
    private let takesRequests: Bool
    private var framer: Framer
    private var lines: ReplyLines

    /// `takesRequests`: behind a lane a request may stand in the place of a reply; it begins with a letter, not a digit.
    package init(
        limits: Limits, maximumLines: Int = 1 << 20, maximumOctets: Int = 64 << 20, takesRequests: Bool = false
    ) {
        self.limits = limits
        self.takesRequests = takesRequests
        lines = ReplyLines(maximumLines: maximumLines, maximumOctets: maximumOctets)
        framer = Framer(readsTelnet: false)
    }

    package mutating func next(_ buffer: inout ByteBuffer) throws(WireFault) -> Event? {
        while let event = framer.next(&buffer, limits: limits) {
            switch event {
            case .announced(let frame, let mark):
                // What a literal's line says about itself in a reply is `{n}`: its octets follow at once.
                let mostLiterals = takesRequests ? limits.words : 1
                guard mark.count <= limits.literal - frame.literalSize, frame.tails.count < mostLiterals else {
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
        guard !framer.isPassingOver else { throw WireFault("a line is too long") }
        return nil
    }

    private mutating func read(_ frame: Frame) throws(WireFault) -> Event? {
        var line = frame.head
        var lane: UInt64?
        switch line.getInteger(at: line.readerIndex, as: UInt8.self) {
        case UInt8(ascii: "*"):
            return .link(try frame.linkLine())
        case UInt8(ascii: "#"):
            lane = try line.readLane()
        default:
            break
        }
        if let lane, takesRequests, line.beginsWithLetter {
            return .request(Frame(head: line, tails: frame.tails), lane: lane)
        }
        guard try lines.take(line, lane: lane, hasLiteral: !frame.tails.isEmpty) else { return nil }
        let (reply, replyLane) = lines.finish(try Self.body(frame))
        return .reply(reply, lane: replyLane)
    }

    private static func body(_ frame: Frame) throws(WireFault) -> ByteBuffer? {
        guard let tail = frame.tails.first else { return nil }
        guard frame.tails.count == 1, tail.text.readableBytes == 0 else { throw WireFault("text behind a literal") }
        return tail.literal
    }
}

extension ByteBuffer {
    fileprivate var beginsWithLetter: Bool {
        getInteger(at: readerIndex, as: UInt8.self).map { 0x41...0x5A ~= $0 & 0xDF } ?? false
    }
}
