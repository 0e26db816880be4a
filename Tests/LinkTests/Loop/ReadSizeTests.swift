import NIOCore
import Testing

@testable import Link

@Suite("The size of a connection's next read")
struct ReadSizeTests {
    @Test("The size doubles after a read that fills the buffer, and halves after two that fill at most half of it")
    func sizes() {
        var size = ReadSize(initial: 64, most: 256)
        var sizes: [Int?] = []
        for count in [64, 128, 256, 300, 128, 129, 10, 10, 10, 64, 10, 10, 10, 10, 1] {
            #expect(size.record(actualReadBytes: count) == (sizes.count < 2))
            sizes.append(size.nextBufferSize())
        }
        #expect(sizes == [128, 256, 256, 256, 256, 256, 256, 128, 128, 64, 64, 64, 64, 64, 64])
    }

    @Test("The sizes are those of NIO's adaptive allocator")
    func same() {
        var ours = ReadSize(initial: 64, most: 4096)
        var theirs = AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 64, maximum: 4096)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<10_000 {
            let count = Int.random(in: 1...(ours.nextBufferSize() ?? 0), using: &generator)
            let read = Bool.random() ? count : Bool.random() ? ours.nextBufferSize() ?? 0 : count / 3
            #expect(ours.record(actualReadBytes: read) == theirs.record(actualReadBytes: read))
            #expect(ours.nextBufferSize() == theirs.nextBufferSize())
        }
    }

    @Test("A channel can store it inline")
    func room() {
        #expect(MemoryLayout<ReadSize>.size <= 3 * MemoryLayout<Int>.size)
    }
}
