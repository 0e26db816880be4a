extension [UInt8] {
    /// An array of `count` bytes that `fill` writes, all of them, before it returns; without clearing them first.
    init<Failure: Error>(
        count: Int, filledBy fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        try self.init(capacity: count) { (output: inout OutputSpan<UInt8>) throws(Failure) in
            try output.withUnsafeMutableBufferPointer { (buffer, initialized) throws(Failure) in
                try fill(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
                initialized = count
            }
        }
    }

    /// Appends `value`, most significant byte first.
    package mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}

/// Lends associated data: a label and what it is bound to, parted by NUL bytes, which none of them may contain.
func withAssociatedData<Result, Failure: Error>(
    _ label: StaticString, _ first: String, _ second: String, version: UInt32,
    _ body: (RawSpan) throws(Failure) -> Result
) throws(Failure) -> Result {
    let count = label.utf8CodeUnitCount + 1 + first.utf8.count + 1 + second.utf8.count + 1 + 4
    return try withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { (bytes) throws(Failure) in
        var writer = Writer(rest: bytes)
        writer.put(label)
        writer.put(bigEndian: 0 as UInt8)
        writer.put(first.utf8Span.span.bytes)
        writer.put(bigEndian: 0 as UInt8)
        writer.put(second.utf8Span.span.bytes)
        writer.put(bigEndian: 0 as UInt8)
        writer.put(bigEndian: version)
        return try body(UnsafeRawBufferPointer(bytes).bytes)
    }
}

extension FixedWidthInteger {
    /// The number that `text` writes in decimal; nil unless it is its one spelling: digits only, no zero in front.
    package init?(canonical text: some StringProtocol) {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0")
        else { return nil }
        self.init(text, radix: 10)
    }
}
