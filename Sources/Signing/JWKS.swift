import Armor

/// Public keys as a JWK Set (RFC 7517 section 5), by which any JWT library checks tokens.
package enum JWKS {
    /// The set in JSON: members in alphabetical order and no white space, so that the same keys give the same text.
    /// Each key is an OKP of RFC 8037 section 2, under the ``VerifyingKey/id`` that tokens name it by.
    package static func document(_ keys: [VerifyingKey]) -> String {
        #"{"keys":[\#(keys.map(member).joined(separator: ","))]}"#
    }

    private static func member(_ key: VerifyingKey) -> String {
        let algorithm = #""alg":"EdDSA","crv":"Ed25519","kid":"\#(key.id)""#
        return #"{\#(algorithm),"kty":"OKP","use":"sig","x":"\#(Base64URL.encode(key.raw))"}"#
    }
}
