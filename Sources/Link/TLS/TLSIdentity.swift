import NIOCore
import NIOSSL
import Synchronization

/// What one end of a TLS connection shows, and whom it believes. It can be replaced while it is used: connections that
/// there are keep what they began with.
package final class TLSIdentity: Sendable {
    /// What is in PEM files.
    package struct Material: Sendable {
        package let certificate: String
        package let key: [UInt8]
        /// The authority by which links know each other; nil for TLS to clients.
        package let authority: String?

        package init(certificate: String, key: [UInt8], authority: String?) {
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

    private let name: String
    private let purpose: Purpose
    private let load: @Sendable () throws -> Material
    private let context: Mutex<NIOSSLContext>

    /// `name` is what faults are told of: the certificate's file. `load` reads the files, now and whenever `reload` is
    /// called.
    ///
    /// - Throws: what `load` throws, or a `TLSFault`.
    package init(named name: String, for purpose: Purpose, load: @escaping @Sendable () throws -> Material) throws {
        self.name = name
        self.purpose = purpose
        self.load = load
        context = Mutex(try Self.context(name, purpose, try load()))
    }

    /// Reads the files again. When it throws, what there was goes on.
    package func reload() throws {
        let new = try Self.context(name, purpose, try load())
        context.withLock { $0 = new }
    }

    /// The handlers of a connection that was accepted, to stand before all others.
    func serverHandlers() -> [any ChannelHandler] {
        [ClientHelloGuard(), NIOSSLServerHandler(context: context.withLock { $0 })]
    }

    /// The handler of a connection that was made. A server of the site is known by its authority, not by its host.
    func clientHandler() throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: context.withLock { $0 }, serverHostname: nil)
    }

    private static func context(_ name: String, _ purpose: Purpose, _ material: Material) throws -> NIOSSLContext {
        let chain = try part("certificate", of: name) {
            try NIOSSLCertificate.fromPEMBytes(Array(material.certificate.utf8))
        }
        let key = try part("key", of: name) { try NIOSSLPrivateKey(bytes: material.key, format: .pem) }
        var configuration =
            purpose == .linkClient
            ? TLSConfiguration.makeClientConfiguration()
            : TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.certificateChain = chain.map { .certificate($0) }
        configuration.privateKey = .privateKey(key)
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = [protocolName]
        if purpose != .sessions {
            let roots = try part("authority", of: name) {
                try NIOSSLCertificate.fromPEMBytes(Array((material.authority ?? "").utf8))
            }
            configuration.trustRoots = .certificates(roots)
            configuration.certificateVerification = .noHostnameVerification
        }
        return try part("key, which is not the certificate's,", of: name) {
            try NIOSSLContext(configuration: configuration)
        }
    }

    private static func part<Value>(
        _ part: String, of name: String, _ body: () throws -> Value
    ) throws(TLSFault) -> Value {
        do { return try body() } catch { throw TLSFault("\(name): the \(part) cannot be used") }
    }
}
