import NIOCore
import NIOSSL

/// The reason why TLS failed, in a few words for a person.
package struct TLSFault: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String
    /// Whether the reason is that the other end's certificate is not trusted.
    package let isUntrusted: Bool
    /// Whether the other end speaks without TLS. BoringSSL takes what it sends for a record of an unknown version.
    var isClear: Bool { description == "wrong version number" }

    init(_ description: String, isUntrusted: Bool = false) {
        self.description = description
        self.isUntrusted = isUntrusted
    }

    /// Shortens an error of NIOSSL; nil if it does not concern TLS, or only says that the connection ended.
    init?(of error: any Error) {
        switch error {
        case NIOSSLError.uncleanShutdown: return nil
        case NIOSSLError.handshakeFailed(.sslError([.eofDuringHandshake])):
            self.init("the connection ended during the handshake")
        case NIOSSLError.handshakeFailed(let cause):
            let words = Self.words(of: cause)
            self.init(words ?? "the handshake failed", isUntrusted: words == "certificate verify failed")
        case is NIOSSLError, is BoringSSLError: self.init(Self.words(of: error) ?? "the connection is broken")
        case let error as NIOSSLExtraError
        where error == .failedToValidateHostname || error == .serverHostnameImpossibleToMatch:
            self.init("the certificate is for another name", isUntrusted: true)
        case is NIOSSLExtraError: self.init("the host cannot be named in a TLS handshake")
        default: return nil
        }
    }

    /// Returns BoringSSL's reason, such as CERTIFICATE_VERIFY_FAILED, without the place in its source.
    private static func words(of error: any Error) -> String? {
        "\(error)".firstMatch(of: /OPENSSL_internal:([A-Z0-9_]+)/).map { match in
            match.output.1.lowercased().replacing("_", with: " ")
        }
    }
}
