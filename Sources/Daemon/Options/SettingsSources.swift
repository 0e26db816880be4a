import Foundation
import Input

/// The reason why the settings cannot be read. The description is one line for a person.
package struct SettingsError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// Gathers a daemon's settings from their three sources: the command line, the environment (`CLAVERO_LISTEN` for
/// `--listen`), and the configuration file (`listen = …`). An earlier source takes precedence over a later one.
package struct SettingsSources {
    /// The long options that take a value, without their dashes.
    package let names: [String]
    /// The names of the options that may be given repeatedly.
    let repeatable: Set<String>

    package init(names: [String], repeatable: Set<String> = []) {
        self.names = names
        self.repeatable = repeatable
    }

    /// Returns the arguments for the parser of the command line: the settings that the command line does not have,
    /// then the command line.
    ///
    /// In the environment and in the file, blanks separate the values of an option that may be repeated. The value of
    /// any other option is the whole text, without the blanks around it.
    ///
    /// - Throws: `SettingsError` for a configuration file that cannot be read, or that has a wrong line.
    package func arguments(
        _ commandLine: [String], environment: [String: String], read: (String) throws -> String = Self.read
    ) throws -> [String] {
        try added(to: commandLine, environment: environment, read: read).map(\.argument) + commandLine
    }

    /// A setting that the command line does not have.
    struct Added: Equatable {
        let name: String
        let value: String
        /// The environment variable, or the file and its line.
        let origin: String

        /// The setting as one argument. It is one word, because a separate value that begins with a hyphen would be
        /// taken for an option.
        var argument: String { "--\(name)=\(value)" }
    }

    /// Returns the settings that the command line does not have, each with its origin.
    ///
    /// - Throws: `SettingsError` for a configuration file that cannot be read, or that has a wrong line.
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

    /// Returns the name of a setting's environment variable, such as `CLAVERO_DATA_DIR` for `data-dir`.
    package static func variable(_ name: String) -> String {
        "CLAVERO_" + String(name.uppercased().map { $0 == "-" ? "_" : $0 })
    }

    /// Returns the file's text.
    ///
    /// - Throws: `SettingsError`, which names the file, if it cannot be read or is not UTF-8.
    package static func read(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw SettingsError("\(path): cannot be read")
        }
        let bytes = data.dropFirst(ByteOrderMark.count(at: data))
        guard let text = String(validating: bytes, as: UTF8.self) else { throw SettingsError("\(path): not UTF-8") }
        return text
    }

    /// Returns the settings in a file, which has lines of `key = value`.
    ///
    /// - Throws: `SettingsError`, which names the file and the line.
    private func parse(_ text: String, path: String) throws -> [Added] {
        var added: [Added] = []
        for line in SettingLine.all(in: text) {
            let origin = "\(path):\(line.number)"
            guard let (key, value) = line.pair else { throw SettingsError("\(origin): expected key = value") }
            guard names.contains(key), key != "config" else {
                throw SettingsError("\(origin): unknown key \(key.debugDescription)")
            }
            added += values(of: key, in: value).map { Added(name: key, value: $0, origin: origin) }
        }
        return added
    }

    /// Returns the values of an option in the text. A blank text has no values.
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
