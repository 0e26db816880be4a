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

/// Runs `body`, which leaves secrets on its stack, and wipes what it used of the stack, whichever way it ends.
package func wipingStack<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    defer { clavero_wipe_stack() }
    return try body()
}
