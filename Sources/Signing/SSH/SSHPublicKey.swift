import Armor
import Seal

/// An Ed25519 public key as OpenSSH writes it, on one line:
///
///     line = "ssh-ed25519" SP base64(blob) [SP comment]
///     blob = string("ssh-ed25519") string(key, 32)
///
/// The strings are those of RFC 4251 section 5, and the blob is that of RFC 8709 section 4.
package struct SSHPublicKey: Sendable, Equatable {
    /// The reason why a line is not a key of this kind.
    package enum Fault: Error, Equatable, Sendable {
        /// The text is not one public key on one line.
        case malformed
        /// The key is of another type, or is a certificate.
        case otherType
        /// The line begins with options, as in an `authorized_keys` file.
        case options
    }

    static let algorithm: StaticString = "ssh-ed25519"
    /// The bytes of options that are read, to recognise them.
    private static let lookedAt = 4096
    /// The most digits of a blob. The blob of a key has 51 bytes.
    private static let digits = 68
    private static let blanks = Array(" \t".utf8)
    private static let space = Array(" \t\r\n".utf8)

    /// The bytes of the blob before the key.
    private static let front: [UInt8] = {
        var front: [UInt8] = []
        front.append(sshString: Array("\(algorithm)".utf8))
        front.append(bigEndian: UInt32(32))
        return front
    }()

    /// The 32 bytes of the key.
    package let raw: [UInt8]
    /// The comment, cleaned by ``SSHComment``; empty if there is none.
    package let comment: String

    /// - Throws: ``SealError/malformed`` if `raw` is not 32 bytes.
    package init(raw: [UInt8], comment: String) throws(SealError) {
        guard raw.count == 32 else { throw .malformed }
        self.raw = raw
        self.comment = SSHComment.cleaned(comment.utf8)
    }

    /// Reads the line of a `.pub` file as ssh-keygen writes it, with any comment. Blank space before and after it is
    /// ignored, and tabs may separate words.
    package init(line: [UInt8]) throws(Fault) {
        var rest = line.drop { Self.space.contains($0) }
        while let last = rest.last, Self.space.contains(last) { rest.removeLast() }
        guard !rest.contains(UInt8(ascii: "\n")), !rest.contains(UInt8(ascii: "\r")) else { throw .malformed }
        let type = Self.word(&rest)
        guard type.elementsEqual("\(Self.algorithm)".utf8) else {
            if Self.isType(type) { throw .otherType }
            let words = rest.prefix(Self.lookedAt).split(whereSeparator: Self.blanks.contains)
            throw words.contains(where: Self.isType) ? .options : .malformed
        }
        let digits = Self.word(&rest)
        guard digits.count <= Self.digits,
            let blob = Base64.decode(String(decoding: digits, as: UTF8.self), padded: true)
        else { throw .malformed }
        do throws(SealError) {
            try self.init(blob: blob[...], comment: rest)
        } catch {
            throw .malformed
        }
    }

    /// Takes the next word, and the blanks after it.
    private static func word(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let word = rest.prefix { !blanks.contains($0) }
        rest = rest.dropFirst(word.count).drop { blanks.contains($0) }
        return word
    }

    /// Returns whether the word looks like the type of an OpenSSH key.
    private static func isType(_ word: ArraySlice<UInt8>) -> Bool {
        ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-", "webauthn-"].contains { word.starts(with: $0.utf8) }
    }

    /// - Throws: ``SealError/malformed`` if `blob` is not exactly a key of this kind.
    private init(blob: ArraySlice<UInt8>, comment: ArraySlice<UInt8>) throws(SealError) {
        guard blob.count == Self.front.count + 32, blob.starts(with: Self.front) else { throw .malformed }
        raw = Array(blob.suffix(32))
        self.comment = SSHComment.cleaned(comment)
    }

    /// The line, without a line end.
    package var line: String {
        let key = "\(Self.algorithm) \(Base64.encode(blob, padded: true))"
        return comment.isEmpty ? key : "\(key) \(comment)"
    }

    package var fingerprint: SSHFingerprint { SSHFingerprint(digest: SHA256.digest(blob.span.bytes)) }

    private var blob: [UInt8] {
        Self.front + raw
    }
}
