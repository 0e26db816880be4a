/// What a token says (RFC 7519 section 4.1, and the account's epoch).
package struct TokenClaims: Codable, Sendable, Equatable {
    /// Who issued it.
    package let iss: String
    /// Whom it is for.
    package let aud: String
    /// The account that its bearer acts for.
    package let sub: String
    /// When it was issued, in seconds since 1970.
    package let iat: Int
    /// From when on it is void, in seconds since 1970.
    package let exp: Int
    /// The account's epoch when it was issued; a higher one voids it.
    package let epoch: Int
    /// Its own name, never given twice.
    package let jti: String
    /// The time at which its bearer last proved to be the account's owner, in seconds since 1970 (OpenID Connect Core 1.0 section 2);
    /// nil in a token that was handed out.
    package let authTime: Int?
    /// How he proved it (RFC 8176).
    package let amr: [String]?

    private enum CodingKeys: String, CodingKey {
        case iss, aud, sub, iat, exp, epoch, jti, amr
        case authTime = "auth_time"
    }

    /// How many seconds the issuer's clock may be ahead.
    static let leeway = 60

    /// Whether `now`, in seconds since 1970, is in the time for which it was issued.
    package func isCurrent(at now: Int) -> Bool { now >= start && now < exp }

    /// The first second in which it is accepted.
    package var start: Int { iat - Self.leeway }

    /// How and when its bearer proved to be the account's owner; nil where it does not say both.
    package var proof: LogInProof? {
        guard let authTime, let method = amr?.lazy.compactMap(LogInProof.Method.init).first else { return nil }
        return LogInProof(method, at: authTime)
    }

    /// Whether it says anything of a proof.
    package var mentionsProof: Bool { authTime != nil || amr != nil }
}

/// How and when somebody proved to be an account's owner.
package struct LogInProof: Sendable, Equatable {
    /// The raw values are those of RFC 8176.
    package enum Method: String, Sendable {
        case password = "pwd"
        /// Possession of a private key.
        case key = "pop"
    }

    package let method: Method
    /// Seconds since 1970.
    package let time: Int

    package init(_ method: Method, at time: Int) {
        (self.method, self.time) = (method, time)
    }
}

/// Why a token is not accepted.
package enum TokenError: Error, Equatable, Sendable {
    /// Not a token of this kind: another algorithm or header, another shape, too long.
    case malformed
    /// Signed with a key that is not among the verifier's.
    case unknownKey
    case badSignature
    /// Of another issuer or for another audience.
    case foreign
    case expired
    /// Issued more than a minute in the future.
    case notYetValid
}

/// The one header that there is (RFC 7515, RFC 8037): its bytes are compared, never interpreted, so a token cannot
/// choose its algorithm or bring anything else along.
enum TokenHeader {
    private static let front = Array(#"{"alg":"EdDSA","kid":""#.utf8)
    private static let back = Array(#"","typ":"JWT"}"#.utf8)
    /// Base64url of eight bytes.
    private static let keyIDCount = 11

    static func bytes(keyID: String) -> [UInt8] {
        front + keyID.utf8 + back
    }

    /// Whether `bytes` would be the header of some key.
    static func isWellFormed(_ bytes: [UInt8]) -> Bool {
        let keyID = bytes.dropFirst(front.count).dropLast(back.count)
        return bytes.starts(with: front) && bytes.reversed().starts(with: back.reversed())
            && keyID.count == keyIDCount && keyID.allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
