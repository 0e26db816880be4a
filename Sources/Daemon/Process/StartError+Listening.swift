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
        case is SocketAddressError.UnknownHost: self.init("\(endpoint): no such host", status: EX_NOHOST)
        case is UnixDomainSocketPathWrongType:
            self.init("\(endpoint): a file of that name exists and is not a socket", status: EX_CANTCREAT)
        default: self.init("\(endpoint): \(error)", status: EX_UNAVAILABLE)
        }
    }

    /// Creates the error for an address or a Unix socket on which the system refuses to listen.
    init(listening endpoint: Endpoint, errno: Int32) {
        let (advice, status) =
            switch errno {
            case EADDRINUSE: ("; choose another address, or stop the program that listens there", EX_UNAVAILABLE)
            case EADDRNOTAVAIL: ("; choose an address of this machine", EX_UNAVAILABLE)
            case EACCES: ("; choose a port from 1024 on, or a directory that this user can write to", EX_NOPERM)
            case ENOENT: ("; make the directory, or choose another path", EX_CANTCREAT)
            default: ("", EX_OSERR)
            }
        self.init("\(endpoint): \(SystemError.phrase(errno))\(advice)", status: status)
    }
}
