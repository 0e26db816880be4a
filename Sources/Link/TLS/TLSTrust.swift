import NIOCore
import NIOSSL

/// The rule by which a client trusts a server.
package struct TLSTrust: Sendable {
    private let host: String
    private let context: NIOSSLContext
    /// Decides whether a certificate is trusted; nil if it is verified in the usual way.
    private let accepts: (@Sendable (_ certificate: [UInt8]) -> Bool)?

    /// `host`: the name or address that the server's certificate must be for. `authority`: a file of certificates in
    /// PEM, one of which must have issued the server's certificate, or be it; nil for the system's authorities.
    ///
    /// - Throws: a `TLSFault` if the file cannot be used.
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

    /// `accepting`: decides whether a server with this certificate, in DER, is trusted. Nothing else is verified.
    ///
    /// - Throws: a `TLSFault` if TLS cannot be set up.
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
        // A ClientHello cannot name an address (RFC 6066, 3). The certificate is still compared with it.
        let name = isAddress ? nil : host
        guard let accepts else { return try NIOSSLClientHandler(context: context, serverHostname: name) }
        return try NIOSSLClientHandler(context: context, serverHostname: name) { chain, promise in
            let certificate = try? chain.first?.toDERBytes()
            promise.succeed(certificate.map(accepts) == true ? .certificateVerified : .failed)
        }
    }
}
