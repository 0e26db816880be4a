import Commands
import Foundation
import Synchronization
import Wire

/// The environment that a plugin gets when its daemon starts.
public struct PluginContext: Sendable {
    /// A directory for this plugin alone, in the daemon's state directory. It exists, and only the daemon's user can
    /// read it.
    public let directory: String
}

/// A plugin that is part of your own program: its name, and the function that makes its commands.
public struct PluginKind: Sendable {
    let name: String
    let commands: @Sendable (PluginContext) throws -> [any Command<Call>]

    /// Creates a kind of plugin.
    ///
    /// - Parameters:
    ///   - name: The name for `--plugins`: a lower-case letter, then up to 31 lower-case letters, digits and hyphens.
    ///     It must not be `keys`, `auth` or `admin`. An invalid name, or two plugins with the same name, is a
    ///     programming error.
    ///   - commands: Makes the commands. It is called once, when the daemon starts. An error ends the start, and one
    ///     line shows the error.
    public init(_ name: String, commands: @escaping @Sendable (PluginContext) throws -> [any Command<Call>]) {
        precondition(PluginGrant.isName(name), "not a plugin's name: \(name)")
        self.name = name
        self.commands = commands
    }

    private static let added = Mutex<[PluginKind]>([])

    /// The plugins that the program was started with.
    static var all: [PluginKind] { added.withLock { $0 } }

    static func add(_ kinds: [PluginKind]) {
        precondition(Set(kinds.map(\.name)).count == kinds.count, "two plugins have the same name")
        added.withLock { $0 += kinds }
    }
}
