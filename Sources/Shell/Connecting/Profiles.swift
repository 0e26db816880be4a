import Glibc

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
        guard let octets = Files.read(path), let text = String(validating: octets, as: UTF8.self) else {
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
        case "host": destination.host = value
        case "socket": destination.socket = Environment.path(value)
        case "user": destination.user = value
        case "ca": destination.ca = Environment.path(value)
        case "identity": destination.identity = Environment.path(value)
        case "password-file": destination.passwordFile = Environment.path(value)
        case "port":
            guard let port = Destination.port(value) else { throw Fault("a port is a number from 1 to 65535") }
            destination.port = port
        case "tls":
            guard let tls = Destination.TLS(rawValue: value) else { throw Fault("tls is off, starttls or implicit") }
            destination.tls = tls
        case "fingerprint":
            guard let fingerprint = Fingerprint(value) else { throw Fault("a fingerprint is a SHA-256 in hexadecimal") }
            destination.fingerprint = fingerprint
        default: throw Fault("unknown key \(key)")
        }
        if let name { named[name] = destination } else { common = destination }
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
