/// XAES-256-GCM (c2sp.org/XAES-256-GCM): AES-256-GCM under a key and nonce derived from a 256-bit key and a 192-bit
/// nonce, which is long enough to be drawn at random for any number of messages.
///
/// Sealed bytes are `nonce (24) || ciphertext || tag (16)`. The nonce is drawn here: no caller can choose one.
package enum XAES256GCM {
    static let keyCount = 32
    static let nonceCount = 24
    static let tagCount = 16
    /// How much longer sealed bytes are than what they hold.
    package static let overhead = nonceCount + tagCount

    /// - Throws: ``SealError/malformed`` if `key` is not 32 bytes or the plaintext is 2 GiB or more.
    package static func seal(
        _ plaintext: RawSpan, key: SecretBytes, authenticating associated: RawSpan
    ) throws(SealError) -> [UInt8] {
        try [UInt8](count: plaintext.byteCount + overhead) { (output) throws(SealError) in
            try seal(plaintext, key: key, authenticating: associated, into: output)
        }
    }

    /// Opens what ``seal(_:key:authenticating:)`` gave.
    ///
    /// - Throws: ``SealError/malformed`` if `sealed` is too short or `key` is not 32 bytes, ``SealError/damaged`` if it
    ///   was not sealed so, with this key and associated data.
    package static func open(
        _ sealed: RawSpan, key: SecretBytes, authenticating associated: RawSpan
    ) throws(SealError) -> [UInt8] {
        guard sealed.byteCount >= overhead else { throw .malformed }
        return try [UInt8](count: sealed.byteCount - overhead) { (output) throws(SealError) in
            try open(sealed, key: key, authenticating: associated, into: output)
        }
    }

    /// Writes the sealed bytes to `output`, which is as long as they are.
    static func seal(
        _ plaintext: RawSpan, key: SecretBytes, authenticating associated: RawSpan,
        into output: UnsafeMutableRawBufferPointer
    ) throws(SealError) {
        let nonce = UnsafeMutableRawBufferPointer(rebasing: output[..<nonceCount])
        Random.fill(nonce)
        try encrypt(
            plaintext, key: key, nonce: UnsafeRawBufferPointer(nonce), authenticating: associated,
            into: UnsafeMutableRawBufferPointer(rebasing: output[nonceCount...]))
    }

    /// `ciphertext || tag` under the given 24-byte nonce: for the published vectors only.
    static func seal(
        _ plaintext: RawSpan, key: SecretBytes, nonce: [UInt8], authenticating associated: RawSpan
    ) throws(SealError) -> [UInt8] {
        try [UInt8](count: plaintext.byteCount + tagCount) { (output) throws(SealError) in
            try nonce.span.bytes.withUnsafeBytes { (nonce) throws(SealError) in
                try encrypt(plaintext, key: key, nonce: nonce, authenticating: associated, into: output)
            }
        }
    }

    /// Writes what `sealed` holds to `output`, which is shorter by ``overhead``; it must be discarded after a throw.
    static func open(
        _ sealed: RawSpan, key: SecretBytes, authenticating associated: RawSpan,
        into output: UnsafeMutableRawBufferPointer
    ) throws(SealError) {
        try sealed.withUnsafeBytes { (sealed) throws(SealError) in
            let nonce = UnsafeRawBufferPointer(rebasing: sealed[..<nonceCount])
            let body = UnsafeRawBufferPointer(rebasing: sealed[nonceCount..<(sealed.count - tagCount)])
            let context = try context(key: key, nonce: nonce, encrypting: false)
            try associated.withUnsafeBytes { (bytes) throws(SealError) in try context.update(bytes, into: nil) }
            try context.update(body, into: output)
            try context.finish(expecting: UnsafeRawBufferPointer(rebasing: sealed.suffix(tagCount)))
        }
    }

    private static func encrypt(
        _ plaintext: RawSpan, key: SecretBytes, nonce: UnsafeRawBufferPointer, authenticating associated: RawSpan,
        into output: UnsafeMutableRawBufferPointer
    ) throws(SealError) {
        let count = plaintext.byteCount
        let context = try context(key: key, nonce: nonce, encrypting: true)
        try associated.withUnsafeBytes { (bytes) throws(SealError) in try context.update(bytes, into: nil) }
        try plaintext.withUnsafeBytes { (bytes) throws(SealError) in
            try context.update(bytes, into: UnsafeMutableRawBufferPointer(rebasing: output[..<count]))
        }
        try context.finish(tag: UnsafeMutableRawBufferPointer(rebasing: output[count...]))
    }

    /// AES-256-GCM under the derived key Kx and the derived nonce Nx = N[12:].
    private static func context(
        key: SecretBytes, nonce: UnsafeRawBufferPointer, encrypting: Bool
    ) throws(SealError) -> CipherContext {
        guard key.count == keyCount, nonce.count == nonceCount else { throw .malformed }
        let derived = try derivedKey(key, nonce: nonce)
        let rest = UnsafeRawBufferPointer(rebasing: nonce[12...])
        return try CipherContext(Algorithms.aes256GCM, key: derived, nonce: rest, encrypting: encrypting)
    }

    /// Kx = AES(M1 xor K1) || AES(M2 xor K1), where Mi = 00 || i || "X" || 00 || N[:12] and K1 is CMAC's first subkey
    /// (NIST SP 800-108 and 800-38B, as the specification puts them together).
    private static func derivedKey(
        _ key: SecretBytes, nonce: UnsafeRawBufferPointer
    ) throws(SealError) -> SecretBytes {
        let cipher = try CipherContext(Algorithms.aes256ECB, key: key, nonce: nil, encrypting: true)
        return try SecretBytes(count: keyCount) { (output) throws(SealError) in
            let first = UnsafeMutableRawBufferPointer(rebasing: output[..<16])
            first.initializeMemory(as: UInt8.self, repeating: 0)
            try cipher.update(UnsafeRawBufferPointer(first), into: first)
            double(first)
            let prefix: [4 of UInt8] = [0, 0, UInt8(ascii: "X"), 0]
            for place in 0..<16 {
                let byte = first[place] ^ (place < 4 ? prefix[place] : nonce[place - 4])
                output[place] = byte ^ (place == 1 ? 1 : 0)
                output[16 + place] = byte ^ (place == 1 ? 2 : 0)
            }
            try cipher.update(UnsafeRawBufferPointer(output), into: output)
        }
    }

    /// Multiplies a block by x in GF(2^128), without a branch on its secret bit.
    private static func double(_ block: UnsafeMutableRawBufferPointer) {
        let reduction = (block[0] >> 7) &* 0x87
        for place in 0..<15 { block[place] = block[place] << 1 | block[place + 1] >> 7 }
        block[15] = block[15] << 1 ^ reduction
    }
}
