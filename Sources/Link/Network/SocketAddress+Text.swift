import NIOCore
import Wire

extension SocketAddress {
    /// The text `address:port`, with brackets around an address of IPv6; `local` for a Unix socket.
    package var text: String {
        guard var ip = ipAddress, let port else { return "local" }
        // A socket of both families shows an IPv4 address in this form (RFC 4291, 2.5.5.2).
        if ip.hasPrefix("::ffff:"), ip.contains(".") { ip.removeFirst(7) }
        return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
    }

    /// Whether the address is this machine's own: a Unix socket, 127.0.0.0/8 (also in its IPv6 form), or ::1.
    package var isLocal: Bool {
        guard let network = ipAddress.map({ Network(peer: "[\($0)]:0", bits4: 8, bits6: 128).description }) else {
            return true
        }
        return network == "127.0.0.0/8" || network == "::1/128"
    }
}
