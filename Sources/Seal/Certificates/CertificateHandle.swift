import COpenSSL

/// A certificate of OpenSSL. It is freed with the last reference. OpenSSL locks what it changes inside a signed
/// certificate, so threads may share it.
final class CertificateHandle: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer

    /// The seconds by which the clock of a verifier may be behind.
    private static let backdating = 300

    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { X509_free(pointer) }

    /// Makes a certificate without issuer and signature (RFC 5280 section 4.1).
    convenience init(unsigned template: CertificateTemplate, of key: KeyHandle) throws(SealError) {
        guard let pointer = X509_new() else { throw .engine("X509_new") }
        self.init(pointer)
        try SealError.check(X509_set_version(pointer, 2), "X509_set_version")
        try setSerial()
        try setValidity(days: template.days)
        try setSubject(template.subject)
        try SealError.check(X509_set_pubkey(pointer, key.pointer), "X509_set_pubkey")
        try addExtensions(of: template)
    }

    func setIssuer(subjectOf issuer: CertificateHandle) throws(SealError) {
        let set = X509_set_issuer_name(pointer, X509_get_subject_name(issuer.pointer))
        try SealError.check(set, "X509_set_issuer_name")
    }

    /// Signs with ECDSA over SHA-256.
    func sign(with key: KeyHandle) throws(SealError) {
        try SealError.check(X509_sign(pointer, key.pointer, Algorithms.sha256) > 0 ? 1 : 0, "X509_sign")
    }

    /// Sets the serial number: a positive number of 128 random bits.
    private func setSerial() throws(SealError) {
        let bytes = Random.bytes(16)
        let number = BN_bin2bn(bytes, Int32(bytes.count), nil)
        defer { BN_free(number) }
        guard let number, BN_to_ASN1_INTEGER(number, X509_get_serialNumber(pointer)) != nil else {
            clearQueue()
            throw .engine("BN_to_ASN1_INTEGER")
        }
    }

    private func setValidity(days: Int) throws(SealError) {
        guard X509_gmtime_adj(X509_getm_notBefore(pointer), -Self.backdating) != nil,
            X509_time_adj_ex(X509_getm_notAfter(pointer), Int32(days), 0, nil) != nil
        else {
            clearQueue()
            throw .engine("X509_time_adj_ex")
        }
    }

    private func setSubject(_ name: String) throws(SealError) {
        let added = X509_NAME_add_entry_by_NID(
            X509_get_subject_name(pointer), NID_commonName, MBSTRING_ASC, Array(name.utf8), Int32(name.utf8.count), -1,
            0)
        try SealError.check(added, "X509_NAME_add_entry_by_NID")
    }
}
