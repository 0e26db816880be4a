import Foundation
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
    private let state: Mutex<(context: NIOSSLContext, notices: [String])>

    /// The warnings about the files in use. Each is a line that names its file.
    package var notices: [String] { state.withLock { $0.notices } }

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

    private static func state(
        _ purpose: Purpose, _ material: Material
    ) throws(TLSFault) -> (context: NIOSSLContext, notices: [String]) {
        let chain = try material.certificate.certificates()
        let key = try material.key.privateKey()
        var configuration =
            purpose == .linkClient
            ? TLSConfiguration.makeClientConfiguration()
            : TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.certificateChain = chain.map { .certificate($0) }
        configuration.privateKey = .privateKey(key)
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = [protocolName]
        var notices = notices(of: chain, in: material.certificate.path)
        if purpose != .sessions {
            guard let authority = material.authority else { preconditionFailure("a link has an authority") }
            let roots = try authority.certificates()
            configuration.trustRoots = .certificates(roots)
            configuration.certificateVerification = .noHostnameVerification
            notices += self.notices(of: roots, in: authority.path)
        }
        do {
            return (try NIOSSLContext(configuration: configuration), notices)
        } catch {
            throw material.key.fault("not the private key of the first certificate in \(material.certificate.path)")
        }
    }

    /// Returns a line for each certificate that is not valid yet or has expired.
    private static func notices(of certificates: [NIOSSLCertificate], in path: String) -> [String] {
        let now = time(nil)
        return certificates.compactMap { certificate in
            let (first, last) = (certificate.notValidBefore, certificate.notValidAfter)
            if last < now { return "\(path): a certificate has expired, at \(text(last))" }
            return first > now ? "\(path): a certificate is not good before \(text(first))" : nil
        }
    }

    private static func text(_ time: time_t) -> String {
        Date(timeIntervalSince1970: TimeInterval(time)).ISO8601Format()
    }
}
