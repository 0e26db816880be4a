import COpenSSL
import Secrets

/// HKDF with HMAC-SHA-256 (RFC 5869). It derives a key for each purpose from one key.
package enum HKDF {
    /// Derives `count` bytes for the purpose that `info` names. An empty salt stands for 32 zero bytes.
    ///
    /// - Throws: ``SealError/malformed`` if `count` is not in 1...8160 or `info` is longer than 1024 bytes.
    package static func sha256(
        _ key: SecretBytes, salt: [UInt8], info: [UInt8], count: Int
    ) throws(SealError) -> SecretBytes {
        guard (1...(255 * 32)).contains(count), info.count <= 1024 else { throw .malformed }
        return try SecretBytes(count: count) { (output) throws(SealError) in
            let done = key.withUnsafeBytes { key in
                clavero_hkdf_sha256(
                    Algorithms.hkdf, key.baseAddress, key.count, salt, salt.count, info, info.count, output.bytePointer,
                    count)
            }
            try SealError.check(done, "HKDF")
        }
    }
}
