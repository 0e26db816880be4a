import COpenSSL

/// Issues the certificates by which the programs of a site know each other.
package struct CertificateAuthority: Sendable {
    /// What a holder may be in a TLS connection, and nothing else.
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

    /// A new authority.
    ///
    /// - Throws: ``SealError/malformed`` unless `name` is 1 to 64 characters of `A-Z a-z 0-9 . _ : @ * -` and spaces,
    ///   neither first nor last, and `days` is in 1...36500.
    package init(name: String, days: Int) throws(SealError) {
        let template = try CertificateTemplate(subject: name, names: [], usage: .authority, days: days)
        let key = try KeyHandle.p256()
        try self.init(template.selfSigned(key), key)
    }

    /// The authority that has this certificate and key, both in PEM.
    ///
    /// - Throws: ``SealError/malformed`` if one of them cannot be read or needs a password, the certificate is not an
    ///   authority's or not of that key, or the key is not an elliptic curve's.
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

    /// A certificate for a new key, good for `role` alone.
    ///
    /// - Parameters:
    ///   - name: the subject's common name, as the authority's own.
    ///   - names: host names and addresses, as ``Certificate/selfSigned(names:days:)`` takes them.
    ///   - days: 1...36500; when the authority's own have passed, it is void with it.
    /// - Throws: ``SealError/malformed`` if the names or days are not such.
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
}
