import Glibc
import Input
import Link
import NIOCore

/// Finds out whether the daemon can listen at an address, before it has made anything. Another process may take the
/// address in the meantime, so listening itself may still fail.
enum ListeningTrial {
    /// Checks that the address can be taken, and takes nothing. Names are not resolved, so they are not tried.
    ///
    /// - Throws: `StartError` that names the address.
    static func require(_ endpoint: Endpoint) throws(StartError) {
        switch endpoint {
        case .tcp(_, 0): return
        case .tcp("*", let port): try bind("::", port, endpoint)
        case .tcp(let host, let port): try bind(host, port, endpoint)
        case .unix(let path): try requireUnused(path, endpoint)
        }
    }

    private static func bind(_ host: String, _ port: Int, _ endpoint: Endpoint) throws(StartError) {
        guard let address = try? SocketAddress(ipAddress: host, port: port) else { return }
        let descriptor = socket(address.protocol.rawValue, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var (on, off) = (Int32(1), Int32(0))
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
        if host == "::" { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, size) }
        let failure = address.withSockAddr { pointer, length in
            Glibc.bind(descriptor, pointer, socklen_t(length)) == 0 ? 0 : errno
        }
        // Other errors are left to the listener, which may try another way.
        guard [EADDRINUSE, EACCES, EADDRNOTAVAIL].contains(failure) else { return }
        if host == "::", failure == EADDRNOTAVAIL { return }
        throw StartError(listening: endpoint, errno: failure)
    }

    /// Checks that a Unix socket can be made, and that no process listens on it.
    private static func requireUnused(_ path: String, _ endpoint: Endpoint) throws(StartError) {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFSOCK {
            throw StartError("\(endpoint): a file of that name exists and is not a socket", .creation)
        }
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "."
        // On a read-only file system the database is named first, which matters more.
        guard access(String(folder), W_OK) == 0 || errno == EROFS else {
            throw StartError(listening: endpoint, errno: errno)
        }
        guard let address = try? SocketAddress(unixDomainSocketPath: path) else { return }
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let failure = address.withSockAddr { pointer, length in
            connect(descriptor, pointer, socklen_t(length)) == 0 ? 0 : errno
        }
        // EAGAIN: a process listens, and its queue is full.
        guard failure == 0 || failure == EAGAIN else { return }
        throw StartError(listening: endpoint, errno: EADDRINUSE)
    }
}
