import NIOCore
import NIOSSL

/// Whom a client believes to be the server that it asked for.
package struct TLSTrust: Sendable {
    private let host: String
    private let context: NIOSSLContext

    /// `host`: the name or address that the server's certificate has to bear. `authority`: a file of certificates in PEM
    /// by which it has to be signed, or of which it has to be one; nil for the authorities that the system believes.
    ///
    /// - Throws: a `TLSFault`, when the file cannot be used.
    package init(host: String, authority: String?) throws(TLSFault) {
        self.host = host
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = [TLSIdentity.protocolName]
            if let authority {
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authority))
            }
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw TLSFault("\(authority ?? "the system's certificates"): no certificates in PEM")
        }
    }

    func handler() throws -> NIOSSLClientHandler {
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        // An address cannot be named in the greeting (RFC 6066, 3); it is compared with the certificate all the same.
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }
}
