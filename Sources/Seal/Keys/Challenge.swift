import Armor

/// A challenge, which a person or machine signs with its key to log in. ``ChallengeSigner`` issues it.
///
///     text    = "clvc1." base64url(payload) "." base64url(tag)
///     payload = server LF account LF session LF expires LF nonce
///     expires = decimal, seconds since 1970
///     nonce   = base64url of 16 bytes
///
/// The payload is in ASCII, so that a person who decodes it can read which server and account it is for. Names are one
/// or more characters from `!` to `~`. The names of a server and an account have at most 255 characters, and that of a
/// session at most 128. The text is therefore one word of less than 1000 bytes. The tag is HMAC-SHA-256 of the payload.
package struct Challenge: Sendable, Equatable {
    package let account: String
    /// The time at which it expires, in seconds since 1970.
    package let expires: Int
    /// 16 bytes that no other challenge has. The caller uses them to accept only one answer to a challenge.
    package let nonce: [UInt8]
    let server: String
    let session: String

    /// - Throws: ``SealError/malformed`` if a name is not valid in the format.
    init(server: String, account: String, session: String, expires: Int, nonce: [UInt8]) throws(SealError) {
        guard Self.isName(server, bound: 255), Self.isName(account, bound: 255), Self.isName(session, bound: 128),
            expires >= 0, nonce.count == 16
        else { throw .malformed }
        self.server = server
        self.account = account
        self.session = session
        self.expires = expires
        self.nonce = nonce
    }

    /// Reads a payload.
    ///
    /// - Throws: ``SealError/malformed`` if the bytes are not exactly the ``payload`` of a challenge.
    init(payload: [UInt8]) throws(SealError) {
        let fields = String(decoding: payload, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard fields.count == 5, let expires = Int(canonical: fields[3]), let nonce = Base64URL.decode(fields[4]) else {
            throw .malformed
        }
        try self.init(
            server: String(fields[0]), account: String(fields[1]), session: String(fields[2]), expires: expires,
            nonce: nonce)
    }

    var payload: [UInt8] {
        Array([server, account, session, String(expires), Base64URL.encode(nonce)].joined(separator: "\n").utf8)
    }

    static func isName(_ name: String, bound: Int) -> Bool {
        (1...bound).contains(name.utf8.count)
            && name.utf8.allSatisfy { (UInt8(ascii: "!")...UInt8(ascii: "~")).contains($0) }
    }
}

/// The reason why a challenge is refused.
package enum ChallengeError: Error, Equatable, Sendable {
    /// The text is not a challenge of this server: it has another form, a forged tag, or another server's key or name.
    case malformed
    /// The challenge was issued to another session.
    case otherSession
    case expired
}
