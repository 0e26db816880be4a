import Input
import Link
import Wire

/// The address of a server, the user who logs in there, and the credentials. A property is nil if it was not given.
struct Destination: Equatable {
    /// The kind of TLS that a connection uses.
    enum TLS: String, CaseIterable {
        case off, starttls, implicit
    }

    /// The host to connect to if none is given: this machine.
    private static let defaultHost = "127.0.0.1"

    /// The name by which the user calls the server.
    var name: String?
    var host: String?
    var port: Int?
    var socket: String?
    var user: String?
    var tls: TLS?
    /// The path of a PEM file with the trusted certificates.
    var ca: String?
    var fingerprint: Fingerprint?
    /// The path of an SSH key.
    var identity: String?
    var passwordFile: String?

    /// The name or address to connect to by TCP. The server's certificate must be for it.
    var hostOrDefault: String { host ?? Self.defaultHost }

    /// Returns the destination with missing properties taken from `other`. The host, the port and the socket of
    /// `other` are not used if this destination names a server itself.
    func withDefaults(from other: Destination) -> Destination {
        var all = self
        if host == nil, socket == nil {
            (all.host, all.socket, all.name) = (other.host, other.socket, name ?? other.name)
            all.port = port ?? other.port
        } else {
            all.port = port ?? (other.host == nil ? other.port : nil)
        }
        all.user = user ?? other.user
        all.tls = tls ?? other.tls
        // The certificates and the fingerprint are alternatives: a destination that has one does not take the other.
        if ca == nil, fingerprint == nil { (all.ca, all.fingerprint) = (other.ca, other.fingerprint) }
        all.identity = identity ?? other.identity
        all.passwordFile = passwordFile ?? other.passwordFile
        return all
    }
}

extension Destination {
    /// Returns whether an argument is a verb rather than a server: a verb of a plugin in capitals, or any other verb.
    static func looksLikeVerb(_ word: String) -> Bool {
        if Verb(word.utf8).map(HelpGroup.contains) == true { return true }
        guard let first = word.utf8.first, 0x41...0x5A ~= first else { return false }
        return word.utf8.allSatisfy { 0x41...0x5A ~= $0 || 0x30...0x39 ~= $0 || $0 == UInt8(ascii: "-") }
    }

    /// Parses the name of a server.
    ///
    ///     destination = ["clavero://" / "claveros://"] [user "@"] host [":" port] ["/"]
    ///     host        = name / address / "[" IPv6 address "]"
    ///
    /// With `claveros`, the connection begins with TLS. The user may be percent-encoded (RFC 3986, 2.1).
    ///
    /// - Throws: an `ExitError`, also if the text contains a password, which the history and the list of processes
    /// would show.
    init(_ text: String) throws(ExitError) {
        let wrong = ExitError(
            message:
                "\(text.isEmpty ? "an empty word" : TerminalText.escaped(text)): a server is written [user@]host[:port] or clavero://[user@]host[:port]",
            status: .usage)
        var rest = Substring(text)
        for (scheme, tls) in [("claveros://", TLS.implicit), ("clavero://", nil)] where text.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
            self.tls = tls
            if rest.hasSuffix("/") { rest = rest.dropLast() }
        }
        if let at = rest.lastIndex(of: "@") {
            let user = rest[..<at]
            guard !user.contains(":") else {
                throw ExitError(
                    message: "a server's name must not have a password: leave it out, and you are asked for it",
                    status: .usage, holdsSecret: true)
            }
            guard let name = Self.percentDecoded(user), !name.isEmpty else { throw wrong }
            self.user = name
            rest = rest[rest.index(after: at)...]
        }
        guard let (host, port) = Self.hostAndPort(rest) else { throw wrong }
        (self.host, self.port, self.name) = (host, port, host)
    }

    private static func hostAndPort(_ text: Substring) -> (host: String, port: Int?)? {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]"), text.index(after: text.startIndex) < end else { return nil }
            let host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            guard isIPv6Address(host) else { return nil }
            guard !rest.isEmpty else { return (host, nil) }
            guard rest.hasPrefix(":"), let port = port(rest.dropFirst()) else { return nil }
            return (host, port)
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, isHost(String(host)) else { return nil }
        guard parts.count > 1 else { return (String(host), nil) }
        guard parts.count == 2, let port = port(parts[1]) else { return nil }
        return (String(host), port)
    }

    /// Parses a port, a number from 1 to 65535. Returns nil if the text is no such number.
    static func port(_ text: some StringProtocol) -> Int? {
        guard text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let port = Int(text), 1...65535 ~= port else { return nil }
        return port
    }

    /// Returns the default port of a server, which depends on whether the connection begins with TLS.
    static func defaultPort(_ tls: TLS?) -> Int { tls == .implicit ? 6443 : 6000 }

    /// Returns whether `text` is a valid host name or address, without a port.
    static func isHost(_ text: String) -> Bool {
        if text.contains(":") { return isIPv6Address(text) }
        return !text.isEmpty && text.allSatisfy { !$0.isWhitespace && !"/@[]?#%*\"<>".contains($0) }
    }

    /// Returns whether `text` looks like an IPv6 address, which may have a zone (RFC 4007, 11).
    private static func isIPv6Address(_ text: String) -> Bool {
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        return parts[0].contains(":") && parts[0].allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
            && parts.dropFirst().allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isLetter || $0.isNumber } }
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
