import Secrets
import Synchronization

/// A key of XAES-256-GCM. It is expanded once for all messages, and wiped with the last reference.
final class XAESKey: Sendable {
    /// AES-256 with the key. Only one thread may use a context at a time.
    private let cipher: Mutex<CipherContext>

    /// - Throws: ``SealError/malformed`` if `key` is not 32 bytes.
    init(_ key: SecretBytes) throws(SealError) {
        cipher = Mutex(try key.withBytes { (key) throws(SealError) in try Self.expanded(key) })
    }

    init(_ key: RawSpan) throws(SealError) {
        cipher = Mutex(try Self.expanded(key))
    }

    private static func expanded(_ key: RawSpan) throws(SealError) -> CipherContext {
        guard key.byteCount == XAES256GCM.keyCount else { throw .malformed }
        return try CipherContext(Algorithms.aes256ECB, key: key, encrypting: true)
    }

    /// Writes the key Kx of one message to `output`, which has 32 bytes. Kx is AES(M1 xor K1) || AES(M2 xor K1), where
    /// Mi = 00 || i || "X" || 00 || N[:12], and K1 is CMAC's first subkey. The specification composes it from NIST SP
    /// 800-108 and 800-38B.
    func derive(for nonce: RawSpan, into output: UnsafeMutableRawBufferPointer) throws(SealError) {
        let first = UnsafeMutableRawBufferPointer(rebasing: output[..<16])
        let second = UnsafeMutableRawBufferPointer(rebasing: output[16...])
        first.initializeMemory(as: UInt8.self, repeating: 0)
        // The context encrypts whole blocks in place. It is never told the end of a message, so it adds no padding.
        try cipher.withLock { (cipher) throws(SealError) in
            try cipher.update(first.bytes, into: first)
            Self.double(first)
            first[2] ^= UInt8(ascii: "X")
            nonce.withUnsafeBytes { nonce in
                for position in 0..<12 { first[4 + position] ^= nonce[position] }
            }
            second.copyMemory(from: UnsafeRawBufferPointer(first))
            first[1] ^= 1
            second[1] ^= 2
            try cipher.update(output.bytes, into: output)
        }
    }

    /// Multiplies a block by x in GF(2^128), without a branch on its secret bit.
    private static func double(_ block: UnsafeMutableRawBufferPointer) {
        let reduction = (block[0] >> 7) &* 0x87
        for position in 0..<15 { block[position] = block[position] << 1 | block[position + 1] >> 7 }
        block[15] = block[15] << 1 ^ reduction
    }
}
