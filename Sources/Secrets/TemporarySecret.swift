import Glibc

/// Lends `count` bytes, on the stack if they are few, which are wiped when `body` is over, whichever way it ends.
package func withTemporarySecret<Result: ~Copyable, Failure: Error>(
    count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
) throws(Failure) -> Result {
    try withUnsafeTemporaryAllocation(byteCount: count, alignment: 16) { (bytes) throws(Failure) in
        defer { wipe(bytes) }
        return try body(bytes)
    }
}

/// Overwrites `bytes` with zeros, which the compiler may not leave out.
package func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    explicit_bzero(start, bytes.count)
}
