import Glibc

/// Lends `count` bytes to `body`, on the stack if they are few. They are wiped when `body` returns or throws.
@inlinable
package func withTemporarySecret<Result: ~Copyable, Failure: Error>(
    count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
) throws(Failure) -> Result {
    try withUnsafeTemporaryAllocation(byteCount: count, alignment: 16) { (bytes) throws(Failure) in
        defer { wipe(bytes) }
        return try body(bytes)
    }
}

/// Overwrites `bytes` with zeros. The compiler may not leave this out.
@usableFromInline
package func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    explicit_bzero(start, bytes.count)
}
