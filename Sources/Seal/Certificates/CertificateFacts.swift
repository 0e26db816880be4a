import COpenSSL
import Glibc
import Secrets

/// The contents of a certificate that a person is shown.
package struct CertificateFacts: Sendable {
    /// The subject's common name; empty if it has none.
    package let name: String
    /// The issuer's common name; empty if it has none.
    package let issuer: String
    /// The host names and addresses. Entries of other kinds are left out.
    package let names: [String]
    /// The SHA-256 of the certificate in DER, in the form of openssl: `AA:BB:…`.
    package let fingerprint: String
    /// The end of the validity, in Unix seconds.
    package let end: Int
    /// Whether the certificate is signed with its own key.
    package let isSelfSigned: Bool
    let role: CertificateAuthority.Role

    /// Reads the first certificate in `pem`.
    ///
    /// - Throws: ``SealError/malformed`` if there is none.
    package init(pem: String) throws(SealError) {
        try self.init(CertificateHandle(pem: pem))
    }

    /// Returns the certificates in `pem`, each as PEM of its own.
    package static func separated(_ pem: String) -> [String] { CertificateHandle.separated(pem) }

    /// Returns whether the certificate is signed with the key of the other certificate. The validity is not checked.
    package static func isIssued(_ certificate: String, by authority: String) -> Bool {
        defer { clearQueue() }
        guard let certificate = try? CertificateHandle(pem: certificate),
            let authority = try? CertificateHandle(pem: authority)
        else { return false }
        return X509_verify(certificate.pointer, X509_get0_pubkey(authority.pointer)) == 1
    }

    /// Returns whether the private key, in PEM, is the one of the certificate.
    package static func isKey(_ key: SecretBytes, of certificate: String) -> Bool {
        defer { clearQueue() }
        guard let certificate = try? CertificateHandle(pem: certificate), let key = try? KeyHandle(pem: key) else {
            return false
        }
        return X509_check_private_key(certificate.pointer, key.pointer) == 1
    }

    init(_ certificate: CertificateHandle) throws(SealError) {
        let pointer = certificate.pointer
        defer { clearQueue() }
        name = Self.commonName(of: X509_get_subject_name(pointer))
        issuer = Self.commonName(of: X509_get_issuer_name(pointer))
        names = Self.names(of: pointer)
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        try SealError.check(X509_digest(pointer, EVP_sha256(), &digest, &count), "X509_digest")
        fingerprint = digest[..<Int(count)].map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 1 ? "0\(digits)" : digits
        }.joined(separator: ":")
        var time = tm()
        guard ASN1_TIME_to_tm(X509_get0_notAfter(pointer), &time) == 1 else { throw .malformed }
        end = timegm(&time)
        isSelfSigned = X509_self_signed(pointer, 1) == 1
        role = X509_check_purpose(pointer, X509_PURPOSE_SSL_CLIENT, 0) == 1 ? .client : .server
    }

    static func commonName(of name: OpaquePointer?) -> String {
        var buffer = [CChar](repeating: 0, count: 257)
        let count = X509_NAME_get_text_by_NID(name, NID_commonName, &buffer, Int32(buffer.count))
        guard count > 0 else { return "" }
        return String(decoding: buffer[..<Int(count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func names(of certificate: OpaquePointer) -> [String] {
        guard let found = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
        let list = OpaquePointer(found)
        defer { GENERAL_NAMES_free(list) }
        return (0..<clavero_names_count(list)).compactMap { index in
            var (bytes, count): (UnsafePointer<UInt8>?, Int32) = (nil, 0)
            let type = clavero_names_get(list, index, &bytes, &count)
            guard type >= 0, let bytes else { return nil }
            let value = Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
            return type == GEN_DNS ? String(decoding: value, as: UTF8.self) : address(value)
        }
    }

    private static func address(_ bytes: [UInt8]) -> String? {
        guard [4, 16].contains(bytes.count) else { return nil }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count)) != nil else {
            return nil
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
