import NIOCore

/// An address that a daemon listens on or is reached at: `host:port`, `[address]:port` for IPv6, `*:port` to listen on
/// every interface, or `unix:/path` for a Unix socket.
package enum Endpoint: Sendable, Hashable, CustomStringConvertible {
    case tcp(host: String, port: Int)
    case unix(path: String)

    /// The longest path that fits into a `sockaddr_un`, without the NUL.
    private static let longestPath = 103

    package init?(_ text: String) {
        let endpoint = text.hasPrefix("unix:/") ? Endpoint(socket: String(text.dropFirst(5))) : Self.tcp(text)
        guard let endpoint else { return nil }
        self = endpoint
    }

    /// Makes the endpoint of a Unix socket; nil if `path` cannot be its path.
    package init?(socket path: String) {
        guard 1...Self.longestPath ~= path.utf8.count, !path.hasSuffix("/"), !path.utf8.contains(0) else { return nil }
        self = .unix(path: path)
    }

    private static func tcp(_ text: String) -> Endpoint? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            0...65535 ~= port, text.hasSuffix(":\(port)")
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, text.hasPrefix("*:") || !host.contains("*") else { return nil }
        return .tcp(host: String(host), port: port)
    }

    /// Whether it stands for every interface of IPv4 and IPv6. A daemon can listen there, and no client can connect to
    /// it.
    package var isEveryInterface: Bool {
        if case .tcp("*", _) = self { return true }
        return false
    }

    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    /// The host, if it is a name that has to be resolved; nil for an address and for a Unix socket.
    package var name: String? {
        guard case .tcp(let host, let port) = self, !isEveryInterface,
            (try? SocketAddress(ipAddress: host, port: port)) == nil
        else {
            return nil
        }
        return host
    }

    /// Returns the endpoint with the same port at another address. A Unix socket stays as it is.
    package func at(_ address: String) -> Endpoint {
        guard case .tcp(_, let port) = self else { return self }
        return .tcp(host: address, port: port)
    }

    /// Whether bytes sent there stay on this machine: a Unix socket, 127.0.0.0/8, ::1, or `localhost`, which RFC 6761
    /// (section 6.3) reserves for loopback. False for other names, since they would have to be resolved.
    package var isLocal: Bool {
        guard case .tcp(let host, let port) = self else { return true }
        if let address = try? SocketAddress(ipAddress: host, port: port) { return address.isLocal }
        return host.lowercased() == "localhost"
    }
}
