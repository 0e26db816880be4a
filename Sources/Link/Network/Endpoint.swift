import NIOCore
import Wire

/// Where a daemon listens or is found: `host:port`, `[address]:port` for IPv6, `*:port` to listen on every interface,
/// `unix:/path` for a Unix socket.
package enum Endpoint: Sendable, Hashable, CustomStringConvertible {
    case tcp(host: String, port: Int)
    case unix(path: String)

    /// What fits into a `sockaddr_un`, without the NUL.
    private static let longestPath = 103

    package init?(_ text: String) {
        let endpoint = text.hasPrefix("unix:/") ? Endpoint(socket: String(text.dropFirst(5))) : Self.tcp(text)
        guard let endpoint else { return nil }
        self = endpoint
    }

    /// A Unix socket; nil when that cannot be its path.
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

    /// Whether it stands for every interface, of IPv4 and IPv6: one can listen there, and not connect to it.
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

    /// Its host, where that takes a resolver; nil for an address and for a Unix socket.
    package var name: String? {
        guard case .tcp(let host, let port) = self, !isEveryInterface,
            (try? SocketAddress(ipAddress: host, port: port)) == nil
        else {
            return nil
        }
        return host
    }

    /// The same port at an address; itself for a Unix socket.
    package func at(_ address: String) -> Endpoint {
        guard case .tcp(_, let port) = self else { return self }
        return .tcp(host: address, port: port)
    }

    /// Whether what is sent there does not leave this machine: a Unix socket, 127.0.0.0/8, ::1, or `localhost`, which
    /// RFC 6761 (section 6.3) keeps for loopback. False where that takes a resolver to tell.
    package var isLocal: Bool {
        guard case .tcp(let host, let port) = self else { return true }
        if let address = try? SocketAddress(ipAddress: host, port: port) { return address.isLocal }
        return host.lowercased() == "localhost"
    }
}

extension SocketAddress {
    /// `address:port`, with brackets where the address has colons; `local` for a Unix socket.
    package var text: String {
        guard var ip = ipAddress, let port else { return "local" }
        // A socket of both families shows an address of IPv4 so (RFC 4291, 2.5.5.2).
        if ip.hasPrefix("::ffff:"), ip.contains(".") { ip.removeFirst(7) }
        return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
    }

    /// Whether it is this machine's own: a Unix socket, 127.0.0.0/8, also as IPv6 shows it, or ::1.
    var isLocal: Bool {
        guard let network = ipAddress.map({ Network(peer: "[\($0)]:0", bits4: 8, bits6: 128).description }) else {
            return true
        }
        return network == "127.0.0.0/8" || network == "::1/128"
    }
}
