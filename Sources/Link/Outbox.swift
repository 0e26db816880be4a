import NIOCore

/// What waits to be written.
///
/// It is emptied before it is written: a write may, before it returns, tell of a channel that can be written to again,
/// and whoever hears that and writes must not find the same octets.
struct Outbox {
    var octets = ByteBuffer()

    var isEmpty: Bool { octets.readableBytes == 0 }

    /// A fresh buffer takes the place of the one given: cleared it would be copied, since the channel may still hold it.
    mutating func take() -> ByteBuffer {
        defer { octets = ByteBuffer() }
        return octets
    }
}
