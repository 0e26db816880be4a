import Glibc

/// The environment variables, and the directories that they name.
enum Environment {
    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// The directory of files that the program writes: `$XDG_STATE_HOME/clavero`, by default in `~/.local/state`; nil
    /// if there is no home directory.
    static var stateDirectory: String? { directory("XDG_STATE_HOME", below: ".local/state") }

    /// The directory of the configuration file: `$XDG_CONFIG_HOME/clavero`, by default in `~/.config`; nil if there
    /// is no home directory.
    static var configurationDirectory: String? { directory("XDG_CONFIG_HOME", below: ".config") }

    /// Returns the path with a leading `~/` replaced by the home directory.
    static func expandedPath(_ text: String) -> String {
        guard text.hasPrefix("~/"), let home = variable("HOME") else { return text }
        return home + text.dropFirst()
    }

    /// Returns the directory of a variable. The XDG Base Directory Specification requires that relative paths are
    /// ignored.
    private static func directory(_ name: String, below folder: String) -> String? {
        if let path = variable(name), path.hasPrefix("/") { return "\(path)/clavero" }
        return variable("HOME").flatMap { $0.hasPrefix("/") ? "\($0)/\(folder)/clavero" : nil }
    }
}
