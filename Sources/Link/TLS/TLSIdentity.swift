import NIOCore
import NIOSSL
import Synchronization

/// The certificate and key of one end of a TLS connection, and the authority that it trusts. They can be replaced at
/// run time: existing connections keep the old ones.
package final class TLSIdentity: Sendable {
    /// The files of an identity.
    package struct Material: Sendable {
        package let certificate: PEMFile
        package let key: PEMFile
        /// The authority that issues the certificates of links; nil for TLS with clients.
        package let authority: PEMFile?

        package init(certificate: PEMFile, key: PEMFile, authority: PEMFile?) {
            self.certificate = certificate
            self.key = key
            self.authority = authority
        }
    }

    /// The use of an identity, which decides which end shows a certificate.
    package enum Purpose: Sendable {
        /// A client's session, at the proxy. The client shows no certificate.
        case sessions
        /// A link, at the server. The proxy shows a certificate for TLS clients, issued by the link authority.
        case linkServer
        /// A link, at the proxy. The server shows a certificate for TLS servers, issued by the link authority.
        case linkClient
    }

    /// The name of our protocol (RFC 7301). A client that offers protocols must offer this one, which keeps out clients
    /// of other protocols.
    package static let protocolName = "clavero"

    private let purpose: Purpose
    private let load: @Sendable () throws -> Material
    private let state: Mutex<State>

    private struct State {
        let context: NIOSSLContext
        let validities: [CertificateValidity]
        let notices: [String]
    }

    /// The validity of the certificates in each file in use.
    package var validities: [CertificateValidity] { state.withLock { $0.validities } }

    /// The warnings about the files in use that do not depend on the time. Each is a line that names its file.
    package var notices: [String] { state.withLock { $0.notices } }

    /// Returns what is wrong with the files in use at a time, in Unix seconds. Each line names its file.
    package func problems(at now: Int) -> [String] {
        let (notices, validities) = state.withLock { ($0.notices, $0.validities) }
        return notices + validities.compactMap { $0.warning(at: now) }.filter { !$0.isValid }.map(\.text)
    }

    private var context: NIOSSLContext { state.withLock { $0.context } }

    /// `load`: reads the files, now and at each `reload`.
    ///
    /// - Throws: an error of `load`, or a `TLSFault` that names the file.
    package init(for purpose: Purpose, load: @escaping @Sendable () throws -> Material) throws {
        self.purpose = purpose
        self.load = load
        state = Mutex(try Self.state(purpose, try load()))
    }

    /// Reads the files again. If that throws, the old ones stay in use.
    package func reload() throws {
        let new = try Self.state(purpose, try load())
        state.withLock { $0 = new }
    }

    /// Returns the handlers for an accepted connection. They come before all others.
    func serverHandlers() -> [any ChannelHandler] {
        [ClientHelloGuard(), NIOSSLServerHandler(context: context)]
    }

    /// Returns the handler for an outgoing connection. It trusts a server of the site by its authority and ignores its
    /// host name.
    func clientHandler() throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: context, serverHostname: nil)
    }

    private static func state(_ purpose: Purpose, _ material: Material) throws(TLSFault) -> State {
        let (file, keyFile) = (material.certificate, material.key)
        let chain = try file.certificates(mayHaveKey: file.path == keyFile.path)
        let key = try keyFile.privateKey()
        var roots: [NIOSSLCertificate] = []
        if purpose != .sessions {
            guard let authority = material.authority else { preconditionFailure("a link has an authority") }
            roots = try authority.certificates()
        }
        guard let context = try? context(purpose, chain, key, roots) else {
            let isLater = chain.dropFirst().contains { (try? Self.context(.sessions, [$0], key, [])) != nil }
            throw isLater
                ? file.fault(
                    "its certificates are in the wrong order; put the one of \(keyFile.path) first, then its issuers")
                : keyFile.fault("not the private key of the first certificate in \(file.path)")
        }
        let own = CertificateValidity(of: chain, in: file.path, use: purpose == .sessions ? .sessions : .links)
        let authority = CertificateValidity(of: roots, in: material.authority?.path ?? "", use: .authority)
        let misplaced = CertificateChain.firstMisplaced(in: chain).map { index in
            "\(file.path): certificate \(index + 1) has not issued certificate \(index); put each issuer after the "
                + "certificate that it has issued, because some clients refuse another order"
        }
        return State(
            context: context, validities: [own, authority].compactMap(\.self), notices: misplaced.map { [$0] } ?? [])
    }

    private static func context(
        _ purpose: Purpose, _ chain: [NIOSSLCertificate], _ key: NIOSSLPrivateKey, _ roots: [NIOSSLCertificate]
    ) throws -> NIOSSLContext {
        let sources = chain.map { NIOSSLCertificateSource.certificate($0) }
        var configuration =
            purpose == .linkClient
            ? TLSConfiguration.makeClientConfiguration()
            : TLSConfiguration.makeServerConfiguration(certificateChain: sources, privateKey: .privateKey(key))
        configuration.certificateChain = sources
        configuration.privateKey = .privateKey(key)
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = [protocolName]
        if purpose != .sessions {
            configuration.trustRoots = .certificates(roots)
            configuration.certificateVerification = .noHostnameVerification
        }
        return try NIOSSLContext(configuration: configuration)
    }
}
