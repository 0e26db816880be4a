import COpenSSL

/// Bytes that are wiped when the last reference goes, in an allocation of their own that is never copied or resized.
///
/// Nothing prints them: not a description, not a debugger's dump, not a mirror. Equality takes the same time whatever
/// differs, except for the length, which is not secret.
package final class SecretBytes: Sendable {
    private nonisolated(unsafe) let storage: UnsafeMutableRawBufferPointer

    /// `count` bytes that `fill` writes; whatever it wrote is wiped if it throws.
    init<Failure: Error>(
        count: Int, filledBy fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        storage = .allocate(byteCount: count, alignment: 16)
        // A throw from here runs deinit, since everything is initialised.
        try fill(storage)
    }

    deinit {
        OPENSSL_cleanse(storage.baseAddress, storage.count)
        storage.deallocate()
    }

    /// A copy of `bytes`; the caller's own remain where they are.
    package convenience init(copying bytes: RawSpan) {
        self.init(count: bytes.byteCount) { buffer in bytes.withUnsafeBytes { buffer.copyMemory(from: $0) } }
    }

    /// A copy of `array`; the caller's own remains where it is.
    package convenience init(_ array: [UInt8]) {
        self.init(copying: array.span.bytes)
    }

    /// `count` bytes from ``Random``.
    package static func random(count: Int) -> SecretBytes {
        SecretBytes(count: count) { Random.fill($0) }
    }

    package var count: Int { storage.count }

    /// Lends the bytes for the time of `body`, which must not keep the pointer.
    package func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(storage))
    }

    /// Lends the bytes for the time of `body` as a span.
    package func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(storage)))
    }
}

extension SecretBytes: Equatable {
    package static func == (left: SecretBytes, right: SecretBytes) -> Bool {
        left.count == right.count
            && CRYPTO_memcmp(left.storage.baseAddress, right.storage.baseAddress, left.count) == 0
    }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "SecretBytes(\(count) bytes)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
