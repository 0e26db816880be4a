import CoreMetrics
import Seal
import Synchronization
import Telemetry
import Wire

/// The challenges by which one logs in with a key: each for one account in one session, for a short time, once.
///
/// They need no store, since they are signed. Those that were used are kept until they expire, in places of which each
/// session, each account and all together have a bounded number. Only a right answer takes a place, so a stranger takes
/// none, and an account that takes too many refuses only itself.
package final class Challenges: Sendable {
    /// The namespace for `ssh-keygen -Y sign -n`: no signature made for something else is taken for a log-in.
    static let namespace = "clavero"

    /// How many used challenges are kept.
    package struct Places: Sendable {
        package var session = 64
        package var account = 1024
        package var all = 100_000

        package init() {}
    }

    private let places: Places
    private let keys: TokenKeys
    private let now: @Sendable () -> Int
    private let used = Mutex(Used())
    private let refusals: [Bound: Counter]

    package init(
        keys: TokenKeys, places: Places = Places(), metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        now: @escaping @Sendable () -> Int
    ) {
        self.keys = keys
        self.places = places
        self.now = now
        refusals = Dictionary(
            uniqueKeysWithValues: Bound.allCases.map { bound in
                (bound, Counter(.challengeRefusals, [bound.rawValue], in: metrics))
            })
    }

    func issue(to account: AccountName, _ caller: Caller) throws -> String {
        try keys.challenges().issue(account: account.description, session: Self.session(caller), now: now())
    }

    /// Returns the content of a challenge of this session, and the account that it is for, if it was not used.
    ///
    /// - Throws: `notAChallenge`, `challengeOver`; the refusals of `use`, so that what cannot be used costs no more work.
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

    /// Marks a challenge as used, so that it is not used again. The caller has found its answer right: strangers cannot
    /// fill the places.
    ///
    /// - Throws: `challengeOver`; `tooManyKeyLogIns` if the session or the account has used as many as it may;
    ///   `serverBusy` if that many were used in all.
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
        guard used.count(.session, session) < places.session else { throw refusal(.session, .tooManyKeyLogIns) }
        guard used.count(.account, challenge.account) < places.account else {
            throw refusal(.account, .tooManyKeyLogIns)
        }
        guard used.count < places.all else { throw refusal(.all, .serverBusy) }
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

    /// The challenges that were used, for at least as long as a challenge is good for, and at most twice as long.
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
        /// The time at which the young generation began.
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

        /// Forgets those that have expired. A start in the future is none: the clock was set back.
        mutating func forget(at now: Int) {
            let age = now - start
            guard !(0..<ChallengeSigner.lifetime).contains(age) else { return }
            old = age < 2 * ChallengeSigner.lifetime ? young : Generation()
            (young, start) = (Generation(), now)
        }
    }
}
