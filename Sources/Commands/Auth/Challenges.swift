import CoreMetrics
import Seal
import Synchronization
import Telemetry
import Wire

/// The challenges for logging in with a key. Each is for one account in one session, is good for a short time, and
/// can be used once.
///
/// Challenges are signed, so no store is needed. Used challenges are remembered until they expire. Their number is
/// bounded for each session, for each account, and in all. Only a correct answer is remembered, so a stranger cannot
/// fill the memory, and an account that logs in too often is refused alone.
package final class Challenges: Sendable {
    /// The namespace for `ssh-keygen -Y sign -n`. Because of it, a signature that was made for another purpose is not
    /// accepted as a log-in.
    static let namespace = "clavero"

    /// The maximum numbers of used challenges that are remembered.
    package struct Limits: Sendable {
        package var session = 64
        package var account = 1024
        package var all = 100_000

        package init() {}
    }

    private let limits: Limits
    private let keys: TokenKeys
    private let now: @Sendable () -> Int
    private let used = Mutex(Used())
    private let refusals: [Bound: Counter]

    package init(
        keys: TokenKeys, limits: Limits = Limits(), metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        now: @escaping @Sendable () -> Int
    ) {
        self.keys = keys
        self.limits = limits
        self.now = now
        refusals = Dictionary(
            uniqueKeysWithValues: Bound.allCases.map { bound in
                (bound, Counter(.challengeRefusals, [bound.rawValue], in: metrics))
            })
    }

    func issue(to account: AccountName, _ caller: Caller) throws -> String {
        try keys.challenges().issue(account: account.description, session: Self.session(caller), now: now())
    }

    /// Returns the contents of a challenge of this session, and the account that it is for, if it was not used.
    ///
    /// - Throws: `notAChallenge`, `challengeOver`, and the refusals of `use`. They are checked here as well, so that
    ///   an unusable challenge causes no further work.
    func check(_ text: String, _ caller: Caller) throws -> (Challenge, AccountName) {
        let signer = try keys.challenges()
        let (session, now) = (Self.session(caller), now())
        let challenge: Challenge
        do throws(ChallengeError) {
            challenge = try signer.check(text, session: session, now: now)
        } catch {
            throw error == .expired ? Failure.challengeOver : Failure.notAChallenge
        }
        guard let account = AccountName(challenge.account) else { throw Failure.notAChallenge }
        try used.withLock { used throws(Failure) in
            used.forget(at: now)
            try requirePlace(for: challenge, session, used)
        }
        return (challenge, account)
    }

    /// Marks a challenge as used, so that it cannot be used again. The caller has verified the answer before, so
    /// strangers cannot fill the memory.
    ///
    /// - Throws: `challengeOver` if it was used or has expired. `tooManyKeyLogIns` if the session or the account has
    ///   used as many challenges as it may. `serverBusy` if the maximum for all is reached.
    func use(_ challenge: Challenge, _ caller: Caller) throws(Failure) {
        let (session, now) = (Self.session(caller), now())
        try used.withLock { used throws(Failure) in
            used.forget(at: now)
            guard now < challenge.expires else { throw .challengeOver }
            try requirePlace(for: challenge, session, used)
            used.add(challenge, session)
        }
    }

    private func requirePlace(for challenge: Challenge, _ session: String, _ used: Used) throws(Failure) {
        guard !used.contains(challenge.nonce) else { throw .challengeOver }
        guard used.count(.session, session) < limits.session else { throw refusal(.session, .tooManyKeyLogIns) }
        guard used.count(.account, challenge.account) < limits.account else {
            throw refusal(.account, .tooManyKeyLogIns)
        }
        guard used.count < limits.all else { throw refusal(.all, .serverBusy) }
    }

    private func refusal(_ bound: Bound, _ failure: Failure) -> Failure {
        refusals[bound]?.increment()
        return failure
    }

    private static func session(_ caller: Caller) -> String { "\(caller.peer)/\(caller.lane)" }
}

extension Challenges {
    private enum Bound: String, CaseIterable {
        case session, account, all
    }

    /// The used challenges. They are remembered for at least the lifetime of a challenge, and for at most twice that
    /// time.
    private struct Used {
        private struct Name: Hashable {
            let bound: Bound
            let text: String
        }

        private struct Generation {
            var nonces: Set<[UInt8]> = []
            var counts: [Name: Int] = [:]
        }

        private var young = Generation()
        private var old = Generation()
        /// The time at which the young generation began, in Unix seconds.
        private var start = 0

        var count: Int { young.nonces.count + old.nonces.count }

        func contains(_ nonce: [UInt8]) -> Bool { young.nonces.contains(nonce) || old.nonces.contains(nonce) }

        func count(_ bound: Bound, _ text: String) -> Int {
            let name = Name(bound: bound, text: text)
            return young.counts[name, default: 0] + old.counts[name, default: 0]
        }

        mutating func add(_ challenge: Challenge, _ session: String) {
            young.nonces.insert(challenge.nonce)
            young.counts[Name(bound: .session, text: session), default: 0] += 1
            young.counts[Name(bound: .account, text: challenge.account), default: 0] += 1
        }

        /// Forgets the challenges that have expired. A start in the future means that the clock was set back; a new
        /// generation begins then.
        mutating func forget(at now: Int) {
            let age = now - start
            guard !(0..<ChallengeSigner.lifetime).contains(age) else { return }
            old = age < 2 * ChallengeSigner.lifetime ? young : Generation()
            (young, start) = (Generation(), now)
        }
    }
}
