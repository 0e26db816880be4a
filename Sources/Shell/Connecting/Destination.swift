import Link

/// Where a server is, who is to log in there, and how, as far as somebody has said.
struct Destination: Equatable {
    /// How the connection is encrypted.
    enum TLS: String, CaseIterable {
        case off, starttls, implicit
    }

    /// What a person calls the server.
    var name: String?
    var host: String?
    var port: Int?
    var socket: String?
    var user: String?
    var tls: TLS?
    /// A file of certificates.
    var ca: String?
    var fingerprint: Fingerprint?
    /// A file with a key of ssh's.
    var identity: String?
    var passwordFile: String?

    /// The same, and what it leaves open as `other` says. Where somebody says which server is meant, another place's
    /// host, port and socket are not.
    func or(_ other: Destination) -> Destination {
        var all = self
        if host == nil, socket == nil {
            (all.host, all.socket, all.name) = (other.host, other.socket, name ?? other.name)
            all.port = port ?? other.port
        } else {
            all.port = port ?? (other.host == nil ? other.port : nil)
        }
        all.user = user ?? other.user
        all.tls = tls ?? other.tls
        // Whoever says by what to know the server says it all.
        if ca == nil, fingerprint == nil { (all.ca, all.fingerprint) = (other.ca, other.fingerprint) }
        all.identity = identity ?? other.identity
        all.passwordFile = passwordFile ?? other.passwordFile
        return all
    }
}

extension Destination {
    /// Whether a first word on the command line is a verb rather than a server: a verb is written in capitals there.
    static func isVerb(_ word: String) -> Bool {
        guard let first = word.utf8.first, 0x41...0x5A ~= first else { return false }
        return word.utf8.allSatisfy { 0x41...0x5A ~= $0 || 0x30...0x39 ~= $0 || $0 == UInt8(ascii: "-") }
    }

    /// What a person writes for a server.
    ///
    ///     destination = ["clavero://" / "claveros://"] [user "@"] host [":" port] ["/"]
    ///     host        = name / address / "[" IPv6 address "]"
    ///
    /// `claveros` is TLS from the first octet on. A user may be percent-encoded (RFC 3986, 2.1).
    ///
    /// - Throws: a `Stop`, also when there is a password in it, which would be in the history and in the process list.
    init(_ text: String) throws(Stop) {
        let wrong = Stop(
            message: "\(Escaping.shown(text)): a server is written [user@]host[:port] or clavero://[user@]host[:port]",
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
                throw Stop(
                    message: "a password has no place in a server's name: it is asked for, or stands in a file",
                    status: .usage)
            }
            guard let name = Self.decoded(user), !name.isEmpty else { throw wrong }
            self.user = name
            rest = rest[rest.index(after: at)...]
        }
        guard let (host, port) = Self.place(rest) else { throw wrong }
        (self.host, self.port, self.name) = (host, port, host)
    }

    private static func place(_ text: Substring) -> (host: String, port: Int?)? {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]"), text.index(after: text.startIndex) < end else { return nil }
            let host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            guard isAddress6(host) else { return nil }
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

    /// A port: a number from 1 to 65535.
    static func port(_ text: some StringProtocol) -> Int? {
        guard text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let port = Int(text), 1...65535 ~= port else { return nil }
        return port
    }

    /// The port where a server of Clavero's listens, by how the connection begins.
    static func defaultPort(_ tls: TLS?) -> Int { tls == .implicit ? 6443 : 6000 }

    /// Whether `text` can be a host's name or address, without a port.
    static func isHost(_ text: String) -> Bool {
        if text.contains(":") { return isAddress6(text) }
        return !text.isEmpty && text.allSatisfy { !$0.isWhitespace && !"/@[]?#%*\"<>".contains($0) }
    }

    /// Whether `text` can be an address of IPv6, perhaps with a zone (RFC 4007, 11).
    private static func isAddress6(_ text: String) -> Bool {
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        return parts[0].contains(":") && parts[0].allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
            && parts.dropFirst().allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isLetter || $0.isNumber } }
    }

    private static func decoded(_ text: Substring) -> String? {
        var octets: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let octet = rest.popFirst() {
            guard octet == UInt8(ascii: "%") else {
                octets.append(octet)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16) else { return nil }
            octets.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: octets, as: UTF8.self)
    }
}
