import Armor

/// The name that `ssh-keygen -l` gives a key: `SHA256:` and base64 of the digest of the key's blob, without padding.
package struct SSHFingerprint: Hashable, Sendable, CustomStringConvertible {
    private static let prefix = "SHA256:"
    private let digest: [UInt8]

    init(digest: [UInt8]) {
        self.digest = digest
    }

    /// Nil unless `text` is exactly the `description` of a fingerprint.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix),
            let digest = Base64.decode(text.dropFirst(Self.prefix.count), padded: false), digest.count == 32
        else { return nil }
        self.digest = digest
    }

    package var description: String { Self.prefix + Base64.encode(digest, padded: false) }
}
