import Armor

/// Issues challenges for log-in by key and knows its own again, without keeping any. That one is answered only once is
/// the caller's matter: ``Challenge/nonce`` until ``Challenge/expires``.
package struct ChallengeSigner: Sendable {
    private static let prefix: StaticString = "clvc1"
    private static let countBound = 999
    /// Seconds that a challenge is good for.
    package static let lifetime = 120
    /// Seconds that another server's clock may be ahead.
    private static let leeway = 60

    private let key: SecretBytes
    private let server: String
    private let lifetime: Int

    /// - Parameters:
    ///   - key: from which the key of the tags is derived, by HKDF-SHA-256 (no salt, info `"clavero/1 challenge"`).
    ///   - server: the name that clients know the server by, as ``Challenge`` has names.
    ///   - lifetime: how many seconds a challenge is good for.
    /// - Throws: ``SealError/malformed`` if `server` is no such name.
    package init(key: SecretBytes, server: String, lifetime: Int = Self.lifetime) throws(SealError) {
        guard Challenge.isName(server, bound: 255) else { throw .malformed }
        self.key = try HKDF.sha256(key, salt: [], info: Array("clavero/1 challenge".utf8), count: 32)
        self.server = server
        self.lifetime = lifetime
    }

    /// A new challenge, for `account` to answer in `session`, at the time `now`, in seconds since 1970.
    ///
    /// - Throws: ``SealError/malformed`` if a name is not as ``Challenge`` has them.
    package func issue(account: String, session: String, now: Int) throws(SealError) -> String {
        let challenge = try Challenge(
            server: server, account: account, session: session, expires: now + lifetime, nonce: Random.bytes(16))
        let payload = challenge.payload
        let tag = HMAC.sha256(payload.span.bytes, key: key)
        return "\(Self.prefix).\(Base64URL.encode(payload)).\(Base64URL.encode(tag))"
    }

    /// What `text` says, if it was issued here to `session` and is not void at the time `now`. One that was issued in the
    /// future is void: its server's clock was wrong.
    package func check(_ text: String, session: String, now: Int) throws(ChallengeError) -> Challenge {
        guard let challenge = authentic(text), challenge.server == server else { throw .malformed }
        guard challenge.session.utf8.elementsEqual(session.utf8) else { throw .otherSession }
        guard now < challenge.expires, challenge.expires - now <= lifetime + Self.leeway else { throw .expired }
        return challenge
    }

    private func authentic(_ text: String) -> Challenge? {
        guard text.utf8.count <= Self.countBound else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "\(Self.prefix)", let payload = Base64URL.decode(parts[1]),
            let tag = Base64URL.decode(parts[2]), HMAC.isTag(tag, of: payload.span.bytes, key: key)
        else { return nil }
        return try? Challenge(payload: payload)
    }
}
