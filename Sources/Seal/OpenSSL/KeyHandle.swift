import COpenSSL

/// A key of OpenSSL. It is freed with the last reference. OpenSSL locks what it changes inside, so threads may share
/// it.
final class KeyHandle: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { EVP_PKEY_free(pointer) }
}

extension KeyHandle {
    /// Makes a new key on the curve P-256.
    static func p256() throws(SealError) -> KeyHandle {
        guard let pointer = clavero_p256_generate() else {
            clearQueue()
            throw .engine("EVP_EC_gen")
        }
        return KeyHandle(pointer)
    }
}
