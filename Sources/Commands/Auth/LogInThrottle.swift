import CoreMetrics
import Store
import Synchronization
import Telemetry
import Wire

/// Slows guessing down: wrong log-ins are counted for the account and the network that they came from, in the store,
/// so that all auth servers count together. Behind the first few each further try waits, twice as long as the one before;
/// at the limit there are none for a while. No network can shut out another, and a log-in that is right the first time
/// writes nothing.
///
/// Unknown names are counted as known ones are.
package final class LogInThrottle: Sendable {
    package struct Policy: Sendable {
        /// Wrong tries that cost nothing.
        package var free = 3
        /// Wrong tries after which there are no more.
        package var limit = 10
        /// Seconds after the last wrong try until all is forgotten.
        package var window = 900

        package init() {}
    }

    private struct Source: Hashable {
        let account: String
        let network: String
    }

    private static let longestPause = 8
    private let policy: SitePolicy
    private let store: any Store
    private let now: @Sendable () -> Int
    private let pause: @Sendable (Duration) async throws -> Void
    private let refusals: Counter
    /// Those that have used up their free tries have one try at a time.
    private let trying = Mutex<Set<Source>>([])

    /// `now`: Unix seconds. `pause`: waits.
    package init(
        policy: SitePolicy = SitePolicy(), store: any Store, now: @escaping @Sendable () -> Int,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) {
        refusals = Counter(.throttledLogIns, in: metrics)
        self.policy = policy
        self.store = store
        self.now = now
        self.pause = pause
    }

    /// Whether the log-in of `account` was right, as `attempt` finds.
    ///
    /// - Throws: `throttled`; what `attempt` and the store throw.
    func check(
        _ account: AccountName, from caller: Caller, _ attempt: () async throws -> Bool
    ) async throws -> Bool {
        let source = Source(account: account.description, network: Network(peer: caller.peer).description)
        let policy = policy.throttle
        let failures = try await failures(of: source)
        guard failures < policy.limit else { throw refusal() }
        if failures >= policy.free {
            guard trying.withLock({ $0.insert(source).inserted }) else { throw refusal() }
            defer { trying.withLock { _ = $0.remove(source) } }
            try await pause(.seconds(min(Self.longestPause, 1 << (failures - policy.free))))
            return try await count(source, isKnown: true, attempt)
        }
        return try await count(source, isKnown: failures > 0, attempt)
    }

    private func refusal() -> Failure {
        refusals.increment()
        return .throttled
    }

    private func failures(of source: Source) async throws -> Int {
        let failures = try await store.logInFailures(of: source.account, from: source.network)
        guard let failures, failures.last >= start else { return 0 }
        return failures.count
    }

    private func count(
        _ source: Source, isKnown: Bool, _ attempt: () async throws -> Bool
    ) async throws -> Bool {
        if try await attempt() {
            if isKnown { _ = try await store.clearLogInFailures(of: source.account, from: source.network) }
            return true
        }
        _ = try await store.recordLogInFailure(
            of: source.account, from: source.network, at: Int64(now()), forgetting: start)
        return false
    }

    /// What happened before is forgotten.
    private var start: Int64 { Int64(now() - policy.throttle.window) }
}
