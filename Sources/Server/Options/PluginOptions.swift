import ArgumentParser
import Commands
import Daemon
import Foundation
import Input
import Link
import NIOCore
import Wire

/// The options that say which plugin processes a server starts, and what they may do.
struct PluginOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "A plugin: the path of its program. May be given repeatedly.", valueName: "file"),
        completion: .file())
    var plugin: [String] = []

    @Option(
        help: ArgumentHelp(
            "A directory of plugin programs. The server starts those that have --plugin-verbs.",
            valueName: "directory"),
        completion: .directory)
    var pluginDir: String?

    @Option(
        help: ArgumentHelp(
            """
            The commands that a plugin may serve: plugin=VERB,... Add :user to a verb that needs a log-in, and :once \
            to one that must not be repeated. May be given repeatedly.
            """, valueName: "plugin=verbs"),
        transform: { text in
            guard let grant = PluginGrant(text) else {
                throw ValidationError("expected plugin=VERB[:user][:once],...")
            }
            return grant
        })
    var pluginVerbs: [PluginGrant] = []

    @Option(
        help: ArgumentHelp(
            """
            The commands of this server that a plugin may run for its callers: plugin=VERB,... May be given \
            repeatedly.
            """, valueName: "plugin=verbs"),
        transform: { text in
            guard let services = PluginServices(text) else { throw ValidationError("expected plugin=VERB,...") }
            return services
        })
    var pluginServices: [PluginServices] = []

    @Option(
        help: ArgumentHelp("Seconds in which a plugin must answer. Otherwise it is restarted.", valueName: "seconds"))
    var pluginTimeout = 20

    static let names = ["plugin", "plugin-dir", "plugin-verbs", "plugin-services", "plugin-timeout"]
    static let repeatable: Set = ["plugin", "plugin-verbs", "plugin-services"]

    func validate() throws {
        try OptionBounds.check(["plugin-timeout": pluginTimeout], OptionBounds.seconds)
        for path in plugin where !PluginGrant.isName(Self.name(of: path)) {
            throw ValidationError(
                "--plugin \(path): the program's name is the plugin's name; it must have 1 to 32 characters of a-z, "
                    + "0-9 and -, begin with a letter, and not be keys, auth or admin")
        }
        try Self.requireUnique("--plugin", plugin.map(Self.name))
        try Self.requireUnique("--plugin-verbs", pluginVerbs.map(\.plugin))
        try Self.requireUnique("--plugin-services", pluginServices.map(\.plugin))
    }

    func limits(unwritten: Int) -> PluginLimits {
        var limits = PluginLimits()
        limits.answerTime = .seconds(Int64(pluginTimeout))
        limits.unwritten = unwritten
        return limits
    }

    /// Each plugin that may serve a verb, and the path of its program; nil if no program has the plugin's name.
    /// Programs that `--plugin` names come before those in the directory.
    var programs: [(grant: PluginGrant, path: String?)] {
        let found = pluginDir.map(Self.programs(in:)) ?? []
        return pluginVerbs.map { grant in
            (grant, (plugin + found).first { Self.name(of: $0) == grant.plugin })
        }
    }

    /// The names of plugins that `--plugin` or `--plugin-services` names and that may serve no verb, in sorted order.
    var idle: [String] {
        Set(plugin.map(Self.name) + pluginServices.map(\.plugin)).subtracting(pluginVerbs.map(\.plugin)).sorted()
    }

    func services(of plugin: String) -> PluginServices? { pluginServices.first { $0.plugin == plugin } }

    /// Checks that the plugins may be granted the commands of `--plugin-services`.
    func requireServices(of commands: Manifest) throws(StartError) {
        for (grant, path) in programs where path != nil {
            do throws(PluginRefusal) {
                _ = try PluginHost.services(services(of: grant.plugin)?.verbs ?? [], of: commands)
            } catch {
                throw StartError("--plugin-services \(grant.plugin): \(error)")
            }
        }
    }

    private static func programs(in directory: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.sorted().map { "\(directory)/\($0)" }.filter { path in
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory.boolValue
        }
    }

    /// Returns the name of the plugin at a path: `guest-book` for `/usr/lib/clavero/plugins/guest-book.py`.
    private static func name(of path: String) -> String {
        URL(filePath: path).deletingPathExtension().lastPathComponent
    }

    private static func requireUnique(_ option: String, _ names: [String]) throws {
        guard Set(names).count == names.count else { throw ValidationError("\(option): a plugin is named twice") }
    }
}
