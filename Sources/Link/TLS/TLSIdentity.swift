import Foundation
import NIOCore
import NIOSSL
import Synchronization

/// What one end of a TLS connection shows, and whom it believes. It can be replaced while it is used: connections that
/// there are keep what they began with.
package final class TLSIdentity: Sendable {
    /// The files that an identity is made of.
    package struct Material: Sendable {
        package let certificate: PEMFile
        package let key: PEMFile
        /// The authority by which links know each other; nil for TLS to clients.
        package let authority: PEMFile?

        package init(certificate: PEMFile, key: PEMFile, authority: PEMFile?) {
            self.certificate = certificate
            self.key = key
            self.authority = authority
        }
    }

    /// What a connection is for, which decides who has to show what.
    package enum Purpose: Sendable {
        /// A client's session, at the proxy's end: the client shows nothing.
        case sessions
        /// A link, at the server's end: the proxy shows a certificate for TLS clients of the link authority.
        case linkServer
        /// A link, at the proxy's end: the server shows a certificate for TLS servers of the link authority.
        case linkClient
    }

    /// What a client that offers protocols must offer (RFC 7301): another protocol's client is kept out.
    package static let protocolName = "clavero"

    private let purpose: Purpose
    private let load: @Sendable () throws -> Material
    private let state: Mutex<(context: NIOSSLContext, notices: [String])>

    /// The warnings about the files that are in use. Each is a line that names the file.
    package var notices: [String] { state.withLock { $0.notices } }

    private var context: NIOSSLContext { state.withLock { $0.context } }

    /// `load` reads the files, now and whenever `reload` is called.
    ///
    /// - Throws: what `load` throws, or a `TLSFault` that names the file at fault.
    package init(for purpose: Purpose, load: @escaping @Sendable () throws -> Material) throws {
        self.purpose = purpose
        self.load = load
        state = Mutex(try Self.state(purpose, try load()))
    }

    /// Reads the files again. When it throws, what there was goes on.
    package func reload() throws {
        let new = try Self.state(purpose, try load())
        state.withLock { $0 = new }
    }

    /// The handlers of a connection that was accepted, to stand before all others.
    func serverHandlers() -> [any ChannelHandler] {
        [ClientHelloGuard(), NIOSSLServerHandler(context: context)]
    }

    /// The handler of a connection that was made. A server of the site is known by its authority, not by its host.
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

    /// A line for each certificate that is not good yet or no longer.
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
