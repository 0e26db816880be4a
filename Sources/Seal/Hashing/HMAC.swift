import COpenSSL
import Secrets

/// HMAC (RFC 2104) with SHA-256.
package enum HMAC {
    /// Returns the tag, which has 32 bytes. Tags must be compared with ``isTag(_:of:key:)`` only.
    package static func sha256(_ message: RawSpan, key: SecretBytes) -> [UInt8] {
        [UInt8](count: 32) { output in
            let done = key.withUnsafeBytes { key in
                message.withUnsafeBytes { message in
                    COpenSSL.HMAC(
                        Algorithms.sha256, key.baseAddress, Int32(key.count), message.bytePointer, message.count,
                        output.bytePointer, nil)
                }
            }
            precondition(done != nil, "OpenSSL cannot compute HMAC-SHA-256")
        }
    }

    /// Returns whether `tag` is the tag of `message`. Its time does not depend on the position of a difference.
    package static func isTag(_ tag: [UInt8], of message: RawSpan, key: SecretBytes) -> Bool {
        let expected = sha256(message, key: key)
        return tag.count == expected.count && CRYPTO_memcmp(tag, expected, expected.count) == 0
    }
}
