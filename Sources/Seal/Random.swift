import COpenSSL

/// Bytes for nonces, salts and identifiers; for keys there is ``SecretBytes/random(count:)``.
package enum Random {
    package static func bytes(_ count: Int) -> [UInt8] {
        [UInt8](count: count) { fill($0) }
    }

    static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        guard RAND_bytes(buffer.octets, Int32(buffer.count)) == 1 else { fail() }
    }

    /// From the generator that OpenSSL keeps for secrets.
    static func fillSecret(_ buffer: UnsafeMutableRawBufferPointer) {
        guard RAND_priv_bytes(buffer.octets, Int32(buffer.count)) == 1 else { fail() }
    }

    /// Without randomness nothing that follows would be safe, and no caller could do better than stop.
    private static func fail() -> Never {
        fatalError("OpenSSL has no randomness to give")
    }
}
