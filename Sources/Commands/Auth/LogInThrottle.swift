import CoreMetrics
import Store
import Synchronization
import Telemetry
import Wire

/// Slows guessing down. Wrong log-ins are counted in the store, so that all auth servers count together:
///
/// - for the account and the network that they came from. After the first few each further try waits, twice as long as
///   the one before; at the limit there are none for a while. So no network can shut another one out.
/// - for the network alone, whatever the account: at its limit there are none for a while.
///
/// Tries that run at the same time count as wrong ones until they are found right. A log-in that is right the first time
/// writes nothing. Unknown names are counted as known ones are.
package final class LogInThrottle: Sendable {
    package struct Policy: Sendable {
        /// Wrong tries for an account from one network that cost nothing.
        package var free = 3
        /// Wrong tries for an account from one network after which there are no more.
        package var limit = 10
        /// Wrong tries from one host, for any accounts, after which there are no more.
        package var networkLimit = 100
        /// Seconds after the last wrong try for an account, and after the first of a network, until all is forgotten.
        package var window = 900

        package init() {}

        /// Wrong tries from one block of addresses, for any accounts, after which there are no more.
        var blockLimit: Int { networkLimit.multipliedReportingOverflow(by: 8).overflow ? .max : networkLimit * 8 }

        /// The wait before a try, after so many wrong ones.
        func pause(after wrong: Int) -> Duration {
            .seconds(1 << min(LogInThrottle.longestPauseExponent, max(0, wrong - free)))
        }
    }

    /// The longest pause takes 2 to the power of this, in seconds.
    private static let longestPauseExponent = 3
    /// Seconds that another server's clock may be ahead. A stored time that is later than that was written while a clock
    /// was wrong, and does not count.
    private static let leeway = 60
    /// Counts that the store keeps, and how many wrong log-ins pass between two checks of that.
    private static let (maximumCounts, trimInterval) = (100_000, 256)

    private let policy: SitePolicy
    private let store: Store
    private let now: @Sendable () -> Int
    private let pause: @Sendable (Duration) async throws -> Void
    private let accountRefusals: Counter
    private let networkRefusals: Counter
    private let tries = RunningTries()
    private let recorded = Atomic(0)

    /// `now`: Unix seconds. `pause`: waits.
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

    /// The outcome of `attempt`, which is nil if the log-in to `account` is wrong.
    ///
    /// - Throws: `throttled`, `throttledNetwork`; errors of `attempt` and of the store. A try that throws is not counted.
    func check<Value>(
        _ account: AccountName, from caller: Caller, _ attempt: () async throws -> Value?
    ) async throws -> Value? {
        let sources = Sources(account, caller)
        var running = tries.begin(sources.account)
        defer { tries.end(sources.account) }
        while true {
            let policy = policy.throttle
            // It is read after the try has begun: what ended before is in the store, what ends later is running.
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
                // The free tries are used up, so the others are refused.
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

    /// Begins a try for each network, and returns them. Tries that run count as if they were wrong; where only they are too
    /// many, nobody has guessed, and the client is told to come again at once.
    private func beginNetworks(
        _ sources: Sources, _ wrong: Wrong, _ policy: Policy
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

    /// The counts that are not forgotten.
    private func wrong(_ sources: Sources) async throws -> Wrong {
        let times = times
        let counts = try await store.logInFailures(of: sources.all).map { counts in
            counts.flatMap { times.contains($0.time) ? $0.count : nil }
        }
        return Wrong(
            account: counts[0] ?? 0, isUnlocked: counts[1] != nil, networks: counts.dropFirst(2).map { $0 ?? 0 })
    }

    /// The stored times that count: what happened before them is forgotten, and later ones are none.
    private var times: ClosedRange<Int64> {
        let (now, window) = (Int64(now()), Int64(policy.throttle.window))
        return (now - window)...(now + min(window, Int64(Self.leeway)))
    }
}

extension LogInThrottle {
    /// The account and the networks for which a log-in is counted.
    private struct Sources {
        let account: LogInSource
        /// The host and, where it has an address, its block.
        let networks: [LogInSource]

        init(_ account: AccountName, _ caller: Caller) {
            let origin = Origin(caller)
            self.account = LogInSource(
                account: account.description, network: Network(peer: caller.peer).description)
            networks = origin.networks.map { LogInSource(network: $0) }
        }

        var all: [LogInSource] { [account, LogInSource(unlocked: account.account)] + networks }
    }

    /// How many log-ins were wrong.
    private struct Wrong {
        let account: Int
        /// Whether the operator has lately unlocked the account: its log-ins need not care for their network's count.
        let isUnlocked: Bool
        let networks: [Int]
    }
}
