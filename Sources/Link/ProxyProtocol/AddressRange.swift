import NIOCore
import Wire

/// The addresses with a common prefix, such as `10.0.0.0/8` or `2001:db8::/32`, or one address alone.
package struct AddressRange: Sendable, Equatable, CustomStringConvertible {
    private let network: Network
    private let bits: Int

    package var description: String { network.description }

    /// Nil if the text is not a range. A range of the IPv4 addresses in IPv6, such as `::ffff:10.0.0.0/104`, is the
    /// range of these IPv4 addresses. The name of an interface, as in `fe80::1%eth0`, is not accepted.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, !text.contains("%"),
            let address = try? SocketAddress(ipAddress: String(parts[0]), port: 0)
        else { return nil }
        let longest = address.protocol == .inet ? 32 : 128
        guard let bits = parts.count == 2 ? Int(parts[1]) : longest, 0...longest ~= bits else { return nil }
        let isIPv4InIPv6 = address.protocol == .inet6 && !address.text.hasPrefix("[")
        guard !isIPv4InIPv6 || bits >= 96 else { return nil }
        self.bits = isIPv4InIPv6 ? bits - 96 : bits
        network = Network(peer: address.text, bits4: self.bits, bits6: self.bits)
    }

    /// Returns whether the address is in the range. A Unix socket is in none.
    package func contains(_ address: SocketAddress) -> Bool {
        address.ipAddress != nil && Network(peer: address.text, bits4: bits, bits6: bits) == network
    }
}
