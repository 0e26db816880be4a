import NIOCore

/// A writer that appends bytes to memory that was reserved for all of them. The memory is checked for once, not for
/// each write.
struct BoundedWriter {
    /// The number of digits of the longest number.
    static let longestNumber = 20

    private let bytes: UnsafeMutableRawBufferPointer
    fileprivate private(set) var count = 0

    fileprivate init(_ bytes: UnsafeMutableRawBufferPointer) {
        self.bytes = bytes
    }

    mutating func write(_ byte: UInt8) {
        precondition(count < bytes.count, "there is not so much room")
        bytes[count] = byte
        count += 1
    }

    mutating func write(_ other: UnsafeRawBufferPointer) {
        let end = count + other.count
        precondition(end <= bytes.count, "there is not so much room")
        UnsafeMutableRawBufferPointer(rebasing: bytes[count..<end]).copyMemory(from: other)
        count = end
    }

    /// Writes `count` bytes. `fill` provides them.
    mutating func write(_ count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
        let end = self.count + count
        precondition(end <= bytes.count, "there is not so much room")
        fill(UnsafeMutableRawBufferPointer(rebasing: bytes[self.count..<end]))
        self.count = end
    }

    mutating func write(_ buffer: ByteBuffer) {
        buffer.withUnsafeReadableBytes { write($0) }
    }

    mutating func write(_ text: String) {
        let bytes = text.utf8Span.span
        bytes.withUnsafeBytes { write($0) }
    }

    mutating func write(_ text: StaticString) {
        text.withUTF8Buffer { write(UnsafeRawBufferPointer($0)) }
    }

    mutating func write(_ verb: Verb) { verb.forEachByte { write($0) } }

    mutating func writeLineEnd() {
        write(UInt8(ascii: "\r"))
        write(UInt8(ascii: "\n"))
    }

    /// Writes the number in decimal.
    mutating func write(_ number: UInt64) {
        let end = count + Self.digits(of: number)
        precondition(end <= bytes.count, "there is not so much room")
        var (offset, rest) = (end, number)
        repeat {
            offset -= 1
            bytes[offset] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while offset > count
        count = end
    }

    /// Returns the number of decimal digits of the number.
    static func digits(of number: UInt64) -> Int {
        var (digits, rest) = (1, number)
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        return digits
    }
}

extension ByteBuffer {
    mutating func writeLineEnd() { write(upTo: 2) { $0.writeLineEnd() } }

    /// Appends the bytes that `write` writes, at most `room` of them.
    @inline(__always)
    mutating func write(upTo room: Int, _ write: (inout BoundedWriter) -> Void) {
        // Growing a buffer that has no memory at all costs more than making a new one.
        if capacity == 0 { self = ByteBufferAllocator().buffer(capacity: room) }
        writeWithUnsafeMutableBytes(minimumWritableBytes: room) { bytes in
            var writer = BoundedWriter(bytes)
            write(&writer)
            return writer.count
        }
    }
}
