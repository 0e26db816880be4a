import COpenSSL

/// The OpenSSL library as a whole.
package enum OpenSSL {
    /// Keeps OpenSSL from cleaning up when the process exits, because other threads may still use it then. It must be
    /// called before any other use of OpenSSL.
    package static func keepUntilExit() {
        OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil)
    }
}

/// The algorithms, fetched from the default provider once. A fetch takes a global lock and costs more than a small
/// message.
///
/// OpenSSL counts references to them atomically and never changes them, so threads may share them.
enum Algorithms {
    nonisolated(unsafe) static let aes256GCM = fetched(EVP_CIPHER_fetch(nil, "AES-256-GCM", nil), "AES-256-GCM")
    nonisolated(unsafe) static let aes256ECB = fetched(EVP_CIPHER_fetch(nil, "AES-256-ECB", nil), "AES-256-ECB")
    nonisolated(unsafe) static let sha256 = fetched(EVP_MD_fetch(nil, "SHA256", nil), "SHA256")
    nonisolated(unsafe) static let sha512 = fetched(EVP_MD_fetch(nil, "SHA512", nil), "SHA512")
    nonisolated(unsafe) static let hkdf = fetched(EVP_KDF_fetch(nil, "HKDF", nil), "HKDF")

    private static func fetched(_ algorithm: OpaquePointer?, _ name: StaticString) -> OpaquePointer {
        guard let algorithm else { fatalError("OpenSSL has no \(name)") }
        return algorithm
    }
}

/// Empties the error queue of this thread, so that later code does not find an old error.
func clearQueue() {
    ERR_clear_error()
}

extension UnsafeRawBufferPointer {
    var bytePointer: UnsafePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}

extension UnsafeMutableRawBufferPointer {
    var bytePointer: UnsafeMutablePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}
