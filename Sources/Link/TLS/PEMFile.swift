import Foundation
import Input
import NIOSSL

/// A file with certificates or a private key in PEM (RFC 7468). Its errors name its path.
package struct PEMFile: Sendable {
    package let path: String
    private let bytes: [UInt8]

    /// `bytes`: the contents of the file, without a byte order mark.
    package init(path: String, bytes: [UInt8]) {
        (self.path, self.bytes) = (path, bytes)
    }

    /// Reads a file.
    ///
    /// - Throws: a `TLSFault` if the file cannot be read.
    init(reading path: String) throws(TLSFault) {
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            self.init(path: path, bytes: Array(data.dropFirst(ByteOrderMark.count(at: data))))
        } catch {
            throw TLSFault("\(path): cannot be read")
        }
    }

    /// Returns the certificates in the file.
    ///
    /// - Throws: a `TLSFault` if there is none, or if one is damaged.
    func certificates() throws(TLSFault) -> [NIOSSLCertificate] {
        if let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty { return certificates }
        throw fault(has("PRIVATE KEY") ? "a private key, where a certificate is expected" : "no certificate in PEM")
    }

    /// Returns the private key in the file.
    ///
    /// - Throws: a `TLSFault` if there is none, or if it needs a passphrase.
    func privateKey() throws(TLSFault) -> NIOSSLPrivateKey {
        // This is checked first, because OpenSSL would ask for the passphrase on the terminal.
        guard !has("ENCRYPTED PRIVATE KEY"), !has("Proc-Type: 4,ENCRYPTED") else {
            throw fault("encrypted with a passphrase, for which no daemon can ask: openssl pkey writes it without one")
        }
        if let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) { return key }
        throw fault(has("CERTIFICATE") ? "no private key, but a certificate" : "no private key in PEM")
    }

    func fault(_ reason: String) -> TLSFault { TLSFault("\(path): \(reason)") }

    private func has(_ text: String) -> Bool { bytes.firstRange(of: Array(text.utf8)) != nil }
}
