import Glibc
import NIOCore

/// A body that is written as the lines of a reply. It is encoded in parts as it is sent, because many short lines
/// make it much larger, and encoding all of it takes long.
struct ReplyText: Sendable {
    /// The way in which the body is cut into lines.
    enum Cut: Sendable {
        /// The text is cut at each LF. The value is the number of LFs.
        case lineEnds(Int)
        /// The text is cut each time after this number of bytes.
        case width(Int)
    }

    /// The part of the text that has not been encoded.
    private var body: ByteBuffer
    private var isDone = false
    private let cut: Cut
    /// The prefix of each line but the last, and the prefix of the last line.
    private let (head, lastHead): (ByteBuffer, ByteBuffer)
    /// The number of bytes that have not been encoded, counted as they will be written.
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

    /// Returns the next lines: as many as are needed for at least `room` bytes, or all that are left.
    mutating func take(_ room: Int) -> ByteBuffer {
        var output = ByteBufferAllocator().buffer(capacity: room < count ? room + Reply.lineLimit : count)
        while output.readableBytes < room, !isDone {
            let (length, gap) = nextLine
            isDone = length == body.readableBytes
            let line = body.readSlice(length: length)!
            body.moveReaderIndex(forwardBy: gap)
            let head = isDone ? lastHead : head
            output.write(upTo: head.readableBytes + length + 2) { writer in
                writer.write(head)
                writer.write(line)
                writer.writeLineEnd()
            }
        }
        count = isDone ? 0 : count - output.readableBytes
        return output
    }

    /// The length of the next line in bytes, and the number of bytes between it and the line after it.
    private var nextLine: (length: Int, gap: Int) {
        switch cut {
        case .lineEnds: body.offset(of: UInt8(ascii: "\n")).map { ($0, 1) } ?? (body.readableBytes, 0)
        case .width(let width): (min(width, body.readableBytes), 0)
        }
    }
}

extension ByteBuffer {
    /// Returns the number of LFs in the bytes. Returns nil if a line is longer than `longest`, or if it ends in a
    /// literal mark.
    func lineEnds(longest: Int) -> Int? {
        withUnsafeReadableBytes { bytes in
            var (count, start, opens) = (0, 0, false)
            func isGood(_ end: Int) -> Bool {
                guard end - start <= longest else { return false }
                guard opens, end > start, bytes[end - 1] == UInt8(ascii: "}") else { return true }
                return LiteralMark(endOf: bytes[start..<end]) == nil
            }
            for (index, byte) in bytes.enumerated() {
                if byte == UInt8(ascii: "{") { opens = true }
                guard byte == UInt8(ascii: "\n") else { continue }
                guard isGood(index) else { return nil }
                (count, start, opens) = (count + 1, index + 1, false)
            }
            return isGood(bytes.count) ? count : nil
        }
    }
}
