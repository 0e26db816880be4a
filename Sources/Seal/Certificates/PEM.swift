import COpenSSL
import Secrets

/// Memory that OpenSSL reads from or writes to. Written bytes are wiped at its end.
private struct MemoryBIO: ~Copyable {
    private let pointer: OpaquePointer

    /// Makes memory to write to.
    init() throws(SealError) {
        guard let pointer = BIO_new(BIO_s_secmem()) else { throw .engine("BIO_s_secmem") }
        self.pointer = pointer
    }

    /// Makes memory to read `bytes` from. They are not copied and must outlive it.
    init(reading bytes: UnsafeRawBufferPointer) throws(SealError) {
        guard let count = Int32(exactly: bytes.count) else { throw .malformed }
        guard let pointer = BIO_new_mem_buf(bytes.baseAddress, count) else { throw .engine("BIO_new_mem_buf") }
        self.pointer = pointer
    }

    deinit { BIO_free(pointer) }

    /// Lends the memory to a function of OpenSSL, which must not keep it.
    func lend<Result>(to body: (OpaquePointer) -> Result) -> Result {
        body(pointer)
    }

    /// Lends the bytes that were written.
    func withWritten<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var start: UnsafeMutablePointer<CChar>?
        let count = BIO_ctrl(pointer, BIO_CTRL_INFO, 0, &start)
        return try body(UnsafeRawBufferPointer(start: start, count: count))
    }
}

extension CertificateHandle {
    /// Reads the first certificate in PEM (RFC 7468) in `pem`.
    ///
    /// - Throws: ``SealError/malformed`` if there is none.
    convenience init(pem: String) throws(SealError) {
        let bytes = Array(pem.utf8)
        let read = try bytes.span.bytes.withUnsafeBytes { (bytes) throws(SealError) in
            try MemoryBIO(reading: bytes).lend { PEM_read_bio_X509($0, nil, refusePassword, nil) }
        }
        guard let read else {
            clearQueue()
            throw .malformed
        }
        self.init(read)
    }

    /// Returns the certificates in `pem`, each as PEM of its own, without the text between them.
    static func separated(_ pem: String) -> [String] {
        pem.matches(of: /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/).map { "\($0.output)\n" }
    }

    /// Returns the certificate in PEM, which ends in a newline.
    func pem() throws(SealError) -> String {
        let memory = try MemoryBIO()
        try SealError.check(memory.lend { PEM_write_bio_X509($0, pointer) }, "PEM_write_bio_X509")
        return memory.withWritten { String(decoding: $0, as: UTF8.self) }
    }
}

extension KeyHandle {
    /// Reads the first private key in PEM in `pem`.
    ///
    /// - Throws: ``SealError/malformed`` if there is none, or if it needs a password.
    convenience init(pem: SecretBytes) throws(SealError) {
        let read = try pem.withUnsafeBytes { (bytes) throws(SealError) in
            try MemoryBIO(reading: bytes).lend { PEM_read_bio_PrivateKey($0, nil, refusePassword, nil) }
        }
        guard let read else {
            clearQueue()
            throw .malformed
        }
        self.init(read)
    }

    /// Returns the key as PKCS #8 (RFC 5958) in PEM, which ends in a newline.
    func pem() throws(SealError) -> SecretBytes {
        let memory = try MemoryBIO()
        let written = memory.lend { PEM_write_bio_PKCS8PrivateKey($0, pointer, nil, nil, 0, nil, nil) }
        try SealError.check(written, "PEM_write_bio_PKCS8PrivateKey")
        return memory.withWritten { bytes in
            SecretBytes(count: bytes.count) { $0.copyMemory(from: bytes) }
        }
    }
}

/// Gives no password. Without this function, OpenSSL would ask for one on the terminal.
private func refusePassword(
    _: UnsafeMutablePointer<CChar>?, _: Int32, _: Int32, _: UnsafeMutableRawPointer?
) -> Int32 {
    -1
}
