import Foundation
import Input

/// Gathers a daemon's settings from their three sources: the command line, the environment (`CLAVERO_LISTEN` for
/// `--listen`), and the configuration file (`listen = …`). An earlier source takes precedence over a later one.
package struct SettingsSources: Sendable {
    /// The long options that take a value, without their dashes.
    package let names: [String]
    /// The names of the options that may be given repeatedly.
    let repeatable: Set<String>
    /// A valid value for each option that the parser requires. While all problems are looked for, it replaces one that
    /// is missing or wrong.
    let examples: [String: String]

    package init(names: [String], repeatable: Set<String> = [], examples: [String: String] = [:]) {
        self.names = names
        self.repeatable = repeatable
        self.examples = examples
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
    package struct Added: Equatable, Sendable {
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
        let gathered = try gathered(commandLine, environment: environment, read: read)
        if let problem = gathered.problems.first { throw problem }
        return gathered.added
    }

    /// The settings that the command line does not have, and the problems of the configuration file's lines.
    struct Gathered {
        var added: [Added] = []
        var problems: [SettingsError] = []
        /// The keys of the lines that have a problem.
        var broken: Set<String> = []
    }

    /// Gathers the settings that the command line does not have, and every problem of the configuration file.
    ///
    /// - Throws: `SettingsError` for a configuration file that cannot be read.
    func gathered(
        _ commandLine: [String], environment: [String: String], read: (String) throws -> String = Self.read
    ) throws -> Gathered {
        var file: [Added] = []
        var gathered = Gathered()
        if let path = path(commandLine, environment) {
            let text = try read(path)
            let plugins =
                Self.value(of: "plugins", in: commandLine) ?? environment[Self.variable("plugins")]
                ?? SettingsText.value(of: "plugins", in: text)
            let parsed = SettingsText(text, path: path, of: self) { refusal(of: $0, plugins: plugins) }
            file = parsed.settings
            (gathered.problems, gathered.broken) = (parsed.problems, parsed.broken)
        }
        gathered.added = names.filter { $0 != "config" && Self.value(of: $0, in: commandLine) == nil }.flatMap { name in
            let variable = Self.variable(name)
            guard let text = environment[variable] else { return file.filter { $0.name == name } }
            return values(of: name, in: text).map { Added(name: name, value: $0, origin: variable) }
        }
        return gathered
    }

    /// Returns the path of the configuration file; nil if there is none.
    func path(_ commandLine: [String], _ environment: [String: String]) -> String? {
        Self.value(of: "config", in: commandLine) ?? environment["CLAVERO_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Returns the name of a setting's environment variable, such as `CLAVERO_DATA_DIR` for `data-dir`.
    package static func variable(_ name: String) -> String {
        "CLAVERO_" + String(name.uppercased().map { $0 == "-" ? "_" : $0 })
    }

    /// Returns the file's text.
    ///
    /// - Throws: `SettingsError`, which names the file, if it cannot be used as a settings file.
    package static func read(_ path: String) throws -> String { try SettingsFile.read(path) }

    /// Returns the values of an option in the text. A blank text has no values.
    func values(of name: String, in text: String) -> [String] {
        if repeatable.contains(name) { return text.split(whereSeparator: \.isWhitespace).map(String.init) }
        let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return value.isEmpty ? [] : [value]
    }

    /// Returns the value of an option on the command line; nil if it is not there.
    static func value(of name: String, in commandLine: [String]) -> String? {
        for (index, word) in commandLine.enumerated() {
            if word == "--\(name)" { return index + 1 < commandLine.count ? commandLine[index + 1] : "" }
            if word.hasPrefix("--\(name)=") { return String(word.dropFirst(name.count + 3)) }
        }
        return nil
    }

    /// Returns the reason why a file of this program may not contain the key; nil if it may. `plugins` is the value of
    /// the setting with that name.
    private func refusal(of key: String, plugins: String?) -> String? {
        guard names.contains(key), key != "config" else {
            if !names.contains(key), let owner = ServiceSettings.owner(of: key) { return Self.foreign(key, owner) }
            let nearest = NearestWord.of(key, in: names.filter { $0 != "config" })
            let advice = nearest.map { "; did you mean \($0)?" } ?? ""
            return "unknown key \(Self.shown(key))\(advice)"
        }
        guard let plugins, let owner = ServiceSettings.owner(of: key) else { return nil }
        let isUsed = ServiceSettings.isUsed(key, by: plugins.split(separator: ",").map(String.init))
        return isUsed ? nil : Self.foreign(key, owner)
    }

    private static func foreign(_ key: String, _ owner: String) -> String {
        "\(key) is a setting of \(owner), and not of this service; move the line to the other file"
    }

    /// Returns the text for a message, in which a long one is cut.
    private static func shown(_ text: String) -> String {
        text.count <= 60 ? text.debugDescription : "\(text.prefix(60).debugDescription)..."
    }
}
