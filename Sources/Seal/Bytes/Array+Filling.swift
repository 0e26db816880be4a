extension [UInt8] {
    /// Makes an array of `count` bytes, all of which `fill` writes. The bytes are not cleared first.
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
