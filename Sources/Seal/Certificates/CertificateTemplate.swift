import COpenSSL

/// The contents of a certificate, validated.
struct CertificateTemplate {
    /// The use that the holder may make of its key.
    enum Usage {
        /// Sign certificates of holders that are not authorities.
        case authority
        case client
        case server
        /// Be a TLS server for clients that trust this certificate itself.
        case selfSigned
    }

    /// The subject's common name.
    let subject: String
    let names: [AlternativeName]
    let usage: Usage
    let days: Int

    /// - Throws: ``SealError/malformed`` unless `subject` is 1 to 64 characters of `A-Z a-z 0-9 . _ : @ * -` and
    ///   spaces, neither first nor last, all `names` are valid, and `days` is in 1...36500.
    init(subject: String, names: [String], usage: Usage, days: Int) throws(SealError) {
        guard Self.isCommonName(subject), (1...36500).contains(days) else { throw .malformed }
        self.subject = subject
        var read: [AlternativeName] = []
        for name in names { read.append(try AlternativeName(name)) }
        self.names = read
        self.usage = usage
        self.days = days
    }

    /// Makes a certificate for `key`, signed with `key` itself.
    func selfSigned(_ key: KeyHandle) throws(SealError) -> CertificateHandle {
        let certificate = try CertificateHandle(unsigned: self, of: key)
        try certificate.setIssuer(subjectOf: certificate)
        try certificate.sign(with: key)
        return certificate
    }

    /// Makes a certificate for `key`, signed with the issuer's key.
    func issued(to key: KeyHandle, by issuer: CertificateHandle, key signing: KeyHandle) throws(SealError)
        -> CertificateHandle
    {
        let certificate = try CertificateHandle(unsigned: self, of: key)
        try certificate.setIssuer(subjectOf: issuer)
        try certificate.addAuthorityKeyIdentifier(of: issuer)
        try certificate.sign(with: signing)
        return certificate
    }

    private static func isCommonName(_ name: String) -> Bool {
        let allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ._:@*-".utf8
        return (1...64).contains(name.utf8.count) && name.utf8.allSatisfy(allowed.contains) && name.first != " "
            && name.last != " "
    }
}
