import CoreMetrics
import Store
import Synchronization
import Telemetry
import Wire

/// Slows down guessing of passwords. Wrong log-ins are counted in the store, so all auth servers share the counts:
///
/// - One count is kept for each account and network together. After the first few wrong tries, each further try waits
///   twice as long as the one before. At the limit, tries are refused for a while. So no network can lock an account
///   for another network.
/// - One count is kept for each network alone, for all accounts. At its limit, tries are refused for a while.
///
/// Tries that run at the same time count as wrong until they are found right. A log-in that is right the first time
/// writes nothing. Unknown names are counted like known ones.
package final class LogInThrottle: Sendable {
    package struct Policy: Sendable {
        /// The number of wrong tries for an account from one network that cause no wait.
        package var free = 3
        /// The number of wrong tries for an account from one network after which further tries are refused.
        package var limit = 10
        /// The number of wrong tries from one host, for any accounts, after which further tries are refused.
        package var networkLimit = 100
        /// The number of seconds until wrong tries are forgotten. It is counted from the last wrong try for an
        /// account, and from the first of a network.
        package var window = 900

        package init() {}

        /// The number of wrong tries from one block of addresses, for any accounts, after which further tries are
        /// refused.
        var blockLimit: Int { networkLimit.multipliedReportingOverflow(by: 8).overflow ? .max : networkLimit * 8 }

        /// Returns the wait before the next try, after a number of wrong ones.
        func pause(after wrong: Int) -> Duration {
            .seconds(1 << min(LogInThrottle.longestPauseExponent, max(0, wrong - free)))
        }
    }

    /// The exponent of the longest pause, which is 2 to the power of this in seconds.
    private static let longestPauseExponent = 3
    /// The number of seconds by which another server's clock may be ahead. A stored time that is later than that was
    /// written while a clock was wrong, and does not count.
    private static let leeway = 60
    /// The maximum number of counts that the store keeps, and the number of wrong log-ins between two checks of it.
    private static let (maximumCounts, trimInterval) = (100_000, 256)

    private let policy: SitePolicy
    private let store: Store
    private let now: @Sendable () -> Int
    private let pause: @Sendable (Duration) async throws -> Void
    private let accountRefusals: Counter
    private let networkRefusals: Counter
    private let tries = RunningAttempts()
    private let recorded = Atomic(0)

    /// Creates a throttle.
    ///
    /// - Parameters:
    ///   - now: Returns the current time in Unix seconds.
    ///   - pause: Waits for a duration. Tests replace it.
    package init(
        policy: SitePolicy = SitePolicy(), store: Store, now: @escaping @Sendable () -> Int,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) {
        accountRefusals = Counter(.throttledLogIns, ["account"], in: metrics)
        networkRefusals = Counter(.throttledLogIns, ["network"], in: metrics)
        self.policy = policy
        self.store = store
        self.now = now
        self.pause = pause
    }

    /// Runs `attempt` when the throttle allows it, and returns its result, which is nil if the log-in to `account` is
    /// wrong.
    ///
    /// - Throws: `throttled`, `throttledNetwork`, `hasherShareTaken`, and the errors of `attempt` and of the store. A
    ///   try that throws is not counted.
    func check<Value>(
        _ account: AccountName, from caller: Caller, _ attempt: () async throws -> Value?
    ) async throws -> Value? {
        let sources = Sources(account, caller)
        var running = tries.begin(sources.account)
        defer { tries.end(sources.account) }
        while true {
            let policy = policy.throttle
            // The counts are read after the try has begun. A try that ended before is in the store, and one that ends
            // later still counts as running.
            let wrong = try await wrong(sources)
            guard wrong.account < policy.limit else { throw refusal(.throttled) }
            let isFree = wrong.account + running <= min(policy.free, policy.limit)
            guard isFree || running == 1 else {
                guard wrong.account < policy.free, let next = await tries.putOff(sources.account) else {
                    throw refusal(.throttled)
                }
                running = next
                continue
            }
            let networks = try beginNetworks(sources, wrong, policy)
            defer { for network in networks { tries.end(network) } }
            if !isFree {
                // The free tries are used up, so the waiting tries must not wait for one. Each of them checks again
                // and is refused.
                tries.wakeAll(sources.account)
                try await pause(policy.pause(after: wrong.account))
            }
            return try await count(sources, isKnown: wrong.account > 0, attempt)
        }
    }

    private func refusal(_ failure: Failure) -> Failure {
        (failure == .throttled ? accountRefusals : networkRefusals).increment()
        return failure
    }

    /// Begins a try for each network, and returns the networks. Running tries count as if they were wrong.
    ///
    /// - Throws: `throttledNetwork` if the network has reached its limit. `hasherShareTaken` if it has too many tries
    ///   only together with the running ones; the client may try again at once.
    private func beginNetworks(
        _ sources: Sources, _ wrong: FailureCounts, _ policy: Policy
    ) throws(Failure) -> [LogInSource] {
        let limits = [policy.networkLimit, policy.blockLimit]
        let running = sources.networks.map { tries.begin($0) }
        guard !wrong.isUnlocked else { return sources.networks }
        for (running, (wrong, limit)) in zip(running, zip(wrong.networks, limits)) where running > limit - wrong {
            for network in sources.networks { tries.end(network) }
            throw wrong < limit ? .hasherShareTaken : refusal(.throttledNetwork)
        }
        return sources.networks
    }

    private func count<Value>(
        _ sources: Sources, isKnown: Bool, _ attempt: () async throws -> Value?
    ) async throws -> Value? {
        if let value = try await attempt() {
            if isKnown {
                _ = try await store.clearLogInFailures(of: sources.account.account, from: sources.account.network)
            }
            return value
        }
        let time = times
        _ = try await store.recordLogInFailure(
            of: [sources.account] + sources.networks, at: Int64(now()), forgetting: time.lowerBound,
            notAfter: time.upperBound)
        if recorded.add(1, ordering: .relaxed).newValue.isMultiple(of: Self.trimInterval) {
            try? await store.trimLogInFailures(to: Self.maximumCounts)
        }
        return nil
    }

    /// Returns the counts of wrong log-ins that are not yet forgotten.
    private func wrong(_ sources: Sources) async throws -> FailureCounts {
        let times = times
        let counts = try await store.logInFailures(of: sources.all).map { counts in
            counts.flatMap { times.contains($0.time) ? $0.count : nil }
        }
        return FailureCounts(
            account: counts[0] ?? 0, isUnlocked: counts[1] != nil, networks: counts.dropFirst(2).map { $0 ?? 0 })
    }

    /// The range of stored times that count. Earlier wrong log-ins are forgotten, and later times were written by a
    /// wrong clock.
    private var times: ClosedRange<Int64> {
        let (now, window) = (Int64(now()), Int64(policy.throttle.window))
        return (now - window)...(now + min(window, Int64(Self.leeway)))
    }
}

extension LogInThrottle {
    /// The account and the networks for which a log-in is counted.
    private struct Sources {
        let account: LogInSource
        /// The host and, if it has an address, its block.
        let networks: [LogInSource]

        init(_ account: AccountName, _ caller: Caller) {
            let origin = Origin(caller)
            self.account = LogInSource(
                account: account.description, network: Network(peer: caller.peer).description)
            networks = origin.networks.map { LogInSource(network: $0) }
        }

        var all: [LogInSource] { [account, LogInSource(unlocked: account.account)] + networks }
    }

    /// The numbers of wrong log-ins.
    private struct FailureCounts {
        let account: Int
        /// Whether the operator has lately unlocked the account. If so, the counts of the networks do not apply to
        /// its log-ins.
        let isUnlocked: Bool
        let networks: [Int]
    }
}
