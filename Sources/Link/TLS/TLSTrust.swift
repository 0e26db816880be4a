import NIOCore
import NIOSSL

/// Whom a client believes to be the server that it asked for.
package struct TLSTrust: Sendable {
    private let host: String
    private let context: NIOSSLContext
    /// nil where the certificate is checked in the usual way.
    private let accepts: (@Sendable (_ certificate: [UInt8]) -> Bool)?

    /// `host`: the name or address that the server's certificate has to bear. `authority`: a file of certificates in PEM
    /// by which it has to be signed, or of which it has to be one; nil for the authorities that the system believes.
    ///
    /// - Throws: a `TLSFault`, when the file cannot be used.
    package init(host: String, authority: String?) throws(TLSFault) {
        self.host = host
        accepts = nil
        do {
            var configuration = Self.configuration
            if let authority {
                configuration.trustRoots = .certificates(try PEMFile(reading: authority).certificates())
            }
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw (error as? TLSFault) ?? TLSFault("\(authority ?? "the system's certificates"): cannot be used")
        }
    }

    /// `accepting`: whether the server is believed that has this certificate, which is given in DER. Nothing else is
    /// asked of it.
    ///
    /// - Throws: a `TLSFault`, when TLS cannot be set up at all.
    package init(host: String, accepting: @escaping @Sendable (_ certificate: [UInt8]) -> Bool) throws(TLSFault) {
        self.host = host
        accepts = accepting
        var configuration = Self.configuration
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates([])
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw TLSFault("TLS cannot be set up")
        }
    }

    private static var configuration: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = [TLSIdentity.protocolName]
        return configuration
    }

    func handler() throws -> NIOSSLClientHandler {
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        // An address cannot be named in the greeting (RFC 6066, 3); it is compared with the certificate all the same.
        let name = isAddress ? nil : host
        guard let accepts else { return try NIOSSLClientHandler(context: context, serverHostname: name) }
        return try NIOSSLClientHandler(context: context, serverHostname: name) { chain, promise in
            let certificate = try? chain.first?.toDERBytes()
            promise.succeed(certificate.map(accepts) == true ? .certificateVerified : .failed)
        }
    }
}
