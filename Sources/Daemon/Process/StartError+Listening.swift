import Glibc
import Input
import Link
import NIOCore
import NIOPosix
import POSIX

extension StartError {
    /// Creates the error for an address or a Unix socket on which the daemon cannot listen.
    package init(listening endpoint: Endpoint, _ error: any Error) {
        switch error {
        case let error as IOError: self.init(listening: endpoint, errno: error.errnoCode)
        case is SocketAddressError.UnknownHost: self.init("\(endpoint): no such host", .unavailable)
        case is UnixDomainSocketPathWrongType:
            self.init("\(endpoint): a file of that name exists and is not a socket", .creation)
        default: self.init("\(endpoint): \(error)", .unavailable)
        }
    }

    /// Creates the error for an address or a Unix socket on which the system refuses to listen.
    init(listening endpoint: Endpoint, errno: Int32) {
        let (advice, status): (String, ExitStatus) =
            switch errno {
            case EADDRINUSE: ("; choose another address, or stop the program that listens there", .unavailable)
            case EADDRNOTAVAIL: ("; choose an address of this machine", .unavailable)
            case EACCES: ("; choose a port from 1024 on, or a directory that this user can write to", .permission)
            case ENOENT: ("; make the directory, or choose another path", .creation)
            default: ("", .unavailable)
            }
        self.init("\(endpoint): \(SystemError.phrase(errno))\(advice)", status)
    }
}
