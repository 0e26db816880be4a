import Glibc
import Input
import Wire

/// The profiles of servers in the configuration file, and the defaults for all servers.
///
///     user = alice
///
///     [gate]
///     host = gate.example
///     identity = ~/.ssh/id_ed25519
///
/// The lines before the first name are the defaults. Empty lines and lines that begin with `#` are ignored.
struct Profiles: Equatable {
    private(set) var defaults = Destination()
    private(set) var byName: [String: Destination] = [:]

    init() {}

    /// Reads a configuration file. A missing file has no profiles.
    ///
    /// - Throws: an `ExitError` that names the file and the line.
    init(path: String) throws(ExitError) {
        guard access(path, F_OK) == 0 else {
            self.init()
            return
        }
        guard let bytes = FileIO.readText(path), let text = String(validating: bytes, as: UTF8.self) else {
            throw ExitError(message: TerminalText.escaped("\(path): cannot be read as UTF-8"), status: .configuration)
        }
        try self.init(text: text, path: path)
    }

    init(text: String, path: String) throws(ExitError) {
        var name: String?
        var seen: Set<String> = []
        for line in SettingLine.all(in: text) {
            do throws(LineError) {
                guard !line.isHarmful else { throw LineError("a control character; remove it") }
                if line.text.hasPrefix("[") {
                    let new = try Self.name(line.text)
                    guard byName[new] == nil else { throw LineError("the section [\(new)] occurs twice") }
                    (name, seen) = (new, [])
                    byName[new] = Destination(name: new)
                    continue
                }
                guard let (key, value) = line.pair else { throw LineError("expected key = value") }
                guard seen.insert(key).inserted else { throw LineError("\(key) is set twice") }
                try set(key, value, of: name)
            } catch {
                throw ExitError(
                    message: TerminalText.escaped("\(path):\(line.number): \(error.description)"),
                    status: .configuration)
            }
        }
    }

    private struct LineError: Error {
        let description: String
        init(_ description: String) { self.description = description }
    }

    private static func name(_ line: Substring) throws(LineError) -> String {
        let name = line.dropFirst().dropLast()
        guard line.hasSuffix("]"), !name.isEmpty, !name.contains(where: { $0.isWhitespace || "[]/@:".contains($0) })
        else { throw LineError("expected [name]") }
        guard !Destination.looksLikeVerb(String(name)) else { throw LineError("a name in capitals would be a verb") }
        return String(name)
    }

    private mutating func set(_ key: String, _ value: String, of name: String?) throws(LineError) {
        var destination = name.flatMap { byName[$0] } ?? defaults
        switch key {
        case "host":
            destination.host = try Self.value(value, "a host is a name or an address, without a port", Self.host)
        case "port": destination.port = try Self.value(value, "a port is a number from 1 to 65535", Destination.port)
        case "socket": destination.socket = try Self.path(value)
        case "user":
            destination.user = try Self.value(value, "no account has such a name") { AccountName($0)?.description }
        case "tls": destination.tls = try Self.value(value, "tls is off, starttls or implicit", Destination.TLS.init)
        case "ca": destination.ca = try Self.path(value)
        case "fingerprint":
            destination.fingerprint = try Self.value(value, "a fingerprint is a SHA-256 in hexadecimal") {
                Fingerprint($0)
            }
        case "identity": destination.identity = try Self.path(value)
        case "password-file": destination.passwordFile = try Self.path(value)
        default: throw LineError("unknown key \(key)")
        }
        guard destination.host == nil || destination.socket == nil else { throw LineError("host or socket, not both") }
        guard destination.ca == nil || destination.fingerprint == nil else {
            throw LineError("ca or fingerprint, not both")
        }
        if let name { byName[name] = destination } else { defaults = destination }
    }

    private static func value<Value>(
        _ text: String, _ rule: String, _ read: (String) -> Value?
    ) throws(LineError) -> Value {
        guard let value = read(text) else { throw LineError(rule) }
        return value
    }

    private static func host(_ text: String) -> String? { Destination.isHost(text) ? text : nil }

    /// Returns an absolute path, which is the same file in every working directory.
    private static func path(_ text: String) throws(LineError) -> String {
        let path = Environment.expandedPath(text)
        guard path.hasPrefix("/") else { throw LineError("a path begins with / or ~/ here") }
        return path
    }
}
