import COpenSSL

/// OpenSSL as a whole.
package enum OpenSSL {
    /// To be called before anything else of it is used: OpenSSL must not clean up when the process exits, as it otherwise
    /// does while other threads may still be at work with it.
    package static func keepUntilExit() {
        OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil)
    }
}

/// The algorithms, fetched from the default provider once: a fetch takes a global lock and outweighs a small message.
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

/// A key of OpenSSL's, freed with the last reference. OpenSSL locks what it changes inside, so threads may share it.
final class KeyHandle: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { EVP_PKEY_free(pointer) }
}

/// Empties this thread's error queue, so that a failure here is not found by somebody else's look at it.
func clearQueue() {
    ERR_clear_error()
}

/// A cipher of OpenSSL's, for one message after the other. Freeing it is what wipes the expanded key, so none is kept
/// for longer than its key may be.
///
/// Sendable in that any thread may use it, but only one at a time: what is shared stands behind a lock.
struct CipherContext: ~Copyable, @unchecked Sendable {
    private let pointer: OpaquePointer

    /// - Parameter key: as long as the cipher takes it; nil where each message brings one.
    init(_ cipher: OpaquePointer, key: RawSpan?, encrypting: Bool) throws(SealError) {
        guard let pointer = EVP_CIPHER_CTX_new() else { throw .engine("EVP_CIPHER_CTX_new") }
        let direction: Int32 = encrypting ? 1 : 0
        let started =
            key?.withUnsafeBytes { EVP_CipherInit_ex2(pointer, cipher, $0.octets, nil, direction, nil) }
            ?? EVP_CipherInit_ex2(pointer, cipher, nil, nil, direction, nil)
        guard started == 1 else {
            EVP_CIPHER_CTX_free(pointer)
            clearQueue()
            throw .engine("EVP_CipherInit_ex2")
        }
        self.pointer = pointer
    }

    deinit { EVP_CIPHER_CTX_free(pointer) }

    /// Begins a message, under a key and a nonce as long as the cipher takes them.
    func begin(key: RawSpan, nonce: RawSpan) throws(SealError) {
        let begun = key.withUnsafeBytes { key in
            nonce.withUnsafeBytes { nonce in
                // -1 leaves the direction as it is.
                EVP_CipherInit_ex2(pointer, nil, key.octets, nonce.octets, -1, nil)
            }
        }
        try SealError.check(begun, "EVP_CipherInit_ex2")
    }

    /// Runs `input` through the cipher into `output`, which has room for as much; no output means associated data.
    func update(_ input: RawSpan, into output: UnsafeMutableRawBufferPointer?) throws(SealError) {
        guard let count = Int32(exactly: input.byteCount) else { throw .malformed }
        guard count > 0 else { return }
        var written: Int32 = 0
        let done = input.withUnsafeBytes { EVP_CipherUpdate(pointer, output?.octets, &written, $0.octets, count) }
        try SealError.check(done, "EVP_CipherUpdate")
    }

    /// Ends an authenticated encryption and writes its tag, as long as `tag` has room for.
    func finish(tag: UnsafeMutableRawBufferPointer) throws(SealError) {
        var none: Int32 = 0
        try SealError.check(EVP_CipherFinal_ex(pointer, tag.octets, &none), "EVP_CipherFinal_ex")
        let got = EVP_CIPHER_CTX_ctrl(pointer, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), tag.baseAddress)
        try SealError.check(got, "EVP_CTRL_AEAD_GET_TAG")
    }

    /// Ends an authenticated decryption; throws ``SealError/damaged`` unless `tag` is that of all that went through.
    func finish(expecting tag: RawSpan) throws(SealError) {
        let set = tag.withUnsafeBytes { tag in
            EVP_CIPHER_CTX_ctrl(
                pointer, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), UnsafeMutableRawPointer(mutating: tag.baseAddress))
        }
        try SealError.check(set, "EVP_CTRL_AEAD_SET_TAG")
        var nothing: UInt8 = 0
        var none: Int32 = 0
        guard EVP_CipherFinal_ex(pointer, &nothing, &none) == 1 else {
            clearQueue()
            throw .damaged
        }
    }
}

extension UnsafeRawBufferPointer {
    var octets: UnsafePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}

extension UnsafeMutableRawBufferPointer {
    var octets: UnsafeMutablePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}
