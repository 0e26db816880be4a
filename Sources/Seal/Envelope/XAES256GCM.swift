import Secrets

/// XAES-256-GCM (c2sp.org/XAES-256-GCM): AES-256-GCM with a key and a nonce that are derived from a 256-bit key and a
/// 192-bit nonce. Such a nonce is long enough to be drawn at random for any number of messages.
///
/// Sealed bytes are `nonce (24) || ciphertext || tag (16)`. The nonce is drawn in this module, and no caller can choose
/// one.
///
/// A value of this type seals or opens one message after the other, with one OpenSSL context.
struct XAES256GCM: ~Copyable {
    static let keyCount = 32
    static let nonceCount = 24
    static let tagCount = 16
    /// The number of bytes by which sealed bytes are longer than the plaintext.
    static let overhead = nonceCount + tagCount

    private let cipher: CipherContext

    init(encrypting: Bool) throws(SealError) {
        cipher = try CipherContext(Algorithms.aes256GCM, key: nil, encrypting: encrypting)
    }

    /// Seals `plaintext` and writes the sealed bytes to `output`, which has their length.
    ///
    /// - Parameter nonce: 24 bytes that were drawn at random for this message and are used for no other.
    /// - Throws: ``SealError/malformed`` if the plaintext is 2 GiB or more.
    func seal(
        _ plaintext: RawSpan, under key: XAESKey, nonce: RawSpan, _ associated: RawSpan,
        into output: UnsafeMutableRawBufferPointer
    ) throws(SealError) {
        let end = Self.nonceCount + plaintext.byteCount
        nonce.withUnsafeBytes { output.copyMemory(from: $0) }
        try begin(under: key, nonce: nonce, associated)
        try cipher.update(plaintext, into: UnsafeMutableRawBufferPointer(rebasing: output[Self.nonceCount..<end]))
        try cipher.finish(tag: UnsafeMutableRawBufferPointer(rebasing: output[end...]))
    }

    /// Opens `sealed` and writes the plaintext to `output`, which is shorter by ``overhead``. After a throw, the caller
    /// must discard the written bytes.
    ///
    /// - Throws: ``SealError/malformed`` if `sealed` is too short, ``SealError/damaged`` if it was not sealed with this
    ///   key and this associated data.
    func open(
        _ sealed: RawSpan, under key: XAESKey, _ associated: RawSpan, into output: UnsafeMutableRawBufferPointer
    ) throws(SealError) {
        guard sealed.byteCount >= Self.overhead else { throw .malformed }
        let end = sealed.byteCount - Self.tagCount
        try begin(under: key, nonce: sealed.extracting(..<Self.nonceCount), associated)
        try cipher.update(sealed.extracting(Self.nonceCount..<end), into: output)
        try cipher.finish(expecting: sealed.extracting(end...))
    }

    /// Starts AES-256-GCM with the derived key Kx and the derived nonce Nx = N[12:].
    private func begin(under key: XAESKey, nonce: RawSpan, _ associated: RawSpan) throws(SealError) {
        try withTemporarySecret(count: Self.keyCount) { (derived) throws(SealError) in
            try key.derive(for: nonce, into: derived)
            try cipher.begin(key: derived.bytes, nonce: nonce.extracting(12...))
        }
        try cipher.update(associated, into: nil)
    }
}
