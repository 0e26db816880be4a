import COpenSSLTLS

/// Ed25519 public keys in the form that OpenSSH writes.
enum PublicKeys {
    /// Returns new keys, each as a line without its line end.
    static func make(_ count: Int) throws(LoadError) -> [String] {
        var lines: [String] = []
        for _ in 0..<count { lines.append(line(of: try publicKey())) }
        return lines
    }

    private static func publicKey() throws(LoadError) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        let seed = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let pair = EVP_PKEY_new_raw_private_key_ex(nil, "ED25519", nil, seed, seed.count)
        defer { EVP_PKEY_free(pair) }
        var key = [UInt8](repeating: 0, count: 32)
        var size = key.count
        guard EVP_PKEY_get_raw_public_key(pair, &key, &size) == 1 else { throw LoadError("OpenSSL has no Ed25519") }
        return key
    }

    /// Returns the line of a key of 32 bytes. Its blob has the two strings of RFC 8709, section 4, each after its
    /// length.
    static func line(of key: [UInt8]) -> String {
        let name = "ssh-ed25519"
        let blob = [0, 0, 0, UInt8(name.utf8.count)] + Array(name.utf8) + [0, 0, 0, UInt8(key.count)] + key
        return "\(name) \(base64(blob))"
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        var digits = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
        let count = EVP_EncodeBlock(&digits, bytes, Int32(bytes.count))
        return String(decoding: digits.prefix(Int(count)), as: UTF8.self)
    }
}
