import ArgumentParser
import Logging

/// The settings of a daemon that can be read again while it runs.
package struct ReloadableSettings<Command: ServiceCommand>: Sendable {
    package typealias Read = @Sendable () throws -> ParsedSettings<Command>

    private let read: Read
    private let live: Set<String>
    private let logger: Logger
    /// The settings at the start of the daemon; nil if its user cannot read them.
    private let first: ParsedSettings<Command>?

    /// Reads the settings once. If that fails, a log line says that they cannot be read again. It fails if only root
    /// can read the file, for example.
    ///
    /// `live`: the names of the settings that can change while the daemon runs.
    package init(live: Set<String>, logger: Logger, _ read: @escaping Read) {
        (self.live, self.logger, self.read) = (live, logger, read)
        do {
            first = try read()
        } catch {
            first = nil
            let reason = Daemon.reason(error, reading: Command.self)
            logger.warning("the settings cannot be reloaded", metadata: ["reason": "\(reason)"])
        }
    }

    /// Reads the settings again and returns them. If they cannot be used, or `check` throws, it logs the reason and
    /// returns nil.
    package func reload(_ check: (Command) async throws -> Void = { _ in }) async -> ParsedSettings<Command>? {
        do {
            let new = try read()
            try await check(new.command)
            return new
        } catch {
            let reason = Daemon.reason(error, reading: Command.self)
            logger.error(
                "the new settings cannot be used; the daemon keeps the old ones", metadata: ["reason": "\(reason)"])
            return nil
        }
    }

    /// Logs that the new settings are in use, and which of them are not, because they need a restart.
    package func logReload(of new: ParsedSettings<Command>) {
        for name in first.map(new.differences(from:)) ?? [] where !live.contains(name) {
            logger.warning("a setting changes only after a restart", metadata: ["setting": "\(name)"])
        }
        logger.info("the settings were reloaded")
    }
}
