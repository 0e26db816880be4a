import Armor

/// A value that an account's key made, as text: `<kind>.<name>.<key version>.<base64url of the value>`.
package struct KeyedText: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// An Ed25519 signature by the account's signing key.
        case signature = "clvs1"
        /// A tag by the account's key of the purpose `mac`.
        case tag = "clvm1"

        /// The number of bytes of the value.
        package var count: Int { self == .signature ? 64 : MACKey.count }
    }

    package let kind: Kind
    /// The account's name: `[a-z0-9][a-z0-9._@+-]{0,63}`.
    package let name: String
    package let version: UInt32
    package let bytes: [UInt8]

    /// - Throws: ``SealError/malformed`` if the text could not be read again.
    package init(_ kind: Kind, name: String, version: UInt32, bytes: [UInt8]) throws(SealError) {
        guard Self.isName(name), bytes.count == kind.count else { throw .malformed }
        self.kind = kind
        self.name = name
        self.version = version
        self.bytes = bytes
    }

    /// Reads a text; nil if it is not exactly the ``description`` of a value of that kind. Only the name may contain
    /// dots.
    package init?(_ kind: Kind, _ text: String) {
        guard text.utf8.count <= 256 else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0] == kind.rawValue, let version = UInt32(canonical: parts[parts.count - 2]),
            let bytes = Base64URL.decode(parts[parts.count - 1])
        else { return nil }
        try? self.init(kind, name: parts[1..<(parts.count - 2)].joined(separator: "."), version: version, bytes: bytes)
    }

    private static func isName(_ name: String) -> Bool {
        guard (1...64).contains(name.utf8.count), let first = name.utf8.first else { return false }
        return isAlphanumeric(first) && name.utf8.allSatisfy { isAlphanumeric($0) || "._@+-".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

extension KeyedText: CustomStringConvertible {
    package var description: String { "\(kind.rawValue).\(name).\(version).\(Base64URL.encode(bytes))" }
}
