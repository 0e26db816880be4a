import Seal
import Synchronization
import Wire

/// The challenges by which one logs in with a key: each for one account in one session, for a short time, once.
///
/// They need no store, since they are signed: what is kept is those that were used and have not expired.
final class Challenges: Sendable {
    /// What `ssh-keygen -Y sign -n` is given: no signature made for something else is taken for a log-in.
    static let namespace = "clavero"

    private static let maximumUsed = 100_000
    private let keys: TokenKeys
    private let now: @Sendable () -> Int
    /// Nonces and when they expire.
    private let used = Mutex<[[UInt8]: Int]>([:])

    init(keys: TokenKeys, now: @escaping @Sendable () -> Int) {
        self.keys = keys
        self.now = now
    }

    func issue(to account: AccountName, _ caller: Caller) throws -> String {
        try keys.challenges().issue(account: account.description, session: Self.session(caller), now: now())
    }

    /// The account that a challenge of this session is for. It cannot be used again.
    func use(_ text: String, _ caller: Caller) throws -> AccountName {
        let signer = try keys.challenges()
        let challenge: Challenge
        do throws(ChallengeError) {
            challenge = try signer.check(text, session: Self.session(caller), now: now())
        } catch {
            throw error == .expired ? Failure.challengeOver : Failure.notAChallenge
        }
        guard isNew(challenge) else { throw Failure.challengeOver }
        guard let account = AccountName(challenge.account) else { throw Failure.notAChallenge }
        return account
    }

    private func isNew(_ challenge: Challenge) -> Bool {
        let now = now()
        return used.withLock { used in
            if used.count >= Self.maximumUsed { used = used.filter { $0.value > now } }
            guard used.count < Self.maximumUsed, used[challenge.nonce] == nil else { return false }
            used[challenge.nonce] = challenge.expires
            return true
        }
    }

    private static func session(_ caller: Caller) -> String { "\(caller.peer)/\(caller.lane)" }
}
