import Armor
import FoundationEssentials

/// Accepts the tokens that ``TokenSigner`` issues with one of the given keys, and nothing else.
package struct TokenVerifier: Sendable {
    /// The most bytes of a token.
    package static let countBound = 2048

    /// The keys, by their encoded headers.
    private let keys: [String: VerifyingKey]
    private let issuer: String
    private let audience: String

    package init(keys: [VerifyingKey], issuer: String, audience: String) {
        let headed = keys.map { (Base64URL.encode(TokenHeader.bytes(keyID: $0.id)), $0) }
        self.keys = Dictionary(headed) { first, _ in first }
        self.issuer = issuer
        self.audience = audience
    }

    /// Returns the claims of `token`, if it is valid at the time `now`, in seconds since 1970.
    package func verify(_ token: String, now: Int) throws(TokenError) -> TokenClaims {
        guard token.utf8.count <= Self.countBound else { throw .malformed }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Base64URL.decode(parts[1]), let signature = Base64URL.decode(parts[2]),
            signature.count == VerifyingKey.signatureCount
        else { throw .malformed }
        let key = try key(forHeader: parts[0])
        let signed = token.dropLast(parts[2].utf8.count + 1).utf8Span.span.bytes
        guard key.isValid(signature.span.bytes, for: signed) else { throw .badSignature }
        guard let claims = try? JSONDecoder().decode(TokenClaims.self, from: Data(payload)) else { throw .malformed }
        try check(claims, now: now)
        return claims
    }

    private func key(forHeader header: Substring) throws(TokenError) -> VerifyingKey {
        if let key = keys[String(header)] { return key }
        guard let bytes = Base64URL.decode(header), TokenHeader.isWellFormed(bytes) else { throw .malformed }
        throw .unknownKey
    }

    private func check(_ claims: TokenClaims, now: Int) throws(TokenError) {
        guard claims.iss == issuer, claims.aud == audience else { throw .foreign }
        guard claims.iat >= 0, claims.exp >= claims.iat else { throw .malformed }
        guard claims.iat - TokenClaims.leeway <= now else { throw .notYetValid }
        guard now < claims.exp else { throw .expired }
    }
}
