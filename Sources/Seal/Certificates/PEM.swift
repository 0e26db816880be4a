import COpenSSL

/// Memory that OpenSSL reads from or writes to; what was written is wiped when it goes.
private struct MemoryBIO: ~Copyable {
    private let pointer: OpaquePointer

    /// One to write to.
    init() throws(SealError) {
        guard let pointer = BIO_new(BIO_s_secmem()) else { throw .engine("BIO_s_secmem") }
        self.pointer = pointer
    }

    /// One to read `bytes` from, which are not copied and must outlive it.
    init(reading bytes: UnsafeRawBufferPointer) throws(SealError) {
        guard let count = Int32(exactly: bytes.count) else { throw .malformed }
        guard let pointer = BIO_new_mem_buf(bytes.baseAddress, count) else { throw .engine("BIO_new_mem_buf") }
        self.pointer = pointer
    }

    deinit { BIO_free(pointer) }

    /// Lends it to one of OpenSSL's functions, which must not keep it.
    func lend<Result>(to body: (OpaquePointer) -> Result) -> Result {
        body(pointer)
    }

    /// Lends what was written.
    func withWritten<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var start: UnsafeMutablePointer<CChar>?
        let count = BIO_ctrl(pointer, BIO_CTRL_INFO, 0, &start)
        return try body(UnsafeRawBufferPointer(start: start, count: count))
    }
}

extension CertificateHandle {
    /// The first certificate in PEM (RFC 7468) that `pem` has.
    ///
    /// - Throws: ``SealError/malformed`` if there is none.
    convenience init(pem: String) throws(SealError) {
        let octets = Array(pem.utf8)
        let read = try octets.span.bytes.withUnsafeBytes { (octets) throws(SealError) in
            try MemoryBIO(reading: octets).lend { PEM_read_bio_X509($0, nil, refusePassword, nil) }
        }
        guard let read else {
            clearQueue()
            throw .malformed
        }
        self.init(read)
    }

    /// The certificate in PEM, ending in a newline.
    func pem() throws(SealError) -> String {
        let memory = try MemoryBIO()
        try SealError.check(memory.lend { PEM_write_bio_X509($0, pointer) }, "PEM_write_bio_X509")
        return memory.withWritten { String(decoding: $0, as: UTF8.self) }
    }
}

extension KeyHandle {
    /// The first private key in PEM that `pem` has.
    ///
    /// - Throws: ``SealError/malformed`` if there is none, or if a password is needed to read it.
    convenience init(pem: SecretBytes) throws(SealError) {
        let read = try pem.withUnsafeBytes { (octets) throws(SealError) in
            try MemoryBIO(reading: octets).lend { PEM_read_bio_PrivateKey($0, nil, refusePassword, nil) }
        }
        guard let read else {
            clearQueue()
            throw .malformed
        }
        self.init(read)
    }

    /// The key as PKCS #8 (RFC 5958) in PEM, ending in a newline.
    func pem() throws(SealError) -> SecretBytes {
        let memory = try MemoryBIO()
        let written = memory.lend { PEM_write_bio_PKCS8PrivateKey($0, pointer, nil, nil, 0, nil, nil) }
        try SealError.check(written, "PEM_write_bio_PKCS8PrivateKey")
        return memory.withWritten { octets in
            SecretBytes(count: octets.count) { $0.copyMemory(from: octets) }
        }
    }
}

/// Gives no password; without it OpenSSL would ask for one on the terminal.
private func refusePassword(
    _: UnsafeMutablePointer<CChar>?, _: Int32, _: Int32, _: UnsafeMutableRawPointer?
) -> Int32 {
    -1
}
