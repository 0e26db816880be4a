/// Writes a binary form into memory that has room for it. Its integers are big-endian.
struct ByteWriter {
    private(set) var rest: UnsafeMutableRawBufferPointer

    /// Returns the next `count` bytes, for the caller to write.
    mutating func take(_ count: Int) -> UnsafeMutableRawBufferPointer {
        precondition(count <= rest.count)
        defer { rest = UnsafeMutableRawBufferPointer(rebasing: rest[count...]) }
        return UnsafeMutableRawBufferPointer(rebasing: rest[..<count])
    }

    mutating func put(_ bytes: RawSpan) {
        let output = take(bytes.byteCount)
        bytes.withUnsafeBytes { output.copyMemory(from: $0) }
    }

    mutating func put(_ text: StaticString) {
        take(text.utf8CodeUnitCount)
            .copyMemory(from: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func put<Value: FixedWidthInteger>(bigEndian value: Value) {
        take(MemoryLayout<Value>.size).storeBytes(of: value.bigEndian, as: Value.self)
    }
}
