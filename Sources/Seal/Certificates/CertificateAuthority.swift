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
}
