import Glibc

/// The service manager that started the daemon: systemd, or another that follows sd_notify(3). It is notified by
/// datagrams to a Unix socket. Nothing here waits for the manager.
package struct ServiceManager: Sendable {
    enum State {
        /// The daemon takes connections, and a reload is finished.
        case ready
        case reloading
        /// The daemon takes no more connections.
        case stopping
        /// The daemon works. If the manager has a watchdog, it restarts a daemon that does not say so in time.
        case alive
        /// A line for the operator that says what the daemon does.
        case status(String)

        /// The message in the form of sd_notify(3). A reload carries its time, by which the manager distinguishes it
        /// from an earlier one.
        fileprivate var message: String {
            switch self {
            case .ready: "READY=1"
            case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(ServiceManager.microseconds)"
            case .stopping: "STOPPING=1"
            case .alive: "WATCHDOG=1"
            case .status(let text): "STATUS=\(ServiceManager.line(text))"
            }
        }
    }

    /// The longest status, in bytes, that is sent.
    private static let longestStatus = 500

    /// The manager that the environment of this process names.
    package static let current = ServiceManager(
        socket: variable("NOTIFY_SOCKET"), watchdog: variable("WATCHDOG_USEC"), pid: variable("WATCHDOG_PID"))

    private let address: UnixAddress?
    /// The time after which the manager restarts a daemon that does not say that it works; nil if it does not watch it.
    let watchdog: Duration?

    /// Whether there is a manager to notify.
    var exists: Bool { address != nil }

    /// Creates a manager from the values of the environment variables `NOTIFY_SOCKET`, `WATCHDOG_USEC` and
    /// `WATCHDOG_PID`, each of which may be missing. The last one names the process that is watched.
    init(socket: String?, watchdog: String? = nil, pid: String? = nil) {
        address = socket.flatMap { UnixAddress($0) }
        let isWatched = pid.map { $0 == "\(getpid())" } ?? true
        let microseconds = isWatched ? watchdog.flatMap { Int64($0) } : nil
        self.watchdog = microseconds.flatMap { $0 > 0 ? .microseconds($0) : nil }
    }

    /// Notifies the manager of a state. The daemon can run without its manager, so a caller may ignore a failure.
    ///
    /// - Returns: whether the message was handed over.
    @discardableResult
    func tell(_ state: State) -> Bool {
        guard let address else { return false }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let message = Array(state.message.utf8)
        return address.withSocketAddress { pointer, length in
            while true {
                let sent = sendto(
                    descriptor, message, message.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT), pointer, length)
                if sent >= 0 || errno != EINTR { return sent == message.count }
            }
        }
    }

    /// Tells the operator what a daemon does before it is ready.
    package func tellStatus(_ text: String) { tell(.status(text)) }

    /// Returns a text as one line, which cannot become another assignment of the message.
    private static func line(_ text: String) -> String {
        let escaped = LogFormat.escaped(text)
        guard escaped.utf8.count > longestStatus else { return escaped }
        return String(decoding: escaped.utf8.prefix(longestStatus), as: UTF8.self) + "…"
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    private static var microseconds: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
    }
}

/// The name of a Unix socket: a path, or an `@` and a name that is in no file system (unix(7), abstract).
private struct UnixAddress: @unchecked Sendable {
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

    func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafeBytes(of: address) { bytes in
            body(bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(length))
        }
    }
}
