import Glibc
import NIOCore

/// A body that is written as the lines of a reply. It is encoded when it leaves, a share at a time: a long body of short
/// lines grows to many times its size, and takes long.
struct ReplyText: Sendable {
    /// How the body is cut.
    enum Cut: Sendable {
        /// The text is cut at each LF. The value is their number.
        case lineEnds(Int)
        /// The text is cut each time after so many octets.
        case width(Int)
    }

    /// The text that is not written yet.
    private var body: ByteBuffer
    private var isDone = false
    private let cut: Cut
    /// The prefix of each line but the last, and the prefix of the last line.
    private let (head, lastHead): (ByteBuffer, ByteBuffer)
    /// Octets that are still to be written.
    private(set) var count: Int

    init(_ body: ByteBuffer, _ cut: Cut, head: ByteBuffer, lastHead: ByteBuffer) {
        (self.body, self.cut, self.head, self.lastHead) = (body, cut, head, lastHead)
        let lines =
            switch cut {
            case .lineEnds(let count): count + 1
            case .width(let width): max(1, (body.readableBytes + width - 1) / width)
            }
        let lineEnds = if case .lineEnds(let count) = cut { count } else { 0 }
        count = body.readableBytes - lineEnds + lines * (head.readableBytes + 2)
    }

    /// The next lines: as many as it takes to have `room` octets, or all.
    mutating func take(_ room: Int) -> ByteBuffer {
        var output = ByteBufferAllocator().buffer(capacity: room < count ? room + Reply.lineLimit : count)
        while output.readableBytes < room, !isDone {
            let (length, gap) = nextLine
            isDone = length == body.readableBytes
            let line = body.readSlice(length: length)!
            body.moveReaderIndex(forwardBy: gap)
            let head = isDone ? lastHead : head
            output.write(upTo: head.readableBytes + length + 2) { pen in
                pen.write(head)
                pen.write(line)
                pen.writeLineEnd()
            }
        }
        count = isDone ? 0 : count - output.readableBytes
        return output
    }

    /// Octets of the next line, and of what stands between it and the one after it.
    private var nextLine: (length: Int, gap: Int) {
        switch cut {
        case .lineEnds: body.offset(of: UInt8(ascii: "\n")).map { ($0, 1) } ?? (body.readableBytes, 0)
        case .width(let width): (min(width, body.readableBytes), 0)
        }
    }
}

extension ByteBuffer {
    /// The line ends among the octets; nil if a line is longer than `longest`, or ends as the announcement of a literal
    /// does.
    func lineEnds(longest: Int) -> Int? {
        withUnsafeReadableBytes { octets in
            var (count, start, opens) = (0, 0, false)
            func isGood(_ end: Int) -> Bool {
                guard end - start <= longest else { return false }
                guard opens, end > start, octets[end - 1] == UInt8(ascii: "}") else { return true }
                return LiteralMark(endOf: octets[start..<end]) == nil
            }
            for (place, octet) in octets.enumerated() {
                if octet == UInt8(ascii: "{") { opens = true }
                guard octet == UInt8(ascii: "\n") else { continue }
                guard isGood(place) else { return nil }
                (count, start, opens) = (count + 1, place + 1, false)
            }
            return isGood(octets.count) ? count : nil
        }
    }
}
