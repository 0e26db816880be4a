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
    /// - Parameter mayHaveKey: Whether the file may have a private key too, because its rights were checked.
    /// - Throws: a `TLSFault` if there is none, or if one is damaged.
    func certificates(mayHaveKey: Bool = false) throws(TLSFault) -> [NIOSSLCertificate] {
        let found = (try? NIOSSLCertificate.fromPEMBytes(bytes)) ?? []
        guard found.isEmpty else {
            guard mayHaveKey || !has("PRIVATE KEY") else {
                throw fault(
                    "has a private key too, although anyone may read a certificate; move the key to a file of its own")
            }
            return found
        }
        try requireText(converter: "openssl x509 -inform DER")
        if has("PRIVATE KEY") { throw fault("a private key, where a certificate is expected") }
        throw fault(has("BEGIN CERTIFICATE") ? "a certificate in it is damaged" : "no certificate in PEM")
    }

    /// Checks that there is a certificate in the file.
    package func requireCertificate() throws(TLSFault) { _ = try certificates(mayHaveKey: true) }

    /// Returns the private key in the file.
    ///
    /// - Throws: a `TLSFault` if there is none, or if it needs a passphrase.
    func privateKey() throws(TLSFault) -> NIOSSLPrivateKey {
        // This is checked first, because OpenSSL would ask for the passphrase on the terminal.
        guard !has("ENCRYPTED PRIVATE KEY"), !has("Proc-Type: 4,ENCRYPTED") else {
            throw fault(
                "encrypted with a passphrase, for which no daemon can ask; to write the key without one, run: "
                    + "openssl pkey -in \(ShellWord.quoted(path)) -out NEWFILE")
        }
        if let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) { return key }
        try requireText(converter: "openssl pkey -inform DER")
        if has("PRIVATE KEY") {
            throw fault("the private key in it is damaged, or of a kind that TLS here does not use")
        }
        throw fault(has("CERTIFICATE") ? "no private key, but a certificate" : "no private key in PEM")
    }

    /// Checks that the file has text. A file in DER begins with the tag of a sequence, and has bytes that no text has.
    ///
    /// - Parameter converter: The command that converts such a file to PEM.
    private func requireText(converter: String) throws(TLSFault) {
        guard !bytes.isEmpty else { throw fault("an empty file") }
        guard bytes[0] != 0x30 || bytes.allSatisfy({ 0x09...0x0D ~= $0 || 0x20...0x7E ~= $0 }) else {
            throw fault(
                "in DER or another binary form, where PEM is expected; to convert it, run: "
                    + "\(converter) -in \(ShellWord.quoted(path)) -out NEWFILE")
        }
    }

    func fault(_ reason: String) -> TLSFault { TLSFault("\(path): \(reason)") }

    private func has(_ text: String) -> Bool { bytes.firstRange(of: Array(text.utf8)) != nil }
}
