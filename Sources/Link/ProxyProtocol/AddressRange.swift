import NIOCore
import Wire

/// Addresses with a prefix in common: `10.0.0.0/8`, `2001:db8::/32`, or one address alone.
package struct AddressRange: Sendable, Equatable, CustomStringConvertible {
    private let network: Network
    private let bits: Int

    package var description: String { network.description }

    /// nil when the text is none.
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

    /// A Unix socket is in none.
    func contains(_ address: SocketAddress) -> Bool {
        address.ipAddress != nil && Network(peer: address.text, bits4: bits, bits6: bits) == network
    }
}
