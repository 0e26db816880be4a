import Commands
import Foundation
import Synchronization
import Wire

/// What a plugin finds when its daemon starts.
public struct PluginContext: Sendable {
    /// A directory for the plugin alone, in the daemon's state directory. It is there, and nobody but the daemon's user
    /// can read it.
    public let directory: String
}

/// A plugin that is part of a program of your own: its name, and how its commands are made.
public struct PluginKind: Sendable {
    let name: String
    let commands: @Sendable (PluginContext) throws -> [any Command<Call>]

    /// - Parameters:
    ///   - name: What `--plugins` calls it: a lower-case letter, then up to 31 of those, digits and hyphens; not `keys`,
    ///     `auth` or `admin`. Another name, or a name twice, is a programming error.
    ///   - commands: Makes the commands, once, when the daemon starts. An error ends the start, with one line that shows it.
    public init(_ name: String, commands: @escaping @Sendable (PluginContext) throws -> [any Command<Call>]) {
        precondition(PluginGrant.isName(name), "not a plugin's name: \(name)")
        self.name = name
        self.commands = commands
    }

    private static let added = Mutex<[PluginKind]>([])

    /// Those that the program was started with.
    static var all: [PluginKind] { added.withLock { $0 } }

    static func add(_ kinds: [PluginKind]) {
        precondition(Set(kinds.map(\.name)).count == kinds.count, "two plugins of one name")
        added.withLock { $0 += kinds }
    }
}
