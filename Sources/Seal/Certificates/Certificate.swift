/// A certificate in PEM, and the private key that it is for: PKCS #8 in PEM. Both end in a newline.
package typealias CertifiedKey = (certificate: String, key: SecretBytes)

/// X.509 certificates (RFC 5280) of new ECDSA keys on P-256, signed with SHA-256. They are valid from a few minutes ago,
/// since clocks differ.
package enum Certificate {
    /// A certificate for a TLS server that nobody vouches for.
    ///
    /// - Parameters:
    ///   - names: one or more host names, whose first label may be `*`, and IPv4 or IPv6 addresses. The first, of at most
    ///     64 characters, is the subject's common name too.
    ///   - days: 1...36500.
    /// - Throws: ``SealError/malformed`` if the names or days are not such.
    package static func selfSigned(names: [String], days: Int) throws(SealError) -> CertifiedKey {
        guard let first = names.first else { throw .malformed }
        let template = try CertificateTemplate(subject: first, names: names, usage: .selfSigned, days: days)
        let key = try KeyHandle.p256()
        return (try template.selfSigned(key).pem(), try key.pem())
    }
}
