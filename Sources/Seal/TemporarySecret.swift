import COpenSSL

/// Lends `count` bytes, on the stack if they are few, which are wiped when `body` is over, whichever way it ends.
func withTemporarySecret<Result: ~Copyable, Failure: Error>(
    count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
) throws(Failure) -> Result {
    try withUnsafeTemporaryAllocation(byteCount: count, alignment: 16) { (bytes) throws(Failure) in
        defer { OPENSSL_cleanse(bytes.baseAddress, bytes.count) }
        return try body(bytes)
    }
}
