import Daemon
import Link
import Synchronization

/// What new sessions have in common, which may change.
final class LiveSettings: Sendable {
    private let host: String
    private let shared: Mutex<SharedSettings>

    init(_ settings: SessionSettings, host: String) {
        self.host = host
        shared = Mutex(SharedSettings(settings, host: host))
    }

    var current: SharedSettings { shared.withLock { $0 } }

    /// Takes over what can change while the proxy runs.
    func take(_ options: ClaveroProxy) {
        shared.withLock { shared in
            var settings = shared.settings
            settings.balancers = options.balancer
            settings.deadlines = options.sessions.settings.deadlines
            settings.trustsNetworks = options.tls.clearSecrets == .allow
            shared = SharedSettings(settings, host: host)
        }
    }
}
