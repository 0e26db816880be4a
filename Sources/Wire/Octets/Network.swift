import Glibc

/// The network that a client's address is in: what is counted together when one client may have many addresses.
package struct Network: Hashable, Sendable, CustomStringConvertible {
    /// `192.0.2.0/24`, `2001:db8::/64`; `local` for a connection that has no address.
    package let description: String

    /// `peer`: an address and a port as text, as a `Caller` has it. `bits4`, `bits6`: the length of the prefix.
    package init(peer: String, bits4: Int = 24, bits6: Int = 64) {
        let address = peer.lastIndex(of: ":").map { String(peer[..<$0]) } ?? peer
        if address.hasPrefix("["), address.hasSuffix("]") {
            // A link-local address may name its interface (RFC 4007, 11).
            self.init(address: String(address.dropFirst().dropLast().prefix { $0 != "%" }), bits4, bits6)
        } else {
            self.init(address: address, bits4, bits6)
        }
    }

    /// Whether a client with this address and port is a program on this machine that reached it by a Unix socket, or from
    /// the address that programs use for their own machine: 127.0.0.1 or ::1. Other addresses of 127.0.0.0/8 are networks.
    package static func isThisMachine(_ peer: String) -> Bool {
        if peer == "local" || peer.hasPrefix("127.0.0.1:") || peer.hasPrefix("[::1]:") { return true }
        let own = ["127.0.0.1/32", "::1/128"]
        return own.contains(Network(peer: peer, bits4: 32, bits6: 128).description)
    }

    private init(address: String, _ bits4: Int, _ bits6: Int) {
        if let octets = Self.octets(address, AF_INET, count: 4) {
            description = Self.text(octets, AF_INET, bits4)
        } else if let octets = Self.octets(address, AF_INET6, count: 16) {
            // IPv4 as a socket of both kinds shows it (RFC 4291, 2.5.5.2).
            let isMapped = octets[..<10].allSatisfy { $0 == 0 } && octets[10..<12].allSatisfy { $0 == 0xFF }
            description =
                isMapped ? Self.text(Array(octets[12...]), AF_INET, bits4) : Self.text(octets, AF_INET6, bits6)
        } else {
            description = "local"
        }
    }

    private static func octets(_ text: String, _ family: Int32, count: Int) -> [UInt8]? {
        var octets = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &octets) == 1 ? octets : nil
    }

    private static func text(_ octets: [UInt8], _ family: Int32, _ bits: Int) -> String {
        let masked = octets.enumerated().map { index, octet in
            octet & UInt8(truncatingIfNeeded: 0xFF00 >> min(8, max(0, bits - 8 * index)))
        }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(family, masked, &buffer, socklen_t(buffer.count))
        let address = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "\(address)/\(bits)"
    }
}
