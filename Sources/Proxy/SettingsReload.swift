import Daemon
import Link
import Logging

/// Reads the settings again, and has what can change without a restart change.
actor SettingsReload {
    private static let live: Set = [
        "upstream", "balancer", "clear-secrets", "idle-timeout", "request-timeout", "drain-timeout",
    ]

    private let settings: Rereading<ClaveroProxy>
    private let directory: Directory
    private let sessions: LiveSettings
    private let logger: Logger
    /// As they are.
    private(set) var options: ClaveroProxy

    init(
        _ options: ClaveroProxy, _ directory: Directory, _ sessions: LiveSettings, logger: Logger,
        read: @escaping Rereading<ClaveroProxy>.Read
    ) {
        (self.options, self.directory, self.sessions, self.logger) = (options, directory, sessions, logger)
        settings = Rereading(live: Self.live, logger: logger, read)
    }

    /// What cannot be used is logged, and then nothing changes.
    func run() async {
        let new = await settings.again { try await directory.prepare(for: $0.upstream) }
        guard let new else { return }
        let old = options
        options = new.command
        sessions.take(new.command)
        await change(old.upstream, to: new.command.upstream)
        settings.taken(new)
    }

    /// What has come is added, and what has gone is dropped; a server that the operator has added or dropped is not
    /// touched by settings that say the same as before.
    private func change(_ old: [Endpoint], to new: [Endpoint]) async {
        let known = await directory.upstreams
        let added = new.filter { !old.contains($0) && !known.contains($0) }
        let dropped = old.filter { !new.contains($0) && known.contains($0) }
        for endpoint in added { try? await directory.add(endpoint) }
        if !dropped.isEmpty { await directory.waitFor(added) }
        for endpoint in dropped { try? await directory.drop(endpoint) }
    }
}
