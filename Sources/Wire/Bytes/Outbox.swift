import NIOCore

/// The bytes that wait to be written, in order. A long body is kept without a copy. A body that becomes many lines is
/// encoded only when it is taken. All other bytes are gathered in few buffers.
package struct Outbox: ~Copyable, Sendable {
    /// The length in bytes from which a body is not copied.
    private static let longBody = 16 << 10
    /// The number of bytes of a text that are encoded at once. Encoding takes longer than writing.
    private static let textShare = 256 << 10
    /// The length in bytes below which a shared buffer is copied.
    private static let shortest = 512
    /// The number of bytes that are reserved when a second reply follows the first.
    private static let room = 2048
    /// The number of bytes that may wait to be written to a client that has not logged in. Until they have left, the
    /// session answers no more of its requests.
    package static let unauthenticatedShare = 16 << 10
    /// The number of bytes that may be written at once before other sessions and links get their turn. Writing takes
    /// about as long as copying.
    package static let share = 1 << 20

    private enum Part {
        case bytes(ByteBuffer)
        case text(ReplyText)

        var count: Int {
            switch self {
            case .bytes(let bytes): bytes.readableBytes
            case .text(let text): text.count
            }
        }
    }

    private var parts: [Part] = []
    /// The number of bytes in `parts`.
    private var partsCount = 0
    /// The bytes that follow `parts`.
    package var bytes = ByteBuffer()

    package init() {}

    package var isEmpty: Bool { parts.isEmpty && bytes.readableBytes == 0 }

    /// The number of bytes that wait.
    package var count: Int { partsCount + bytes.readableBytes }

    package mutating func write(body: ByteBuffer) {
        guard body.readableBytes >= Self.longBody else { return gather(body) }
        push(.bytes(body))
    }

    /// Writes a text. It is encoded when it is taken.
    mutating func write(text: ReplyText) {
        var text = text
        guard text.count >= Self.longBody else {
            bytes.writeImmutableBuffer(text.take(.max))
            return
        }
        push(.text(text))
    }

    /// Writes bytes that other owners hold as well. They are copied only if that is cheaper.
    package mutating func write(shared: ByteBuffer) {
        guard shared.readableBytes >= Self.shortest else { return gather(shared) }
        push(.bytes(shared))
    }

    mutating func gather(_ reply: ByteBuffer) {
        write(upTo: reply.readableBytes) { $0.write(reply) }
    }

    /// Appends the bytes that `write` writes, at most `room` of them. The first reply takes only the memory that it
    /// needs. If more replies follow, memory for many of them is taken at once.
    @inline(__always)
    mutating func write(upTo room: Int, _ write: (inout BoundedWriter) -> Void) {
        if bytes.readableBytes > 0, bytes.writableBytes < room {
            bytes.reserveCapacity(minimumWritableBytes: max(room, Self.room))
        }
        bytes.write(upTo: room, write)
    }

    private mutating func push(_ part: Part) {
        if bytes.readableBytes > 0 {
            parts.append(.bytes(bytes))
            partsCount += bytes.readableBytes
            bytes = ByteBuffer()
        }
        parts.append(part)
        partsCount += part.count
    }

    /// The bytes that were taken from an outbox: first `parts`, then `last`, which may be empty.
    package struct Contents {
        package let parts: [ByteBuffer]
        package let last: ByteBuffer
        /// Whether the outbox still has bytes that were not taken.
        package var leavesMore = false

        /// The number of bytes in `parts` and `last`.
        var count: Int { parts.reduce(last.readableBytes) { $0 + $1.readableBytes } }

        package var all: [ByteBuffer] { last.readableBytes > 0 ? parts + [last] : parts }
    }

    /// Takes all bytes, which the caller then writes.
    ///
    /// The outbox is emptied before the write. A write may report that a channel is writable again before the write
    /// returns. A handler that then writes must not find the same bytes again. New buffers replace the old ones.
    /// Clearing the old ones would copy them, because the channel may still hold them.
    package mutating func take() -> Contents {
        let contents = Contents(parts: parts.isEmpty ? [] : parts.map(Self.whole), last: bytes)
        bytes = ByteBuffer()
        if !parts.isEmpty { (parts, partsCount) = ([], 0) }
        return contents
    }

    /// Takes the bytes that may be written at once; nil if the outbox is empty.
    package mutating func takeShare() -> Contents? { isEmpty ? nil : take(upTo: Self.share) }

    /// Takes about `share` bytes. A text may add up to one line.
    mutating func take(upTo share: Int) -> Contents {
        guard count > share else { return take() }
        var (taken, last, room, gone) = ([ByteBuffer](), ByteBuffer(), share, 0)
        while room > 0, gone < parts.count {
            if case .text = parts[gone] { room = min(room, Self.textShare) }
            taken.append(Self.take(room, of: &parts[gone]))
            room -= taken[taken.count - 1].readableBytes
            if parts[gone].count == 0 { gone += 1 }
        }
        parts.removeFirst(gone)
        if room > 0 { last = bytes.readSlice(length: min(room, bytes.readableBytes))! }
        partsCount = parts.reduce(0) { $0 + $1.count }
        return Contents(parts: taken, last: last, leavesMore: !isEmpty)
    }

    private static func take(_ room: Int, of part: inout Part) -> ByteBuffer {
        switch part {
        case .bytes(var bytes):
            let taken = bytes.readSlice(length: min(room, bytes.readableBytes))!
            part = .bytes(bytes)
            return taken
        case .text(var text):
            part = .bytes(ByteBuffer())  // so that the text has one owner and is not copied
            let taken = text.take(room)
            if text.count > 0 { part = .text(text) }
            return taken
        }
    }

    private static func whole(_ part: Part) -> ByteBuffer {
        var part = part
        return take(.max, of: &part)
    }

    /// Moves all bytes to the end of `other`, after a header that `write` writes. The header has at most `room`
    /// bytes. A short content is copied, and its memory is kept for the next one.
    mutating func move(to other: inout Outbox, behind room: Int, _ write: (inout BoundedWriter) -> Void) {
        let short = parts.isEmpty ? bytes.readableBytes : 0
        other.write(upTo: room + short) { writer in
            write(&writer)
            if short > 0 { writer.write(bytes) }
        }
        if !parts.isEmpty {
            for part in parts { other.push(part) }
            (parts, partsCount) = ([], 0)
            other.bytes.writeImmutableBuffer(bytes)
        }
        bytes.moveWriterIndex(to: bytes.readerIndex)
    }

    /// Takes all bytes in one buffer.
    package mutating func takeJoined() -> ByteBuffer {
        take().all.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer($1) }
    }
}
