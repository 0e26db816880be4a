import Glibc
import NIOCore
import NIOPosix
import POSIX

/// The reason why there is no connection, in a few words for a person.
package struct ConnectionFailure: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String
    /// Whether the reason is that the server's certificate is not trusted.
    package let isUntrusted: Bool

    package init(_ description: String, isUntrusted: Bool = false) {
        self.description = description
        self.isUntrusted = isUntrusted
    }

    /// Shortens an error of NIO.
    init(_ error: any Error) {
        switch error {
        case let failure as ConnectionFailure:
            self = failure
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { self.init(first.error) } else { self.init("no such host") }
        case let error as IOError:
            let text = SystemError.text(error.errnoCode)
            self.init(text.prefix(1).lowercased() + text.dropFirst())
        case ChannelError.connectTimeout:
            self.init("no answer")
        default:
            let fault = TLSFault(of: error)
            self.init(
                fault.map { "no TLS with the server: \($0)" } ?? "\(error)", isUntrusted: fault?.isUntrusted ?? false)
        }
    }
}
