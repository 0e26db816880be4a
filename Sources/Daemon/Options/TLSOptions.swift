import ArgumentParser
import Input
import Link
import Secrets

/// The options for the encryption of clients' sessions.
package struct TLSOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp("A certificate in PEM, with its chain, for TLS with clients.", valueName: "file"),
        completion: .file())
    package var tlsCertificate: String?

    @Option(help: ArgumentHelp("The certificate's private key in PEM.", valueName: "file"), completion: .file())
    package var tlsKey: String?

    @Option(
        help: ArgumentHelp(
            "Passwords and tokens from other machines on connections without TLS: refuse or allow.",
            valueName: "policy"))
    package var clearSecrets = ClearSecrets.refuse

    package enum ClearSecrets: String, ExpressibleByArgument, CaseIterable, Sendable {
        case refuse, allow
    }

    package init() {}

    package static let names = ["tls-certificate", "tls-key", "clear-secrets"]

    package func validate() throws {
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key must be given together")
        }
    }

    /// Reads the certificate and its key. Returns nil if no certificate is configured.
    ///
    /// - Throws: `StartError` if a file cannot be used.
    package func identity(credentials: Credentials = Credentials()) throws -> TLSIdentity? {
        guard let certificate = tlsCertificate, let key = tlsKey else { return nil }
        return try TLSFiles(certificate: certificate, key: key, authority: nil)
            .identity(for: .sessions, credentials: credentials)
    }
}

/// The options for the encryption of the links between the proxy and the servers.
package struct LinkOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp("TLS on links: auto, for links to other machines only, or always.", valueName: "when"))
    package var linkTLS = TLSMode.auto

    @Option(help: ArgumentHelp("This daemon's certificate for links, in PEM.", valueName: "file"), completion: .file())
    package var linkCertificate: String?

    @Option(
        help: ArgumentHelp("The private key of the certificate for links, in PEM.", valueName: "file"),
        completion: .file())
    package var linkKey: String?

    @Option(
        help: ArgumentHelp(
            "The certificate of the authority that signs the certificates for links, in PEM.", valueName: "file"),
        completion: .file())
    package var linkAuthority: String?

    package enum TLSMode: String, ExpressibleByArgument, CaseIterable, Sendable {
        case auto, always
    }

    package init() {}

    package static let names = ["link-tls", "link-certificate", "link-key", "link-authority"]

    /// Returns whether a link to or from that endpoint is encrypted.
    package func isEncrypted(_ endpoint: Endpoint) -> Bool { linkTLS == .always || !endpoint.isLocal }

    /// Reads the certificate, the key and the authority for links. `standard` has the files to use if the options
    /// name none.
    ///
    /// - Throws: `StartError` if a file is missing or cannot be used.
    package func identity(
        for purpose: TLSIdentity.Purpose, standard: TLSFiles? = nil, credentials: Credentials = Credentials()
    ) throws -> TLSIdentity {
        guard let certificate = linkCertificate ?? standard?.certificate, let key = linkKey ?? standard?.key,
            let authority = linkAuthority ?? standard?.authority
        else {
            throw StartError("links to other machines need --link-certificate, --link-key and --link-authority")
        }
        let reader: KeyFile.Reader = purpose == .linkServer ? .server : .any
        return try TLSFiles(certificate: certificate, key: key, authority: authority, reader: reader)
            .identity(for: purpose, credentials: credentials)
    }
}

/// The files of a TLS identity.
package struct TLSFiles: Sendable {
    package let certificate: String
    package let key: String
    package let authority: String?
    private let reader: KeyFile.Reader

    /// - Parameter reader: The kind of process that reads the key.
    package init(certificate: String, key: String, authority: String?, reader: KeyFile.Reader = .any) {
        self.certificate = certificate
        self.key = key
        self.authority = authority
        self.reader = reader
    }

    /// Returns the identity in the files. The files are read again at each reload.
    ///
    /// - Throws: `StartError` if a file cannot be used.
    func identity(for purpose: TLSIdentity.Purpose, credentials: Credentials) throws(StartError) -> TLSIdentity {
        do {
            return try TLSIdentity(for: purpose) {
                // If the two files are exchanged, the rights of the certificate must not be blamed.
                let certificate = try Self.publicFile(certificate)
                try certificate.requireCertificate()
                let key = try KeyFile(path: key, credentials: credentials, reader: reader).secret().withBytes { bytes in
                    bytes.withUnsafeBytes { Array($0) }
                }
                return TLSIdentity.Material(
                    certificate: certificate, key: PEMFile(path: self.key, bytes: key),
                    authority: try authority.map(Self.publicFile))
            }
        } catch let error as StartError {
            throw error
        } catch {
            // The error names the file.
            throw StartError("\(error)")
        }
    }

    private static func publicFile(_ path: String) throws(StartError) -> PEMFile {
        PEMFile(path: path, bytes: Array(try KeyFile(path: path).publicText().utf8))
    }
}
