import Armor

/// Public keys as a JWK Set (RFC 7517 section 5), by which any JWT library can verify tokens.
package enum JWKS {
    /// Returns the set in JSON. Its members are in alphabetical order and without white space, so equal keys give equal
    /// text. Each key is an OKP of RFC 8037 section 2. Its id is the ``VerifyingKey/id`` that tokens have.
    package static func document(_ keys: [VerifyingKey]) -> String {
        #"{"keys":[\#(keys.map(member).joined(separator: ","))]}"#
    }

    private static func member(_ key: VerifyingKey) -> String {
        let algorithm = #""alg":"EdDSA","crv":"Ed25519","kid":"\#(key.id)""#
        return #"{\#(algorithm),"kty":"OKP","use":"sig","x":"\#(Base64URL.encode(key.raw))"}"#
    }
}
