import NIOCore
import Wire

/// The addresses with a common prefix, such as `10.0.0.0/8` or `2001:db8::/32`, or one address alone.
package struct AddressRange: Sendable, Equatable, CustomStringConvertible {
    private let network: Network
    private let bits: Int

    package var description: String { network.description }

    /// Nil if the text is not a range.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = try? SocketAddress(ipAddress: String(parts[0]), port: 0) else {
            return nil
        }
        let longest = address.protocol == .inet ? 32 : 128
        guard let bits = parts.count == 2 ? Int(parts[1]) : longest, 0...longest ~= bits else { return nil }
        self.bits = bits
        network = Network(peer: address.text, bits4: bits, bits6: bits)
    }

    /// Returns whether the address is in the range. A Unix socket is in none.
    package func contains(_ address: SocketAddress) -> Bool {
        address.ipAddress != nil && Network(peer: address.text, bits4: bits, bits6: bits) == network
    }
}
