import NIOCore

/// Where a daemon listens or is found: `host:port`, `[address]:port` for IPv6, `unix:/path` for a Unix socket.
package enum Endpoint: Sendable, Equatable, CustomStringConvertible {
    case tcp(host: String, port: Int)
    case unix(path: String)

    /// What fits into a `sockaddr_un`, without the NUL.
    private static let longestPath = 103

    package init?(_ text: String) {
        if text.hasPrefix("unix:") {
            guard text.hasPrefix("unix:/") else { return nil }
            self.init(socket: String(text.dropFirst(5)))
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            0...65535 ~= port, text.hasSuffix(":\(port)")
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self = .tcp(host: String(host), port: port)
    }

    /// A Unix socket; nil when its path is too long for one.
    package init?(socket path: String) {
        guard !path.isEmpty, path.utf8.count <= Self.longestPath else { return nil }
        self = .unix(path: path)
    }

    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    /// Whether what is sent there does not leave this machine.
    package var isLocal: Bool {
        switch self {
        case .tcp("localhost", _): true
        case .tcp(let host, let port): (try? SocketAddress(ipAddress: host, port: port).isLocal) ?? false
        case .unix: true
        }
    }
}

extension SocketAddress {
    /// `address:port`, with brackets where the address has colons; `local` for a Unix socket.
    package var text: String {
        guard let ip = ipAddress, let port else { return "local" }
        return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
    }

    /// Whether the other end is on this machine.
    var isLocal: Bool {
        guard let ip = ipAddress else { return true }
        return ip == "::1" || ip.hasPrefix("127.") || ip.hasPrefix("::ffff:127.")
    }
}
