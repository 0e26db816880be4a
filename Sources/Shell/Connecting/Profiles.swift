import Glibc
import Wire

/// The servers that a person has named, and what goes for all of them.
///
///     user = alice
///
///     [gate]
///     host = gate.example
///     identity = ~/.ssh/id_ed25519
///
/// What stands before the first name goes for every connection that does not say otherwise. A line that begins with `#`,
/// and an empty one, say nothing.
struct Profiles: Equatable {
    private(set) var common = Destination()
    private(set) var named: [String: Destination] = [:]

    init() {}

    /// What the file says; nothing where there is none.
    ///
    /// - Throws: a `Stop` that names the file and the line.
    init(path: String) throws(Stop) {
        guard access(path, F_OK) == 0 else {
            self.init()
            return
        }
        guard let octets = Files.text(path), let text = String(validating: octets, as: UTF8.self) else {
            throw Stop(message: Escaping.shown("\(path): cannot be read as UTF-8"), status: .configuration)
        }
        try self.init(text: text, path: path)
    }

    init(text: String, path: String) throws(Stop) {
        var name: String?
        var seen: Set<String> = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = line.trimmingBlanks
            if line.isEmpty || line.hasPrefix("#") { continue }
            do throws(Fault) {
                if line.hasPrefix("[") {
                    let new = try Self.name(line)
                    guard named[new] == nil else { throw Fault("the name \(new) is there twice") }
                    (name, seen) = (new, [])
                    named[new] = Destination(name: new)
                    continue
                }
                let (key, value) = try Self.pair(line)
                guard seen.insert(key).inserted else { throw Fault("\(key) is there twice") }
                try set(key, value, of: name)
            } catch {
                throw Stop(
                    message: Escaping.shown("\(path):\(index + 1): \(error.description)"), status: .configuration)
            }
        }
    }

    private struct Fault: Error {
        let description: String
        init(_ description: String) { self.description = description }
    }

    private static func name(_ line: Substring) throws(Fault) -> String {
        let name = line.dropFirst().dropLast()
        guard line.hasSuffix("]"), !name.isEmpty, !name.contains(where: { $0.isWhitespace || "[]/@:".contains($0) })
        else { throw Fault("expected [name]") }
        guard !Destination.isVerb(String(name)) else { throw Fault("a name in capitals would be a verb") }
        return String(name)
    }

    private static func pair(_ line: Substring) throws(Fault) -> (String, String) {
        let parts = line.split(separator: "=", maxSplits: 1).map(\.trimmingBlanks)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { throw Fault("expected key = value") }
        return (String(parts[0]), String(parts[1]))
    }

    private mutating func set(_ key: String, _ value: String, of name: String?) throws(Fault) {
        var destination = name.flatMap { named[$0] } ?? common
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
        default: throw Fault("unknown key \(key)")
        }
        guard destination.host == nil || destination.socket == nil else { throw Fault("host or socket, not both") }
        guard destination.ca == nil || destination.fingerprint == nil else {
            throw Fault("ca or fingerprint, not both")
        }
        if let name { named[name] = destination } else { common = destination }
    }

    private static func value<Value>(
        _ text: String, _ rule: String, _ read: (String) -> Value?
    ) throws(Fault) -> Value {
        guard let value = read(text) else { throw Fault(rule) }
        return value
    }

    private static func host(_ text: String) -> String? { Destination.isHost(text) ? text : nil }

    /// From wherever the program is started, it is the same file.
    private static func path(_ text: String) throws(Fault) -> String {
        let path = Environment.path(text)
        guard path.hasPrefix("/") else { throw Fault("a path begins with / or ~/ here") }
        return path
    }
}

extension Substring {
    /// Without the blanks around it.
    var trimmingBlanks: Substring {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
