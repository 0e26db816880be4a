import Secrets

/// A certificate in PEM, and its private key as PKCS #8 in PEM. Both end in a newline.
package typealias CertifiedKey = (certificate: String, key: SecretBytes)

/// X.509 certificates (RFC 5280) for new ECDSA keys on P-256, signed with SHA-256. Their validity begins a few minutes
/// ago, because clocks differ.
package enum Certificate {
    /// Makes a self-signed certificate for a TLS server.
    ///
    /// - Parameters:
    ///   - names: one or more host names, whose first label may be `*`, and IPv4 or IPv6 addresses. The first name,
    ///     which has at most 64 characters, is the subject's common name too.
    ///   - days: the validity in days, 1...36500.
    ///   - key: an existing private key in PEM; nil to make a new one.
    /// - Throws: ``SealError/malformed`` if the names, the days or the key are invalid.
    package static func selfSigned(
        names: [String], days: Int, key existing: SecretBytes? = nil
    ) throws(SealError) -> CertifiedKey {
        guard let first = names.first else { throw .malformed }
        let template = try CertificateTemplate(subject: first, names: names, usage: .selfSigned, days: days)
        let key = if let existing { try KeyHandle(pem: existing) } else { try KeyHandle.p256() }
        return (try template.selfSigned(key).pem(), try key.pem())
    }
}
