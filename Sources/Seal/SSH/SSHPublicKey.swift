import Armor

/// An Ed25519 public key as OpenSSH writes it, on one line:
///
///     line = "ssh-ed25519" SP base64(blob) [SP comment]
///     blob = string("ssh-ed25519") string(key, 32)
///
/// with the strings of RFC 4251 section 5 and the blob of RFC 8709 section 4.
package struct SSHPublicKey: Sendable, Equatable {
    static let algorithm: StaticString = "ssh-ed25519"
    private static let commentBound = 128
    /// The longest line: 51 bytes of blob are 68 digits.
    private static let lineBound = 11 + 1 + 68 + 1 + commentBound

    /// The 32 bytes of the key.
    package let raw: [UInt8]
    /// At most 128 printable ASCII characters, no space first or last; empty if there is none.
    package let comment: String

    /// - Throws: ``SealError/malformed`` if `raw` is not 32 bytes or `comment` is not as ``comment`` says.
    package init(raw: [UInt8], comment: String) throws(SealError) {
        guard raw.count == 32, Self.isComment(comment.utf8) else { throw .malformed }
        self.raw = raw
        self.comment = comment
    }

    /// Nil unless `line` is exactly the ``line`` of a key: options in front, another kind of key, a line end are not.
    package init?(line: String) {
        guard line.utf8.count <= Self.lineBound else { return nil }
        // As octets: to look for characters takes three times as long.
        let parts = line.utf8.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
            .map(Substring.init)
        guard parts.count >= 2, parts[0] == "\(Self.algorithm)", parts.last != "",
            let blob = Base64.decode(parts[1], padded: true)
        else { return nil }
        try? self.init(blob: blob[...], comment: parts.count == 3 ? String(parts[2]) : "")
    }

    /// - Throws: ``SealError/malformed`` if `blob` is not a key of this kind, or something is left over.
    init(blob: ArraySlice<UInt8>, comment: String) throws(SealError) {
        var reader = Reader(rest: blob)
        try self.init(raw: reader.sshEd25519(count: 32), comment: comment)
    }

    /// The line, without a line end.
    package var line: String {
        let key = "\(Self.algorithm) \(Base64.encode(blob, padded: true))"
        return comment.isEmpty ? key : "\(key) \(comment)"
    }

    /// The name that `ssh-keygen -l` gives it: `SHA256:` and base64 of the blob's digest, without padding.
    package var fingerprint: String {
        "SHA256:\(Base64.encode(SHA256.digest(blob.span.bytes), padded: false))"
    }

    private var blob: [UInt8] {
        var blob: [UInt8] = []
        blob.append(sshString: Array("\(Self.algorithm)".utf8))
        blob.append(sshString: raw)
        return blob
    }

    private static func isComment(_ text: String.UTF8View) -> Bool {
        let space = UInt8(ascii: " ")
        return text.count <= commentBound && text.allSatisfy { (space...UInt8(ascii: "~")).contains($0) }
            && text.first != space && text.last != space
    }
}
