import Foundation
import Input

/// Why the settings cannot be read; the description is one line for a person.
package struct SettingsError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// Gathers a daemon's settings from where they may stand: the command line, then the environment (`CLAVERO_LISTEN` for
/// `--listen`), then the configuration file (`listen = …`), in that order of precedence.
package struct Settings {
    /// The long options that take a value, without their dashes.
    package let names: [String]
    /// Those of them that may be given repeatedly.
    let repeatable: Set<String>

    package init(names: [String], repeatable: Set<String> = []) {
        self.names = names
        self.repeatable = repeatable
    }

    /// The command line with what it leaves open put before it, for the parser of the command line to read.
    ///
    /// In the environment and in the file, the values of an option that may be repeated are separated by blanks; that of
    /// any other is whatever stands there, without the blanks around it.
    package func arguments(
        _ commandLine: [String], environment: [String: String], read: (String) throws -> String = Self.read
    ) throws -> [String] {
        try added(to: commandLine, environment: environment, read: read).map(\.argument) + commandLine
    }

    /// A setting that the command line does not have.
    struct Added: Equatable {
        let name: String
        let value: String
        /// The variable, or the file and its line.
        let origin: String

        /// In one word, so that a value with a hyphen in front is not taken for an option.
        var argument: String { "--\(name)=\(value)" }
    }

    /// What the command line leaves open, from where it stands.
    func added(
        to commandLine: [String], environment: [String: String], read: (String) throws -> String = Self.read
    ) throws -> [Added] {
        let path = Self.value(of: "config", in: commandLine) ?? environment["CLAVERO_CONFIG"]
        let file = try path.map { try parse(try read($0), path: $0) } ?? []
        return names.filter { $0 != "config" && Self.value(of: $0, in: commandLine) == nil }.flatMap { name in
            let variable = Self.variable(name)
            guard let text = environment[variable] else { return file.filter { $0.name == name } }
            return values(of: name, in: text).map { Added(name: name, value: $0, origin: variable) }
        }
    }

    /// `CLAVERO_DATA_DIR` for `data-dir`.
    package static func variable(_ name: String) -> String {
        "CLAVERO_" + String(name.uppercased().map { $0 == "-" ? "_" : $0 })
    }

    /// The file's text; an error names the file.
    package static func read(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw SettingsError("\(path): cannot be read")
        }
        let octets = data.dropFirst(ByteOrderMark.count(at: data))
        guard let text = String(validating: octets, as: UTF8.self) else { throw SettingsError("\(path): not UTF-8") }
        return text
    }

    /// The settings in the file, which has lines of `key = value`.
    private func parse(_ text: String, path: String) throws -> [Added] {
        var added: [Added] = []
        for line in SettingLine.all(in: text) {
            let place = "\(path):\(line.number)"
            guard let (key, value) = line.pair else { throw SettingsError("\(place): expected key = value") }
            guard names.contains(key), key != "config" else {
                throw SettingsError("\(place): unknown key \(key.debugDescription)")
            }
            added += values(of: key, in: value).map { Added(name: key, value: $0, origin: place) }
        }
        return added
    }

    /// None for a text that is blank.
    private func values(of name: String, in text: String) -> [String] {
        if repeatable.contains(name) { return text.split(whereSeparator: \.isWhitespace).map(String.init) }
        let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return value.isEmpty ? [] : [value]
    }

    private static func value(of name: String, in commandLine: [String]) -> String? {
        for (index, word) in commandLine.enumerated() {
            if word == "--\(name)" { return index + 1 < commandLine.count ? commandLine[index + 1] : "" }
            if word.hasPrefix("--\(name)=") { return String(word.dropFirst(name.count + 3)) }
        }
        return nil
    }
}
