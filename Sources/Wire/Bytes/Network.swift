import Glibc

/// The network of a client's address. Limits count a whole network together, because one client may have many
/// addresses.
package struct Network: Hashable, Sendable, CustomStringConvertible {
    /// The network as text: `192.0.2.0/24` or `2001:db8::/64`. It is `local` for a connection that has no address.
    package let description: String

    /// Finds the network of a client.
    ///
    /// - Parameters:
    ///   - peer: The address and port as text, as in `Caller.peer`.
    ///   - bits4: The length of the prefix for IPv4, in bits.
    ///   - bits6: The length of the prefix for IPv6, in bits.
    package init(peer: String, bits4: Int = 24, bits6: Int = 64) {
        let address = peer.lastIndex(of: ":").map { String(peer[..<$0]) } ?? peer
        if address.hasPrefix("["), address.hasSuffix("]") {
            // A link-local address may name its interface (RFC 4007, section 11).
            self.init(address: String(address.dropFirst().dropLast().prefix { $0 != "%" }), bits4, bits6)
        } else {
            self.init(address: address, bits4, bits6)
        }
    }

    /// Whether the client is a program on this machine. Such a client connects by a Unix socket, or from 127.0.0.1 or
    /// ::1, which programs use to reach their own machine. Other addresses in 127.0.0.0/8 count as networks.
    package static func isThisMachine(_ peer: String) -> Bool {
        if peer == "local" || peer.hasPrefix("127.0.0.1:") || peer.hasPrefix("[::1]:") { return true }
        let own = ["127.0.0.1/32", "::1/128"]
        return own.contains(Network(peer: peer, bits4: 32, bits6: 128).description)
    }

    private init(address: String, _ bits4: Int, _ bits6: Int) {
        if let bytes = Self.bytes(address, AF_INET, count: 4) {
            description = Self.text(bytes, AF_INET, bits4)
        } else if let bytes = Self.bytes(address, AF_INET6, count: 16) {
            // A socket for both IPv4 and IPv6 shows an IPv4 address in this form (RFC 4291, section 2.5.5.2).
            let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10..<12].allSatisfy { $0 == 0xFF }
            description =
                isMapped ? Self.text(Array(bytes[12...]), AF_INET, bits4) : Self.text(bytes, AF_INET6, bits6)
        } else {
            description = "local"
        }
    }

    private static func bytes(_ text: String, _ family: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    private static func text(_ bytes: [UInt8], _ family: Int32, _ bits: Int) -> String {
        let masked = bytes.enumerated().map { index, byte in
            byte & UInt8(truncatingIfNeeded: 0xFF00 >> min(8, max(0, bits - 8 * index)))
        }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(family, masked, &buffer, socklen_t(buffer.count))
        let address = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "\(address)/\(bits)"
    }
}
