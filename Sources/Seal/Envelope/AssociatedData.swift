/// Lends associated data: a label, and the values that the ciphertext is bound to, separated by NUL bytes. No value may
/// contain a NUL.
func withAssociatedData<Result, Failure: Error>(
    _ label: StaticString, _ first: String, _ second: String, version: UInt32,
    _ body: (RawSpan) throws(Failure) -> Result
) throws(Failure) -> Result {
    let count = label.utf8CodeUnitCount + 1 + first.utf8.count + 1 + second.utf8.count + 1 + 4
    return try withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { (bytes) throws(Failure) in
        var writer = ByteWriter(rest: bytes)
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

/// Lends associated data: a label, a NUL byte, the bytes that the ciphertext is bound to, and those of its context. The
/// first bytes must tell where they end, and whether there is a context.
func withAssociatedData<Result, Failure: Error>(
    _ label: StaticString, _ bound: RawSpan, _ context: [UInt8], _ body: (RawSpan) throws(Failure) -> Result
) throws(Failure) -> Result {
    let count = label.utf8CodeUnitCount + 1 + bound.byteCount + context.count
    return try withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { (bytes) throws(Failure) in
        var writer = ByteWriter(rest: bytes)
        writer.put(label)
        writer.put(bigEndian: 0 as UInt8)
        writer.put(bound)
        writer.put(context.span.bytes)
        return try body(UnsafeRawBufferPointer(bytes).bytes)
    }
}
