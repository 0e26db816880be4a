/// Reads a binary form, none of which is trusted. Its integers are big-endian.
package struct ByteReader<Bytes: RandomAccessCollection<UInt8>> where Bytes.SubSequence == Bytes {
    package private(set) var rest: Bytes

    package init(rest: Bytes) { self.rest = rest }

    package mutating func take(_ count: Int) throws(SealError) -> Bytes {
        guard rest.count >= count else { throw .malformed }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    package mutating func integer<Value: FixedWidthInteger>(as type: Value.Type) throws(SealError) -> Value {
        try take(MemoryLayout<Value>.size).reduce(0) { $0 << 8 | Value($1) }
    }
}
