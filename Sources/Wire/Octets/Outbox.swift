import NIOCore

/// What waits to be written, in order: a long body as it is, not copied, one that is written as many lines before it is
/// encoded, and all else gathered in few buffers.
package struct Outbox: ~Copyable, Sendable {
    /// From here on a body is not copied.
    private static let longBody = 16 << 10
    /// How much of a text is encoded at once, which takes longer than writing.
    private static let textShare = 256 << 10
    /// The length below which a shared buffer is copied.
    private static let shortest = 512
    /// The memory that is taken for replies behind the first.
    private static let room = 2048
    /// How much may wait to be written before a client that has not logged in is answered no more.
    package static let strangersShare = 16 << 10
    /// How much of it may be written at once, before others have their turn. Writing takes about as long as copying.
    package static let share = 1 << 20

    private enum Part {
        case octets(ByteBuffer)
        case text(ReplyText)

        var count: Int {
            switch self {
            case .octets(let octets): octets.readableBytes
            case .text(let text): text.count
            }
        }
    }

    private var parts: [Part] = []
    /// Of `parts`.
    private var partsCount = 0
    /// What comes behind them.
    package var octets = ByteBuffer()

    package init() {}

    package var isEmpty: Bool { parts.isEmpty && octets.readableBytes == 0 }

    /// How many octets there are.
    package var count: Int { partsCount + octets.readableBytes }

    package mutating func write(body: ByteBuffer) {
        guard body.readableBytes >= Self.longBody else { return gather(body) }
        push(.octets(body))
    }

    /// Writes a text, which is encoded when it is taken.
    mutating func write(text: ReplyText) {
        var text = text
        guard text.count >= Self.longBody else {
            octets.writeImmutableBuffer(text.take(.max))
            return
        }
        push(.text(text))
    }

    /// Writes octets that others have too, without a copy unless that is cheaper.
    package mutating func write(shared: ByteBuffer) {
        guard shared.readableBytes >= Self.shortest else { return gather(shared) }
        push(.octets(shared))
    }

    mutating func gather(_ reply: ByteBuffer) {
        write(upTo: reply.readableBytes) { $0.write(reply) }
    }

    /// Appends what `write` writes, which is `room` octets at most. The first reply takes the memory that it needs; where more
    /// follow, memory for many of them is taken at once.
    @inline(__always)
    mutating func write(upTo room: Int, _ write: (inout Pen) -> Void) {
        if octets.readableBytes > 0, octets.writableBytes < room {
            octets.reserveCapacity(minimumWritableBytes: max(room, Self.room))
        }
        octets.write(upTo: room, write)
    }

    private mutating func push(_ part: Part) {
        if octets.readableBytes > 0 {
            parts.append(.octets(octets))
            partsCount += octets.readableBytes
            octets = ByteBuffer()
        }
        parts.append(part)
        partsCount += part.count
    }

    /// What was taken of one, in order: `parts`, then `last`, which may be empty.
    package struct Contents {
        package let parts: [ByteBuffer]
        package let last: ByteBuffer
        /// Whether there is more behind it, which was not taken.
        package var leavesMore = false

        /// Octets of all of them.
        var count: Int { parts.reduce(last.readableBytes) { $0 + $1.readableBytes } }

        package var all: [ByteBuffer] { last.readableBytes > 0 ? parts + [last] : parts }
    }

    /// Takes all of it, to be written.
    ///
    /// It is emptied before it is written: a write may, before it returns, tell of a channel that can be written to again,
    /// and whoever hears that and writes must not find the same octets. Fresh buffers take the place of those given:
    /// cleared they would be copied, since the channel may still hold them.
    package mutating func take() -> Contents {
        let contents = Contents(parts: parts.isEmpty ? [] : parts.map(Self.whole), last: octets)
        octets = ByteBuffer()
        if !parts.isEmpty { (parts, partsCount) = ([], 0) }
        return contents
    }

    /// Takes what may be written at once, if there is anything.
    package mutating func takeShare() -> Contents? { isEmpty ? nil : take(upTo: Self.share) }

    /// Takes about so many octets: a text may make it a line more.
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
        if room > 0 { last = octets.readSlice(length: min(room, octets.readableBytes))! }
        partsCount = parts.reduce(0) { $0 + $1.count }
        return Contents(parts: taken, last: last, leavesMore: !isEmpty)
    }

    private static func take(_ room: Int, of part: inout Part) -> ByteBuffer {
        switch part {
        case .octets(var octets):
            let taken = octets.readSlice(length: min(room, octets.readableBytes))!
            part = .octets(octets)
            return taken
        case .text(var text):
            part = .octets(ByteBuffer())  // so that the text has one owner and is not copied
            let taken = text.take(room)
            if text.count > 0 { part = .text(text) }
            return taken
        }
    }

    private static func whole(_ part: Part) -> ByteBuffer {
        var part = part
        return take(.max, of: &part)
    }

    /// Moves all of it behind what is in `other` and a header of at most `room` octets, which `write` writes. What is short is
    /// copied, and its memory kept for the next.
    mutating func move(to other: inout Outbox, behind room: Int, _ write: (inout Pen) -> Void) {
        let short = parts.isEmpty ? octets.readableBytes : 0
        other.write(upTo: room + short) { pen in
            write(&pen)
            if short > 0 { pen.write(octets) }
        }
        if !parts.isEmpty {
            for part in parts { other.push(part) }
            (parts, partsCount) = ([], 0)
            other.octets.writeImmutableBuffer(octets)
        }
        octets.moveWriterIndex(to: octets.readerIndex)
    }

    /// Takes all of it in one buffer.
    package mutating func takeJoined() -> ByteBuffer {
        take().all.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer($1) }
    }
}
