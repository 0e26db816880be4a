import Daemon
import Link
import Logging

/// Reads the settings again, and applies those that can change without a restart.
actor SettingsReload {
    private static let live: Set = [
        "upstream", "balancer", "clear-secrets", "idle-timeout", "request-timeout", "drain-timeout",
    ]

    private let settings: ReloadableSettings<ClaveroProxy>
    private let directory: Directory
    private let sessions: LiveSettings
    private let logger: Logger
    /// The options in use.
    private(set) var options: ClaveroProxy

    init(
        _ options: ClaveroProxy, _ directory: Directory, _ sessions: LiveSettings, logger: Logger,
        read: @escaping ReloadableSettings<ClaveroProxy>.Read
    ) {
        (self.options, self.directory, self.sessions, self.logger) = (options, directory, sessions, logger)
        settings = ReloadableSettings(live: Self.live, logger: logger, read)
    }

    /// Reads and applies the settings. If they cannot be used, the reason is logged, and nothing changes.
    func run() async {
        let new = await settings.reload { try await directory.prepare(for: $0.upstream) }
        guard let new else { return }
        let old = options
        options = new.command
        sessions.take(new.command)
        await change(old.upstream, to: new.command.upstream)
        settings.logReload(of: new)
    }

    /// Adds the upstreams that are new in the settings, and drops those that are no longer in them. A server that the
    /// operator has added or dropped is not touched if the settings about it have not changed.
    private func change(_ old: [Endpoint], to new: [Endpoint]) async {
        let known = await directory.upstreams
        let added = new.filter { !old.contains($0) && !known.contains($0) }
        let dropped = old.filter { !new.contains($0) && known.contains($0) }
        for endpoint in added { try? await directory.add(endpoint) }
        if !dropped.isEmpty { await directory.waitFor(added) }
        for endpoint in dropped { try? await directory.drop(endpoint) }
    }
}
