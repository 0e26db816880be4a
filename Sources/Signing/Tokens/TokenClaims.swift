/// The claims of a token: those of RFC 7519 section 4.1, the account's epoch, and the bearer's proof.
package struct TokenClaims: Codable, Sendable, Equatable {
    /// The issuer.
    package let iss: String
    /// The audience: the servers that accept the token.
    package let aud: String
    /// The account that the bearer acts for.
    package let sub: String
    /// The time of issue, in seconds since 1970.
    package let iat: Int
    /// The time of expiry, in seconds since 1970.
    package let exp: Int
    /// The account's epoch at the time of issue. A later epoch ends the token.
    package let epoch: Int
    /// The token's own name, which no other token has.
    package let jti: String
    /// The time at which the bearer last proved to be the account's owner, in seconds since 1970 (OpenID Connect Core
    /// 1.0 section 2); nil in a token that was handed out.
    package let authTime: Int?
    /// The way of that proof (RFC 8176).
    package let amr: [String]?

    private enum CodingKeys: String, CodingKey {
        case iss, aud, sub, iat, exp, epoch, jti, amr
        case authTime = "auth_time"
    }

    /// The seconds by which the issuer's clock may be ahead.
    static let leeway = 60

    /// Returns whether the token is valid at the time `now`, in seconds since 1970.
    package func isCurrent(at now: Int) -> Bool { now >= start && now < exp }

    /// The first second in which the token is accepted.
    package var start: Int { iat - Self.leeway }

    /// The bearer's proof; nil if the token lacks its time or its way.
    package var proof: LogInProof? {
        guard let authTime, let method = amr?.lazy.compactMap(LogInProof.Method.init).first else { return nil }
        return LogInProof(method, at: authTime)
    }

    /// Whether the token has a part of a proof.
    package var mentionsProof: Bool { authTime != nil || amr != nil }
}
