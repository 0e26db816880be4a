import Input
import Link
import NIOCore
import NIOPosix
import POSIX

extension StartError {
    /// Creates the error for an address or a Unix socket on which the daemon cannot listen.
    package init(listening endpoint: Endpoint, _ error: any Error) {
        let reason =
            switch error {
            case let error as IOError: SystemError.phrase(error.errnoCode)
            case is SocketAddressError.UnknownHost: "no such host"
            case is UnixDomainSocketPathWrongType: "a file of that name exists and is not a socket"
            default: "\(error)"
            }
        self.init("\(endpoint): \(reason)")
    }
}
