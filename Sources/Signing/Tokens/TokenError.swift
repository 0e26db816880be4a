/// The reason why a token is refused.
package enum TokenError: Error, Equatable, Sendable {
    /// The text is not a token of this kind: it has another algorithm, header, or form, or is too long.
    case malformed
    /// The verifier does not have the key that signed it.
    case unknownKey
    case badSignature
    /// The token has another issuer or audience.
    case foreign
    case expired
    /// The token was issued more than a minute in the future.
    case notYetValid
}
