import COpenSSL

/// SHA-256 (FIPS 180-4).
package enum SHA256 {
    /// The 32 bytes of the digest.
    package static func digest(_ bytes: RawSpan) -> [UInt8] {
        [UInt8](count: 32) { output in
            let done = bytes.withUnsafeBytes {
                EVP_Digest($0.baseAddress, $0.count, output.octets, nil, Algorithms.sha256, nil)
            }
            precondition(done == 1, "OpenSSL cannot compute SHA-256")
        }
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
