import COpenSSL

/// The extensions of RFC 5280 section 4.2. They are built from values, and no text is read as OpenSSL's configuration.
extension CertificateHandle {
    func addExtensions(of template: CertificateTemplate) throws(SealError) {
        try addBasicConstraints(isAuthority: template.usage == .authority)
        switch template.usage {
        case .authority: try addKeyUsage(keyCertSign, cRLSign)
        case .client: try addKeyUsage(digitalSignature, extended: NID_client_auth)
        case .server: try addKeyUsage(digitalSignature, extended: NID_server_auth)
        // It has no keyUsage. As its own issuer it would need the usage keyCertSign, which BoringSSL checks.
        case .selfSigned: try addExtendedUsage(NID_server_auth)
        }
        try addNames(template.names)
        try addSubjectKeyIdentifier()
    }

    /// Adds the issuer's identifier, which the issuer must have already.
    func addAuthorityKeyIdentifier(of issuer: CertificateHandle) throws(SealError) {
        guard let identifier = AUTHORITY_KEYID_new() else { throw .engine("AUTHORITY_KEYID_new") }
        defer { AUTHORITY_KEYID_free(identifier) }
        guard let key = X509_get0_subject_key_id(issuer.pointer) else { throw .malformed }
        identifier.pointee.keyid = ASN1_OCTET_STRING_dup(key)
        try add(NID_authority_key_identifier, UnsafeMutableRawPointer(identifier))
    }

    /// Adds the basic constraints. An authority may not issue certificates for further authorities.
    private func addBasicConstraints(isAuthority: Bool) throws(SealError) {
        guard let constraints = BASIC_CONSTRAINTS_new() else { throw .engine("BASIC_CONSTRAINTS_new") }
        defer { BASIC_CONSTRAINTS_free(constraints) }
        if isAuthority {
            constraints.pointee.ca = 0xFF
            constraints.pointee.pathlen = ASN1_INTEGER_new()
            try SealError.check(ASN1_INTEGER_set(constraints.pointee.pathlen, 0), "ASN1_INTEGER_set")
        }
        try add(NID_basic_constraints, UnsafeMutableRawPointer(constraints), isCritical: true)
    }

    private func addKeyUsage(_ bits: Int32..., extended: Int32? = nil) throws(SealError) {
        guard let usage = ASN1_BIT_STRING_new() else { throw .engine("ASN1_BIT_STRING_new") }
        defer { ASN1_BIT_STRING_free(usage) }
        for bit in bits { try SealError.check(ASN1_BIT_STRING_set_bit(usage, bit, 1), "ASN1_BIT_STRING_set_bit") }
        try add(NID_key_usage, UnsafeMutableRawPointer(usage), isCritical: true)
        if let extended { try addExtendedUsage(extended) }
    }

    private func addExtendedUsage(_ purpose: Int32) throws(SealError) {
        guard let purposes = EXTENDED_KEY_USAGE_new() else { throw .engine("EXTENDED_KEY_USAGE_new") }
        defer { EXTENDED_KEY_USAGE_free(purposes) }
        try SealError.check(clavero_usage_append(purposes, purpose), "EXTENDED_KEY_USAGE")
        try add(NID_ext_key_usage, UnsafeMutableRawPointer(purposes))
    }

    private func addNames(_ names: [AlternativeName]) throws(SealError) {
        guard !names.isEmpty else { return }
        guard let list = GENERAL_NAMES_new() else { throw .engine("GENERAL_NAMES_new") }
        defer { GENERAL_NAMES_free(list) }
        for name in names {
            let (type, bytes) =
                switch name {
                case .dns(let text): (GEN_DNS, Array(text.utf8))
                case .address(let bytes): (GEN_IPADD, bytes)
                }
            try SealError.check(clavero_names_append(list, type, bytes, Int32(bytes.count)), "GENERAL_NAMES")
        }
        try add(NID_subject_alt_name, UnsafeMutableRawPointer(list))
    }

    /// Adds the SHA-1 of the public key, by method 1 of section 4.2.1.2. It is only a name, and security does not
    /// depend on it.
    private func addSubjectKeyIdentifier() throws(SealError) {
        var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        let digested = X509_pubkey_digest(pointer, EVP_sha1(), &bytes, &count)
        try SealError.check(digested, "X509_pubkey_digest")
        guard let identifier = ASN1_OCTET_STRING_new() else { throw .engine("ASN1_OCTET_STRING_new") }
        defer { ASN1_OCTET_STRING_free(identifier) }
        try SealError.check(ASN1_OCTET_STRING_set(identifier, bytes, Int32(count)), "ASN1_OCTET_STRING_set")
        try add(NID_subject_key_identifier, UnsafeMutableRawPointer(identifier))
    }

    private func add(_ nid: Int32, _ value: UnsafeMutableRawPointer, isCritical: Bool = false) throws(SealError) {
        try SealError.check(X509_add1_ext_i2d(pointer, nid, value, isCritical ? 1 : 0, 0), "X509_add1_ext_i2d")
    }
}

// The positions of bits in keyUsage (RFC 5280 section 4.2.1.3).
private let digitalSignature: Int32 = 0
private let keyCertSign: Int32 = 5
private let cRLSign: Int32 = 6
