import Daemon
import Link
import Logging

/// Reads the settings again, and has what can change without a restart change.
actor SettingsReload {
    typealias Read = @Sendable () throws -> Reading<ClaveroProxy>

    /// For what runs on with another value of these.
    private static let live: Set = [
        "upstream", "balancer", "clear-secrets", "idle-timeout", "request-timeout", "drain-timeout",
    ]
    /// For servers that are added to say what they answer, before those are left that they replace.
    private static let patience = Duration.seconds(10)

    private let read: Read
    private let doors: Doors
    private let sessions: LiveSettings
    private let logger: Logger
    /// As they were when the proxy started; nil where the daemon's user cannot read them.
    private let first: Reading<ClaveroProxy>?
    /// As they are.
    private(set) var options: ClaveroProxy

    init(_ options: ClaveroProxy, _ doors: Doors, _ sessions: LiveSettings, logger: Logger, read: @escaping Read) {
        (self.options, self.doors, self.sessions, self.logger, self.read) = (options, doors, sessions, logger, read)
        first = try? read()
    }

    /// What cannot be used is logged, and then nothing changes.
    func run() async {
        let new: Reading<ClaveroProxy>
        do {
            new = try read()
            try await doors.prepare(for: new.command.upstream)
        } catch {
            let reason = Daemon.reason(error, reading: ClaveroProxy.self)
            logger.error("the settings cannot be used; nothing changes", metadata: ["reason": "\(reason)"])
            return
        }
        let old = options
        options = new.command
        sessions.take(new.command)
        await change(old.upstream, to: new.command.upstream)
        logger.info("settings were read again")
        for name in first.map(new.differences(from:)) ?? [] where !Self.live.contains(name) {
            logger.warning("a setting changes only with a restart", metadata: ["setting": "\(name)"])
        }
    }

    /// What has come is added, and what has gone is dropped; a server that the operator has added or dropped is not
    /// touched by settings that say the same as before.
    private func change(_ old: [Endpoint], to new: [Endpoint]) async {
        let known = await doors.upstreams
        let added = new.filter { !old.contains($0) && !known.contains($0) }
        let dropped = old.filter { !new.contains($0) && known.contains($0) }
        for endpoint in added { try? await doors.add(endpoint) }
        if !dropped.isEmpty { await waitFor(added) }
        for endpoint in dropped { try? await doors.drop(endpoint) }
    }

    private func waitFor(_ added: [Endpoint]) async {
        let start = ContinuousClock.now
        while start.duration(to: .now) < Self.patience {
            let waiting = await doors.reports.contains { added.contains($0.upstream) && $0.report.state != .ready }
            guard waiting else { return }
            try? await Task.sleep(for: .milliseconds(20))
        }
        logger.warning("a server that was added is not ready; those that it replaces are dropped all the same")
    }
}
