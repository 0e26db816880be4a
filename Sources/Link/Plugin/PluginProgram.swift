/// The program of a plugin.
package struct PluginProgram: Sendable {
    /// The plugin's name in settings, in the log, and in the manifest.
    package let name: String
    package let path: String
    /// The directory in which it runs and may keep files. It exists.
    package let directory: String

    package init(name: String, path: String, directory: String) {
        (self.name, self.path, self.directory) = (name, path, directory)
    }

    /// The environment variables that it inherits. The others may hold secrets.
    static let inherited = ["PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"]

    func environment(_ own: [String: String]) -> [String] {
        Self.inherited.compactMap { key in own[key].map { "\(key)=\($0)" } }
            + ["HOME=\(directory)", "CLAVERO_PLUGIN_NAME=\(name)"]
    }
}
