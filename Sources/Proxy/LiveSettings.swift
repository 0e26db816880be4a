import Daemon
import Link
import Synchronization

/// The settings that new sessions share. They can change while the proxy runs.
final class LiveSettings: Sendable {
    private let host: String
    private let shared: Mutex<SharedSessionSettings>

    init(_ settings: SessionSettings, host: String) {
        self.host = host
        shared = Mutex(SharedSessionSettings(settings, host: host))
    }

    var current: SharedSessionSettings { shared.withLock { $0 } }

    /// Takes over the options that can change while the proxy runs.
    func take(_ options: ClaveroProxy) {
        shared.withLock { shared in
            var settings = shared.settings
            settings.balancers = options.clients.balancer
            settings.timeouts = options.sessions.settings.timeouts
            settings.trustsNetworks = options.tls.clearSecrets == .allow
            shared = SharedSessionSettings(settings, host: host)
        }
    }
}
