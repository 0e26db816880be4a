import Armor
import Secrets

/// Issues challenges for log-in by key, and recognises them without storing them. The caller must accept only one
/// answer to each challenge. To do so, it remembers ``Challenge/nonce`` until ``Challenge/expires``.
package struct ChallengeSigner: Sendable {
    private static let prefix: StaticString = "clvc1"
    private static let countBound = 999
    /// The seconds for which a challenge is valid.
    package static let lifetime = 120
    /// The seconds by which another server's clock may be ahead.
    private static let leeway = 60

    private let key: SecretBytes
    private let server: String
    private let lifetime: Int

    /// - Parameters:
    ///   - key: the key from which the tags' key is derived, by HKDF-SHA-256 (no salt, info `"clavero/1 challenge"`).
    ///   - server: the name that clients know the server by, under the rules of ``Challenge``.
    ///   - lifetime: the seconds for which a challenge is valid.
    /// - Throws: ``SealError/malformed`` if `server` is not a valid name.
    package init(key: SecretBytes, server: String, lifetime: Int = Self.lifetime) throws(SealError) {
        guard Challenge.isName(server, bound: 255) else { throw .malformed }
        self.key = try HKDF.sha256(key, salt: [], info: Array("clavero/1 challenge".utf8), count: 32)
        self.server = server
        self.lifetime = lifetime
    }

    /// Issues a new challenge for `account` to answer in `session`. `now` is the time in seconds since 1970.
    ///
    /// - Throws: ``SealError/malformed`` if a name is not valid in ``Challenge``.
    package func issue(account: String, session: String, now: Int) throws(SealError) -> String {
        let challenge = try Challenge(
            server: server, account: account, session: session, expires: now + lifetime, nonce: Random.bytes(16))
        let payload = challenge.payload
        let tag = HMAC.sha256(payload.span.bytes, key: key)
        return "\(Self.prefix).\(Base64URL.encode(payload)).\(Base64URL.encode(tag))"
    }

    /// Reads a challenge that was issued to `session` and is valid at the time `now`. A challenge from the future is
    /// refused, because its server's clock was wrong.
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
