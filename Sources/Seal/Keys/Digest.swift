import COpenSSL

/// SHA-256 (FIPS 180-4).
package enum SHA256 {
    /// The 32 bytes of the digest.
    package static func digest(_ bytes: RawSpan) -> [UInt8] {
        Seal.digest(bytes, by: Algorithms.sha256, count: 32)
    }

    /// Digests one message after the other, for one thread, in one context of OpenSSL's.
    package final class Digester {
        private let context: OpaquePointer

        package init() {
            guard let context = EVP_MD_CTX_new() else { fatalError("OpenSSL has no memory for a digest") }
            self.context = context
        }

        deinit { EVP_MD_CTX_free(context) }

        /// The digest of `bytes`.
        package func digest(_ bytes: RawSpan) -> [32 of UInt8] {
            var digest = [32 of UInt8](repeating: 0)
            var span = digest.mutableSpan
            let done = span.withUnsafeMutableBufferPointer { output in
                bytes.withUnsafeBytes { bytes in
                    EVP_DigestInit_ex2(context, Algorithms.sha256, nil) == 1
                        && EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1
                        && EVP_DigestFinal_ex(context, output.baseAddress, nil) == 1
                }
            }
            precondition(done, "OpenSSL cannot compute a digest")
            return digest
        }
    }
}

/// SHA-512 (FIPS 180-4).
package enum SHA512 {
    /// The 64 bytes of the digest.
    package static func digest(_ bytes: RawSpan) -> [UInt8] {
        Seal.digest(bytes, by: Algorithms.sha512, count: 64)
    }
}

private func digest(_ bytes: RawSpan, by algorithm: OpaquePointer, count: Int) -> [UInt8] {
    [UInt8](count: count) { output in
        let done = bytes.withUnsafeBytes { EVP_Digest($0.baseAddress, $0.count, output.octets, nil, algorithm, nil) }
        precondition(done == 1, "OpenSSL cannot compute a digest")
    }
}

/// HMAC (RFC 2104) with SHA-256.
package enum HMAC {
    /// The 32 bytes of the tag. Compare tags with ``isTag(_:of:key:)`` only.
    package static func sha256(_ message: RawSpan, key: SecretBytes) -> [UInt8] {
        [UInt8](count: 32) { output in
            let done = key.withUnsafeBytes { key in
                message.withUnsafeBytes { message in
                    COpenSSL.HMAC(
                        Algorithms.sha256, key.baseAddress, Int32(key.count), message.octets, message.count,
                        output.octets, nil)
                }
            }
            precondition(done != nil, "OpenSSL cannot compute HMAC-SHA-256")
        }
    }

    /// Whether `tag` is that of `message`, in a time that does not depend on where they differ.
    package static func isTag(_ tag: [UInt8], of message: RawSpan, key: SecretBytes) -> Bool {
        let expected = sha256(message, key: key)
        return tag.count == expected.count && CRYPTO_memcmp(tag, expected, expected.count) == 0
    }
}

/// HKDF with HMAC-SHA-256 (RFC 5869): keys for one purpose each, from one key.
package enum HKDF {
    /// `count` bytes for the purpose that `info` names. An empty salt stands for 32 zero bytes.
    ///
    /// - Throws: ``SealError/malformed`` if `count` is not in 1...8160 or `info` is longer than 1024 bytes.
    package static func sha256(
        _ key: SecretBytes, salt: [UInt8], info: [UInt8], count: Int
    ) throws(SealError) -> SecretBytes {
        guard (1...(255 * 32)).contains(count), info.count <= 1024 else { throw .malformed }
        return try SecretBytes(count: count) { (output) throws(SealError) in
            let done = key.withUnsafeBytes { key in
                clavero_hkdf_sha256(
                    Algorithms.hkdf, key.baseAddress, key.count, salt, salt.count, info, info.count, output.octets,
                    count)
            }
            try SealError.check(done, "HKDF")
        }
    }
}
