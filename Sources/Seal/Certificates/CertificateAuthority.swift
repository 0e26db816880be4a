import COpenSSL
import Secrets

/// Issues the certificates by which the programs of a site recognise each other.
package struct CertificateAuthority: Sendable {
    /// The role of a certificate's holder in a TLS connection.
    package enum Role: Sendable {
        case client
        case server
    }

    /// The authority's own certificate, in PEM.
    package let certificate: String
    /// The authority's private key: PKCS #8 in PEM.
    package let key: SecretBytes
    private let handle: CertificateHandle
    private let signing: KeyHandle

    /// Makes a new authority.
    ///
    /// - Throws: ``SealError/malformed`` unless `name` is 1 to 64 characters of `A-Z a-z 0-9 . _ : @ * -` and spaces,
    ///   neither first nor last, and `days` is in 1...36500.
    package init(name: String, days: Int) throws(SealError) {
        let template = try CertificateTemplate(subject: name, names: [], usage: .authority, days: days)
        let key = try KeyHandle.p256()
        try self.init(template.selfSigned(key), key)
    }

    /// Reads an authority's certificate and key, both in PEM.
    ///
    /// - Throws: ``SealError/malformed`` if one of them cannot be read or needs a password, if the certificate is not
    ///   an authority's or has another key, or if the key is not on an elliptic curve.
    package init(certificate: String, key: SecretBytes) throws(SealError) {
        let handle = try CertificateHandle(pem: certificate)
        let signing = try KeyHandle(pem: key)
        defer { clearQueue() }
        guard X509_check_private_key(handle.pointer, signing.pointer) == 1, X509_check_ca(handle.pointer) == 1,
            EVP_PKEY_is_a(signing.pointer, "EC") == 1
        else { throw .malformed }
        try self.init(handle, signing)
    }

    private init(_ handle: CertificateHandle, _ signing: KeyHandle) throws(SealError) {
        certificate = try handle.pem()
        key = try signing.pem()
        self.handle = handle
        self.signing = signing
    }

    /// Issues a certificate for a new key, valid for `role` alone.
    ///
    /// - Parameters:
    ///   - name: the subject's common name, under the same rules as the authority's.
    ///   - names: host names and addresses, under the rules of ``Certificate/selfSigned(names:days:)``.
    ///   - days: the validity in days, 1...36500. It ends earlier if the authority's own does.
    /// - Throws: ``SealError/malformed`` if the names or days are invalid.
    package func issue(name: String, role: Role, names: [String] = [], days: Int) throws(SealError) -> CertifiedKey {
        let usage: CertificateTemplate.Usage =
            switch role {
            case .client: .client
            case .server: .server
            }
        let template = try CertificateTemplate(subject: name, names: names, usage: usage, days: days)
        let key = try KeyHandle.p256()
        return (try template.issued(to: key, by: handle, key: signing).pem(), try key.pem())
    }

    /// Makes a new certificate for the same authority: with its name, and for its key. What it has issued, with the
    /// earlier certificate or with this one, can be verified by either of the two.
    ///
    /// - Throws: ``SealError/malformed`` if the name is not one that ``init(name:days:)`` takes.
    package func renewed(days: Int) throws(SealError) -> CertificateAuthority {
        let name = CertificateFacts.commonName(of: X509_get_subject_name(handle.pointer))
        let template = try CertificateTemplate(subject: name, names: [], usage: .authority, days: days)
        return try CertificateAuthority(try template.selfSigned(signing), signing)
    }

    /// Issues a new certificate for the holder of an existing one, with the same names, role and key.
    ///
    /// - Throws: ``SealError/malformed`` if the certificate is damaged, or has names that ``issue(name:role:names:days:)``
    ///   does not take.
    package func reissue(_ certificate: String, days: Int) throws(SealError) -> String {
        let old = try CertificateHandle(pem: certificate)
        guard let pointer = X509_get_pubkey(old.pointer) else { throw .malformed }
        let facts = try CertificateFacts(old)
        let usage: CertificateTemplate.Usage = facts.role == .client ? .client : .server
        let template = try CertificateTemplate(subject: facts.name, names: facts.names, usage: usage, days: days)
        return try template.issued(to: KeyHandle(pointer), by: handle, key: signing).pem()
    }

    /// Issues a certificate with the same names and role as an existing one, for a new key.
    ///
    /// - Throws: ``SealError/malformed``, as ``reissue(_:days:)`` does.
    package func replacement(of certificate: String, days: Int) throws(SealError) -> CertifiedKey {
        let facts = try CertificateFacts(pem: certificate)
        return try issue(name: facts.name, role: facts.role, names: facts.names, days: days)
    }

    /// Returns whether this authority has issued the certificate. The validity is not checked.
    package func hasIssued(_ certificate: String) -> Bool {
        defer { clearQueue() }
        guard let handle = try? CertificateHandle(pem: certificate) else { return false }
        return X509_verify(handle.pointer, signing.pointer) == 1
    }
}
