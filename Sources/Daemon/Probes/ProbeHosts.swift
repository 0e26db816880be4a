import Foundation
import NIOCore

/// The names that a request may use for this daemon.
///
/// A web page can make a browser send requests to a name that the page's owner controls and that resolves to this
/// machine (DNS rebinding), and can then read the answers. The owner controls neither an address nor the names below,
/// so a request that uses one of them does not come from such a page.
package struct ProbeHosts: Sendable {
    /// The ends of names that nobody can register: RFC 6761 section 6.3, ICANN's `internal`, and those of Kubernetes.
    private static let reserved = [".localhost", ".internal", ".svc", ".svc.cluster.local"]

    private let names: Set<String>

    /// - Parameter names: The names of this machine, in addition to those that no web page can have.
    package init(_ names: [String]) {
        self.names = Set(names.map(Self.folded))
    }

    /// Returns whether a request may use this host. It is an IP address, one of the names, a name without a dot, or
    /// one whose end is reserved; each with or without a port.
    func contain(_ host: String) -> Bool {
        guard let name = Self.name(in: host) else { return false }
        if (try? SocketAddress(ipAddress: name, port: 0)) != nil { return true }
        guard !name.isEmpty, name.utf8.allSatisfy(Self.isNameByte) else { return false }
        return !name.contains(".") || names.contains(name) || Self.reserved.contains { name.hasSuffix($0) }
    }

    /// Returns the host without its port, and without the brackets of an IPv6 address; nil if it has no such form.
    private static func name(in host: String) -> String? {
        let end = host.hasPrefix("[") ? host.firstIndex(of: "]").map(host.index(after:)) : host.firstIndex(of: ":")
        let name = host[..<(end ?? host.endIndex)]
        let port = host[(end ?? host.endIndex)...].dropFirst()
        guard host[name.endIndex...].isEmpty || host[name.endIndex] == ":",
            port.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
        else { return nil }
        guard name.hasPrefix("[") else { return folded(String(name)) }
        return name.hasSuffix("]") ? String(name.dropFirst().dropLast()) : nil
    }

    /// Returns the name in lower case and without the dot of the root.
    private static func folded(_ name: String) -> String {
        let name = name.lowercased()
        return name.hasSuffix(".") ? String(name.dropLast()) : name
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
