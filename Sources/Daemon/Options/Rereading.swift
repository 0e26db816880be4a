import ArgumentParser
import Logging

/// A daemon's settings, read again while it runs.
package struct Rereading<Command: ParsableCommand & Sendable>: Sendable {
    package typealias Read = @Sendable () throws -> Reading<Command>

    private let read: Read
    private let live: Set<String>
    private let logger: Logger
    /// As they were when the daemon started; nil where its user cannot read them.
    private let first: Reading<Command>?

    /// Says in the log if they cannot be read again, as where the file was for root alone.
    ///
    /// `live`: the settings that can change while the daemon runs, by name.
    package init(live: Set<String>, logger: Logger, _ read: @escaping Read) {
        (self.live, self.logger, self.read) = (live, logger, read)
        do {
            first = try read()
        } catch {
            first = nil
            let reason = Daemon.reason(error, reading: Command.self)
            logger.warning("the settings cannot be read again", metadata: ["reason": "\(reason)"])
        }
    }

    /// The settings as they are now; nil, and the reason in the log, where they cannot be used, or `check` throws.
    package func again(_ check: (Command) async throws -> Void = { _ in }) async -> Reading<Command>? {
        do {
            let new = try read()
            try await check(new.command)
            return new
        } catch {
            let reason = Daemon.reason(error, reading: Command.self)
            logger.error("the settings cannot be used; nothing changes", metadata: ["reason": "\(reason)"])
            return nil
        }
    }

    /// Says in the log that these are in use, and which of them are not, as they take a restart.
    package func taken(_ new: Reading<Command>) {
        for name in first.map(new.differences(from:)) ?? [] where !live.contains(name) {
            logger.warning("a setting changes only with a restart", metadata: ["setting": "\(name)"])
        }
        logger.info("settings were read again")
    }
}
