import Foundation
import Input
import NIOSSL

/// A file of certificates or of a private key, in PEM (RFC 7468). What is wrong with it is said of its path.
package struct PEMFile: Sendable {
    package let path: String
    private let octets: [UInt8]

    /// `octets`: what is in the file, without a byte order mark.
    package init(path: String, octets: [UInt8]) {
        (self.path, self.octets) = (path, octets)
    }

    /// - Throws: a `TLSFault`, when the file cannot be read.
    init(reading path: String) throws(TLSFault) {
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            self.init(path: path, octets: Array(data.dropFirst(ByteOrderMark.count(at: data))))
        } catch {
            throw TLSFault("\(path): cannot be read")
        }
    }

    /// - Throws: a `TLSFault`, unless there is a certificate, and all are whole.
    func certificates() throws(TLSFault) -> [NIOSSLCertificate] {
        if let certificates = try? NIOSSLCertificate.fromPEMBytes(octets), !certificates.isEmpty { return certificates }
        throw fault(has("PRIVATE KEY") ? "a private key, where a certificate is expected" : "no certificate in PEM")
    }

    /// - Throws: a `TLSFault`, unless there is a key that takes no passphrase.
    func privateKey() throws(TLSFault) -> NIOSSLPrivateKey {
        // Asked first, since OpenSSL's code would ask for a passphrase on the terminal.
        guard !has("ENCRYPTED PRIVATE KEY"), !has("Proc-Type: 4,ENCRYPTED") else {
            throw fault("encrypted with a passphrase, for which no daemon can ask: openssl pkey writes it without one")
        }
        if let key = try? NIOSSLPrivateKey(bytes: octets, format: .pem) { return key }
        throw fault(has("CERTIFICATE") ? "no private key, but a certificate" : "no private key in PEM")
    }

    func fault(_ reason: String) -> TLSFault { TLSFault("\(path): \(reason)") }

    private func has(_ text: String) -> Bool { octets.firstRange(of: Array(text.utf8)) != nil }
}
