import Glibc

/// The environment variables, and the places that they name.
enum Environment {
    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Where what is remembered from run to run is kept: `$XDG_STATE_HOME/clavero`, by default below `~/.local/state`;
    /// nil when there is no such place.
    static var stateDirectory: String? { directory("XDG_STATE_HOME", below: ".local/state") }

    /// Where the configuration is: `$XDG_CONFIG_HOME/clavero`, by default below `~/.config`.
    static var configurationDirectory: String? { directory("XDG_CONFIG_HOME", below: ".config") }

    /// A path that may begin with `~/`, the home directory.
    static func path(_ text: String) -> String {
        guard text.hasPrefix("~/"), let home = variable("HOME") else { return text }
        return home + text.dropFirst()
    }

    /// A variable that is no absolute path is to be ignored, says the XDG Base Directory Specification.
    private static func directory(_ name: String, below folder: String) -> String? {
        if let path = variable(name), path.hasPrefix("/") { return "\(path)/clavero" }
        return variable("HOME").flatMap { $0.hasPrefix("/") ? "\($0)/\(folder)/clavero" : nil }
    }
}
