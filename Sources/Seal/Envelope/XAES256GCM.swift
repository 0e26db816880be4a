/// XAES-256-GCM (c2sp.org/XAES-256-GCM): AES-256-GCM under a key and nonce derived from a 256-bit key and a 192-bit
/// nonce, which is long enough to be drawn at random for any number of messages.
///
/// Sealed bytes are `nonce (24) || ciphertext || tag (16)`. The nonce is drawn in this module: no caller can choose one.
///
/// A value of this type seals, or opens, one message after the other, in one context of OpenSSL's for all of them.
struct XAES256GCM: ~Copyable {
    static let keyCount = 32
    static let nonceCount = 24
    static let tagCount = 16
    /// How much longer sealed bytes are than what they hold.
    static let overhead = nonceCount + tagCount

    private let cipher: CipherContext

    init(encrypting: Bool) throws(SealError) {
        cipher = try CipherContext(Algorithms.aes256GCM, key: nil, encrypting: encrypting)
    }

    /// Writes the sealed bytes to `output`, which is as long as they are.
    ///
    /// - Parameters:
    ///   - nonce: 24 bytes, drawn at random for this message and used for no other.
    ///   - label: what the associated data begins with, before `associated`.
    /// - Throws: ``SealError/malformed`` if the plaintext is 2 GiB or more.
    func seal(
        _ plaintext: RawSpan, under key: XAESKey, nonce: RawSpan,
        authenticating label: StaticString = "", _ associated: RawSpan, into output: UnsafeMutableRawBufferPointer
    ) throws(SealError) {
        let end = Self.nonceCount + plaintext.byteCount
        nonce.withUnsafeBytes { output.copyMemory(from: $0) }
        try begin(under: key, nonce: nonce, authenticating: label, associated)
        try cipher.update(plaintext, into: UnsafeMutableRawBufferPointer(rebasing: output[Self.nonceCount..<end]))
        try cipher.finish(tag: UnsafeMutableRawBufferPointer(rebasing: output[end...]))
    }

    /// Writes what `sealed` holds to `output`, which is shorter by ``overhead``; it must be discarded after a throw.
    ///
    /// - Throws: ``SealError/malformed`` if `sealed` is too short, ``SealError/damaged`` if it was not sealed so, with
    ///   this key and associated data.
    func open(
        _ sealed: RawSpan, under key: XAESKey, authenticating label: StaticString = "", _ associated: RawSpan,
        into output: UnsafeMutableRawBufferPointer
    ) throws(SealError) {
        guard sealed.byteCount >= Self.overhead else { throw .malformed }
        let end = sealed.byteCount - Self.tagCount
        try begin(under: key, nonce: sealed.extracting(..<Self.nonceCount), authenticating: label, associated)
        try cipher.update(sealed.extracting(Self.nonceCount..<end), into: output)
        try cipher.finish(expecting: sealed.extracting(end...))
    }

    /// Begins AES-256-GCM under the derived key Kx and the derived nonce Nx = N[12:].
    private func begin(
        under key: XAESKey, nonce: RawSpan, authenticating label: StaticString, _ associated: RawSpan
    ) throws(SealError) {
        try withTemporarySecret(count: Self.keyCount) { (derived) throws(SealError) in
            try key.derive(for: nonce, into: derived)
            try cipher.begin(key: derived.bytes, nonce: nonce.extracting(12...))
        }
        let front = UnsafeRawBufferPointer(start: label.utf8Start, count: label.utf8CodeUnitCount)
        try cipher.update(front.bytes, into: nil)
        try cipher.update(associated, into: nil)
    }
}
