import COpenSSL
import Secrets

/// SHA-256 (FIPS 180-4).
package enum SHA256 {
    /// Returns the digest, which has 32 bytes.
    package static func digest(_ bytes: RawSpan) -> [UInt8] {
        Seal.digest(bytes, by: Algorithms.sha256, count: 32)
    }

    /// Digests one message after the other, on one thread, with one OpenSSL context.
    package final class Digester {
        private let context: OpaquePointer

        package init() {
            guard let context = EVP_MD_CTX_new() else { fatalError("OpenSSL has no memory for a digest") }
            self.context = context
        }

        deinit { EVP_MD_CTX_free(context) }

        /// Returns the digest of `bytes`.
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
    /// Returns the digest, which has 64 bytes.
    package static func digest(_ bytes: RawSpan) -> [UInt8] {
        Seal.digest(bytes, by: Algorithms.sha512, count: 64)
    }
}

private func digest(_ bytes: RawSpan, by algorithm: OpaquePointer, count: Int) -> [UInt8] {
    [UInt8](count: count) { output in
        let done = bytes.withUnsafeBytes {
            EVP_Digest($0.baseAddress, $0.count, output.bytePointer, nil, algorithm, nil)
        }
        precondition(done == 1, "OpenSSL cannot compute a digest")
    }
}
