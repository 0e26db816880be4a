import Armor
import FoundationEssentials
import Seal

/// Issues tokens: JWTs signed with Ed25519 (RFC 7519, RFC 8037). Any JWT library can verify them with the public key.
package struct TokenSigner: Sendable {
    private let key: SigningKey
    private let issuer: String
    private let audience: String
    private let header: String

    package init(key: SigningKey, issuer: String, audience: String) {
        self.key = key
        self.issuer = issuer
        self.audience = audience
        header = Base64URL.encode(TokenHeader.bytes(keyID: key.publicKey.id))
    }

    /// Issues a token for the account `subject`. It is valid from `now`, in seconds since 1970, for `lifetime` seconds.
    ///
    /// `proof`: the bearer's proof; nil for a token that is handed out.
    /// - Throws: ``SealError/malformed`` if the names make it longer than ``TokenVerifier/countBound``.
    package func issue(subject: String, epoch: Int, now: Int, lifetime: Int, proof: LogInProof? = nil) throws -> String
    {
        let claims = TokenClaims(
            iss: issuer, aud: audience, sub: subject, iat: now, exp: now + lifetime, epoch: epoch,
            jti: Base64URL.encode(Random.bytes(16)), authTime: proof?.time, amr: proof.map { [$0.method.rawValue] })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let signed = header + "." + Base64URL.encode(Array(try encoder.encode(claims)))
        let token = signed + "." + Base64URL.encode(try key.sign(signed.utf8Span.span.bytes))
        guard token.utf8.count <= TokenVerifier.countBound else { throw SealError.malformed }
        return token
    }
}
