/// A plugin that is a program of its own.
package struct PluginProgram: Sendable {
    /// What it is called in settings, in the log, and as the plugin of its commands.
    package let name: String
    package let path: String
    /// Where it runs and may keep things. It is there.
    package let directory: String

    package init(name: String, path: String, directory: String) {
        (self.name, self.path, self.directory) = (name, path, directory)
    }

    /// All that it learns of the daemon's environment, in which there may be secrets.
    static let inherited = ["PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"]

    func environment(_ own: [String: String]) -> [String] {
        Self.inherited.compactMap { key in own[key].map { "\(key)=\($0)" } }
            + ["HOME=\(directory)", "CLAVERO_PLUGIN_NAME=\(name)"]
    }
}
