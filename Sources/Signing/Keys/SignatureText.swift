import Armor
import Seal

/// A signature as text: `clvs1.<name>.<key version>.<base64url of 64 bytes>`.
package struct SignatureText: Sendable, Equatable {
    /// The signer's name: `[a-z0-9][a-z0-9._@+-]{0,63}`.
    package let name: String
    package let version: UInt32
    /// The 64 bytes of the Ed25519 signature.
    package let bytes: [UInt8]

    /// - Throws: ``SealError/malformed`` if the text could not be read again.
    package init(name: String, version: UInt32, bytes: [UInt8]) throws(SealError) {
        guard Self.isName(name), bytes.count == VerifyingKey.signatureCount else { throw .malformed }
        self.name = name
        self.version = version
        self.bytes = bytes
    }

    /// Reads a text; nil if it is not exactly the ``description`` of a signature. Only the name may contain dots.
    package init?(_ text: String) {
        guard text.utf8.count <= 256 else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0] == "clvs1", let version = UInt32(canonical: parts[parts.count - 2]),
            let bytes = Base64URL.decode(parts[parts.count - 1])
        else { return nil }
        try? self.init(name: parts[1..<(parts.count - 2)].joined(separator: "."), version: version, bytes: bytes)
    }

    private static func isName(_ name: String) -> Bool {
        guard (1...64).contains(name.utf8.count), let first = name.utf8.first else { return false }
        return isAlphanumeric(first) && name.utf8.allSatisfy { isAlphanumeric($0) || "._@+-".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

extension SignatureText: CustomStringConvertible {
    package var description: String { "clvs1.\(name).\(version).\(Base64URL.encode(bytes))" }
}
