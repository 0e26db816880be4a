import Commands
import Daemon
import Foundation
import Input
import Link
import Logging
import NIOCore
import Synchronization
import Wire

/// The plugin processes of a server. It starts their programs, and registers the commands that they announce.
final class Plugins: Sendable {
    private let commands: PluginCommands
    private let logger: Logger
    private let processes: [(process: PluginSupervisor, grant: PluginGrant)]
    private let changed = Mutex<(@Sendable () -> Void)?>(nil)

    /// Prepares the plugin processes, and starts none yet.
    ///
    /// - Parameters:
    ///   - unwritten: The maximum number of bytes of requests that may wait for each plugin.
    ///   - gate: The gate that answers the requests of plugins.
    ///   - loop: The event loop of the links to the plugins.
    /// - Throws: `StartError` for a command that no plugin can be granted, and for a directory that cannot be made.
    init(
        _ options: PluginOptions, unwritten: Int, data: DataDirectory, gate: Gate, commands: PluginCommands,
        on loop: any EventLoop, logger: Logger
    ) async throws {
        self.commands = commands
        self.logger = logger
        for name in options.idle {
            logger.warning(
                "the plugin is not started, because it has no --plugin-verbs", metadata: ["plugin": "\(name)"])
        }
        var processes: [(PluginSupervisor, PluginGrant)] = []
        for (grant, path) in options.programs {
            guard let path else {
                logger.error("no such plugin", metadata: ["plugin": "\(grant.plugin)"])
                continue
            }
            let host = try Self.host(of: grant.plugin, options, gate)
            let program = PluginProgram(
                name: grant.plugin, path: URL(filePath: path).path, directory: try data.makeDirectory(of: grant.plugin))
            let limits = options.limits(unwritten: unwritten)
            let process = try await loop.submit {
                PluginSupervisor(program, limits: limits, on: loop, logger: logger, host: host)
            }.get()
            processes.append((process, grant))
        }
        self.processes = processes
    }

    /// Starts the processes, and waits until each has announced its commands or has failed to.
    func start() async {
        for (process, _) in processes { commands.whenSessionEnds { process.ended(lane: $0) } }
        await withTaskGroup { group in
            for (process, grant) in processes {
                group.addTask { await process.start { specs in self.announced(specs, by: grant, process) } }
            }
        }
    }

    /// Calls `body` whenever a plugin has announced its commands.
    func whenChanged(_ body: @escaping @Sendable () -> Void) {
        changed.withLock { $0 = body }
    }

    /// Stops the processes, and waits until they have ended.
    func stop() async {
        await withTaskGroup { group in
            for (process, _) in processes { group.addTask { await process.stop() } }
        }
    }

    private static func host(of plugin: String, _ options: PluginOptions, _ gate: Gate) throws -> PluginSupervisor.Host
    {
        do throws(PluginRefusal) {
            let host = try PluginHost(gate, granted: options.services(of: plugin)?.verbs ?? [], to: plugin)
            return { request, caller, answer in host.respond(to: request, from: caller, answer) }
        } catch {
            throw StartError("--plugin-services \(plugin): \(error)")
        }
    }

    private func announced(_ specs: [CommandSpec], by grant: PluginGrant, _ process: PluginSupervisor) {
        let refused = commands.announced(specs, by: grant) { request, caller, account, answer in
            process.respond(to: request, from: caller, account: account, answer)
        }
        for (verb, reason) in refused {
            logger.warning(
                "a plugin's command is not served",
                metadata: ["plugin": "\(grant.plugin)", "verb": "\(verb)", "reason": "\(reason)"])
        }
        changed.withLock { $0 }?()
    }
}
