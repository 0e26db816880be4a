import Daemon
import Link
import Synchronization

/// What new sessions have in common, which may change.
final class LiveSettings: Sendable {
    private let settings: Mutex<SessionSettings>

    init(_ settings: SessionSettings) {
        self.settings = Mutex(settings)
    }

    var current: SessionSettings { settings.withLock { $0 } }

    /// Takes over what can change while the proxy runs.
    func take(_ options: ClaveroProxy) {
        settings.withLock { settings in
            settings.balancers = options.balancer
            settings.deadlines = options.sessions.settings.deadlines
            settings.trustsNetworks = options.tls.clearSecrets == .allow
        }
    }
}
