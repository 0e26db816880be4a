import NIOCore

/// The size of the buffer for a connection's next read. It doubles when a read has filled the buffer, and halves when
/// two reads in a row would have fitted into half of it.
///
/// NIO's adaptive allocator has the same rules. It is larger than the inline storage that a channel has for it, so each
/// connection would need one more object.
struct ReadSize: RecvByteBufferAllocator {
    private static let least: Int32 = 64

    private var size: Int32
    private let most: Int32
    /// Whether the last read would have fitted into half of the buffer.
    private var wasSmall = false

    /// `initial`, `most`: the first and the largest size, which are powers of two from 64 on.
    init(initial: Int, most: Int) {
        (size, self.most) = (Int32(initial), Int32(most))
        assert(Self.least <= size && size <= self.most && initial.nonzeroBitCount == 1 && most.nonzeroBitCount == 1)
    }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer { allocator.buffer(capacity: Int(size)) }

    func nextBufferSize() -> Int? { Int(size) }

    mutating func record(actualReadBytes count: Int) -> Bool {
        if count <= size / 2, size > Self.least {
            if wasSmall { size /= 2 }
            wasSmall.toggle()
            return false
        }
        wasSmall = false
        guard count >= size, size < most else { return false }
        size *= 2
        return true
    }
}
