import Glibc

/// The service manager that started the daemon: systemd, or another that follows sd_notify(3). It is notified by
/// datagrams to the Unix socket that `$NOTIFY_SOCKET` names. If the variable is not set, no datagram is sent.
enum ServiceManager {
    enum State {
        /// The daemon takes connections, and a reload is finished.
        case ready
        case reloading
        /// The daemon takes no more connections.
        case stopping

        /// The message in the form of sd_notify(3). A reload carries its time, by which the manager distinguishes it
        /// from an earlier one.
        fileprivate var message: String {
            switch self {
            case .ready: "READY=1"
            case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(ServiceManager.microseconds)"
            case .stopping: "STOPPING=1"
            }
        }
    }

    /// Notifies the manager of a state. A failure is ignored, because the daemon can run without its manager.
    static func tell(_ state: State) {
        guard let name = getenv("NOTIFY_SOCKET"), let address = UnixAddress(String(cString: name)) else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let message = Array(state.message.utf8)
        address.withSocketAddress { pointer, length in
            while sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT), pointer, length) < 0,
                errno == EINTR
            {}
        }
    }

    private static var microseconds: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
    }
}

/// The name of a Unix socket: a path, or an `@` and a name that is in no file system (unix(7), abstract).
private struct UnixAddress {
    private var address = sockaddr_un()
    private let length: Int

    /// Takes a name. Returns nil for a name of another kind, and for one that is too long.
    init?(_ name: String) {
        guard name.hasPrefix("/") || name.hasPrefix("@") else { return nil }
        var bytes = Array(name.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        // An abstract name begins with a NUL, and its length ends it. A path ends with a NUL.
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 } else { bytes.append(0) }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        length = MemoryLayout.offset(of: \sockaddr_un.sun_path)! + bytes.count
    }

    func withSocketAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Void) {
        withUnsafeBytes(of: address) { bytes in
            body(bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(length))
        }
    }
}
