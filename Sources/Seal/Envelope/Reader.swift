/// What is left of a binary form to be read, of which nothing is trusted: its integers are big-endian.
package struct Reader<Octets: RandomAccessCollection<UInt8>> where Octets.SubSequence == Octets {
    package private(set) var rest: Octets

    package init(rest: Octets) { self.rest = rest }

    package mutating func take(_ count: Int) throws(SealError) -> Octets {
        guard rest.count >= count else { throw .malformed }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    package mutating func integer<Value: FixedWidthInteger>(as type: Value.Type) throws(SealError) -> Value {
        try take(MemoryLayout<Value>.size).reduce(0) { $0 << 8 | Value($1) }
    }
}
