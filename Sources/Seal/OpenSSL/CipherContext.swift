import COpenSSL

/// A cipher context of OpenSSL, for one message after the other. The expanded key is wiped when the context is freed,
/// so no context may be kept longer than its key.
///
/// Any thread may use it, but only one at a time. A shared context needs a lock.
struct CipherContext: ~Copyable, @unchecked Sendable {
    private let pointer: OpaquePointer

    /// - Parameter key: a key of the cipher's length; nil if each message has its own.
    init(_ cipher: OpaquePointer, key: RawSpan?, encrypting: Bool) throws(SealError) {
        guard let pointer = EVP_CIPHER_CTX_new() else { throw .engine("EVP_CIPHER_CTX_new") }
        let direction: Int32 = encrypting ? 1 : 0
        let started =
            key?.withUnsafeBytes { EVP_CipherInit_ex2(pointer, cipher, $0.bytePointer, nil, direction, nil) }
            ?? EVP_CipherInit_ex2(pointer, cipher, nil, nil, direction, nil)
        guard started == 1 else {
            EVP_CIPHER_CTX_free(pointer)
            clearQueue()
            throw .engine("EVP_CipherInit_ex2")
        }
        self.pointer = pointer
    }

    deinit { EVP_CIPHER_CTX_free(pointer) }

    /// Begins a message with a key and a nonce of the cipher's lengths.
    func begin(key: RawSpan, nonce: RawSpan) throws(SealError) {
        let begun = key.withUnsafeBytes { key in
            nonce.withUnsafeBytes { nonce in
                // -1 leaves the direction as it is.
                EVP_CipherInit_ex2(pointer, nil, key.bytePointer, nonce.bytePointer, -1, nil)
            }
        }
        try SealError.check(begun, "EVP_CipherInit_ex2")
    }

    /// Runs `input` through the cipher into `output`, which has room for it. Without an output, `input` is associated
    /// data.
    func update(_ input: RawSpan, into output: UnsafeMutableRawBufferPointer?) throws(SealError) {
        guard let count = Int32(exactly: input.byteCount) else { throw .malformed }
        guard count > 0 else { return }
        var written: Int32 = 0
        let done = input.withUnsafeBytes {
            EVP_CipherUpdate(pointer, output?.bytePointer, &written, $0.bytePointer, count)
        }
        try SealError.check(done, "EVP_CipherUpdate")
    }

    /// Ends an authenticated encryption, and writes its tag with the length of `tag`.
    func finish(tag: UnsafeMutableRawBufferPointer) throws(SealError) {
        var none: Int32 = 0
        try SealError.check(EVP_CipherFinal_ex(pointer, tag.bytePointer, &none), "EVP_CipherFinal_ex")
        let got = EVP_CIPHER_CTX_ctrl(pointer, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), tag.baseAddress)
        try SealError.check(got, "EVP_CTRL_AEAD_GET_TAG")
    }

    /// Ends an authenticated decryption.
    ///
    /// - Throws: ``SealError/damaged`` if `tag` is not the tag of the message.
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
