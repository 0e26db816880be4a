import Foundation
import Link
import NIOCore
import NIOPosix

/// Why a daemon cannot start: one line that names what is in the way.
package struct StartError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }

    /// For an address or a Unix socket that cannot be listened on.
    package init(listening endpoint: Endpoint, _ error: any Error) {
        let reason =
            switch error {
            case let error as IOError: SystemError.text(error.errnoCode)
            case is SocketAddressError.UnknownHost: "no such host"
            case is UnixDomainSocketPathWrongType: "a file that is no socket has that name"
            default: "\(error)"
            }
        self.init("\(endpoint): \(reason)")
    }
}

/// What the system says of an error.
enum SystemError {
    static func text(_ number: Int32) -> String { String(cString: strerror(number)).lowercased() }
}
