import Seal

/// Reads the string of RFC 4251 section 5: a length as u32, and as many bytes.
extension ByteReader {
    mutating func sshString() throws(SealError) -> Bytes {
        try take(Int(try integer(as: UInt32.self)))
    }

    /// Reads a string, which must be `expected`.
    mutating func sshString(expecting expected: StaticString) throws(SealError) {
        guard try sshString().elementsEqual("\(expected)".utf8) else { throw .malformed }
    }

    /// Reads `"ssh-ed25519"` and a string of `count` bytes, with nothing after it. Keys and signatures have this form
    /// (RFC 8709 sections 4 and 6).
    mutating func sshEd25519(count: Int) throws(SealError) -> [UInt8] {
        try sshString(expecting: SSHPublicKey.algorithm)
        let value = try sshString()
        guard value.count == count, rest.isEmpty else { throw .malformed }
        return Array(value)
    }
}

extension [UInt8] {
    /// Appends a string, which must be shorter than 4 GiB.
    mutating func append(sshString bytes: some Collection<UInt8>) {
        append(bigEndian: UInt32(bytes.count))
        append(contentsOf: bytes)
    }
}
