import NIOCore

/// What waits to be written, in order: a long body as it is, not copied, and all else gathered in few buffers.
package struct Outbox: Sendable {
    /// From here on a body is not copied.
    private static let longBody = 16 << 10

    private var parts: [ByteBuffer] = []
    /// Of `parts`.
    private var partsCount = 0
    /// What comes behind them.
    package var octets = ByteBuffer()

    package init() {}

    package var isEmpty: Bool { parts.isEmpty && octets.readableBytes == 0 }

    /// How many octets there are.
    package var count: Int { partsCount + octets.readableBytes }

    /// The same; mutating, so that it is not copied to be asked.
    package mutating func size() -> Int { count }

    package mutating func write(body: ByteBuffer) {
        guard body.readableBytes >= Self.longBody else {
            octets.writeImmutableBuffer(body)
            return
        }
        if octets.readableBytes > 0 { push(octets) }
        octets = ByteBuffer()
        push(body)
    }

    private mutating func push(_ part: ByteBuffer) {
        parts.append(part)
        partsCount += part.readableBytes
    }

    /// What was taken of one, in order: `parts`, then `last`, which may be empty.
    package struct Contents {
        package let parts: [ByteBuffer]
        package let last: ByteBuffer

        package var all: [ByteBuffer] { last.readableBytes > 0 ? parts + [last] : parts }
    }

    /// Takes all of it, to be written.
    ///
    /// It is emptied before it is written: a write may, before it returns, tell of a channel that can be written to again,
    /// and whoever hears that and writes must not find the same octets. Fresh buffers take the place of those given:
    /// cleared they would be copied, since the channel may still hold them.
    package mutating func take() -> Contents {
        let contents = Contents(parts: parts, last: octets)
        octets = ByteBuffer()
        if !parts.isEmpty { (parts, partsCount) = ([], 0) }
        return contents
    }

    /// The same, if there is anything.
    package mutating func takeAny() -> Contents? { isEmpty ? nil : take() }

    /// Takes all of it in one buffer.
    package mutating func takeJoined() -> ByteBuffer {
        take().all.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer($1) }
    }
}
