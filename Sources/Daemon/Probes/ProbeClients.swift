import ArgumentParser
import Foundation
import Link
import NIOCore

/// The networks whose machines may ask for metrics, in addition to this machine itself.
package struct ProbeClients: ExpressibleByArgument, Sendable, Equatable {
    private let ranges: [AddressRange]

    /// The clients on this machine alone.
    package static let local = ProbeClients(ranges: [])

    private init(ranges: [AddressRange]) {
        self.ranges = ranges
    }

    /// Reads networks that are separated by commas, such as `10.0.0.0/8,2001:db8::/32`.
    package init?(argument: String) {
        let words = argument.split(separator: ",", omittingEmptySubsequences: false)
        let ranges = words.compactMap { AddressRange($0.trimmingCharacters(in: .whitespaces)) }
        guard ranges.count == words.count else { return nil }
        self.ranges = ranges
    }

    package var defaultValueDescription: String { ranges.map(\.description).joined(separator: ",") }

    /// Returns whether a client may ask. A client on this machine always may.
    ///
    /// - Parameter address: The client's address; nil for a client of a Unix socket.
    func contain(_ address: SocketAddress?) -> Bool {
        guard let address else { return true }
        return address.isLocal || ranges.contains { $0.contains(address) }
    }
}
