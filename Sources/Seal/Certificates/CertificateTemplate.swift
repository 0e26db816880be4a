import COpenSSL

/// What a certificate is to say of its holder, checked.
struct CertificateTemplate {
    /// What the holder may do with its key.
    enum Usage {
        /// Sign certificates of those who are no authorities themselves.
        case authority
        case client
        case server
        /// Be a server whom those believe who have this very certificate.
        case selfSigned
    }

    /// The subject's common name.
    let subject: String
    let names: [AlternativeName]
    let usage: Usage
    let days: Int

    /// - Throws: ``SealError/malformed`` unless `subject` is 1 to 64 characters of `A-Z a-z 0-9 . _ : @ * -` and spaces,
    ///   neither first nor last, all `names` are names, and `days` is in 1...36500.
    init(subject: String, names: [String], usage: Usage, days: Int) throws(SealError) {
        guard Self.isCommonName(subject), (1...36500).contains(days) else { throw .malformed }
        self.subject = subject
        var read: [AlternativeName] = []
        for name in names { read.append(try AlternativeName(name)) }
        self.names = read
        self.usage = usage
        self.days = days
    }

    /// A certificate of `key`, signed with itself.
    func selfSigned(_ key: KeyHandle) throws(SealError) -> CertificateHandle {
        let certificate = try CertificateHandle(unsigned: self, of: key)
        try certificate.setIssuer(subjectOf: certificate)
        try certificate.sign(with: key)
        return certificate
    }

    /// A certificate of `key`, signed with the issuer's key.
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
