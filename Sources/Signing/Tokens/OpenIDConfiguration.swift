/// The configuration by which programs find the keys of an issuer (OpenID Connect Discovery 1.0 section 4, RFC 8414
/// section 3). The site is no provider of log-ins for web pages: it has no endpoints for that, and says only where its
/// keys are.
package enum OpenIDConfiguration {
    /// The path below the issuer at which the keys are.
    package static let keysPath = "/.well-known/jwks.json"
    /// The path below the issuer at which the configuration is.
    package static let path = "/.well-known/openid-configuration"

    /// Returns the document in JSON; nil if the issuer is no URL of the scheme `https` without a query and a fragment,
    /// as both specifications demand.
    package static func document(issuer: String) -> String? {
        // The pattern has no character that JSON escapes.
        guard issuer.wholeMatch(of: /https:\/\/[A-Za-z0-9.\-]+(:[0-9]+)?(\/[A-Za-z0-9._~\/\-]*)?/) != nil else {
            return nil
        }
        let base = issuer.hasSuffix("/") ? issuer.dropLast() : issuer[...]
        return """
            {"claims_supported":["aud","exp","iat","iss","jti","sub"],\
            "id_token_signing_alg_values_supported":["EdDSA"],"issuer":"\(issuer)","jwks_uri":"\(base)\(keysPath)",\
            "response_types_supported":["id_token"],"subject_types_supported":["public"]}
            """
    }
}
