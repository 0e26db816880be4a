import NIOCore
import NIOSSL

/// Why TLS cannot be had: a few words for a person.
package struct TLSFault: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String
    /// Whether it is that the other's certificate was not believed.
    package let isUntrusted: Bool

    init(_ description: String, isUntrusted: Bool = false) {
        self.description = description
        self.isUntrusted = isUntrusted
    }

    /// What NIOSSL says of a connection, in short; nil when it is not about TLS, or only that the connection ended.
    init?(of error: any Error) {
        switch error {
        case NIOSSLError.uncleanShutdown: return nil
        case NIOSSLError.handshakeFailed(let cause):
            let words = Self.words(of: cause)
            self.init(words ?? "the handshake failed", isUntrusted: words == "certificate verify failed")
        case is NIOSSLError, is BoringSSLError: self.init(Self.words(of: error) ?? "the connection is broken")
        case let error as NIOSSLExtraError:
            self.init(
                error == .failedToValidateHostname
                    ? "the certificate is for another name" : "the certificate cannot be checked",
                isUntrusted: true)
        default: return nil
        }
    }

    /// BoringSSL's reason, CERTIFICATE_VERIFY_FAILED say, out of a text that also says where in its source it was.
    private static func words(of error: any Error) -> String? {
        "\(error)".firstMatch(of: /OPENSSL_internal:([A-Z0-9_]+)/).map { match in
            match.output.1.lowercased().replacing("_", with: " ")
        }
    }
}
