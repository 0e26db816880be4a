import ArgumentParser

/// `host:port`, `[address]:port` for IPv6.
package struct Endpoint: ExpressibleByArgument, Sendable, Equatable, CustomStringConvertible {
    package let host: String
    package let port: Int

    package init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = Int(argument[argument.index(after: colon)...]),
            0...65535 ~= port, argument.hasSuffix(":\(port)")
        else { return nil }
        var host = argument[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self.host = String(host)
        self.port = port
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
