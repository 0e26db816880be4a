import Seal
import Synchronization
import Wire

/// The challenges by which one logs in with a key: each for one account in one session, for a short time, once.
///
/// They need no store, since they are signed: what is kept is those that were used and have not expired.
final class Challenges: Sendable {
    /// What `ssh-keygen -Y sign -n` is given: no signature made for something else is taken for a log-in.
    static let namespace = "clavero"

    private let maximumUsed: Int
    private let keys: TokenKeys
    private let now: @Sendable () -> Int
    /// Nonces and when they expire.
    private let used = Mutex<[[UInt8]: Int]>([:])

    init(keys: TokenKeys, maximumUsed: Int = 100_000, now: @escaping @Sendable () -> Int) {
        self.keys = keys
        self.maximumUsed = maximumUsed
        self.now = now
    }

    func issue(to account: AccountName, _ caller: Caller) throws -> String {
        try keys.challenges().issue(account: account.description, session: Self.session(caller), now: now())
    }

    /// What a challenge of this session says, if it was not used.
    func check(_ text: String, _ caller: Caller) throws -> Challenge {
        let signer = try keys.challenges()
        let challenge: Challenge
        do throws(ChallengeError) {
            challenge = try signer.check(text, session: Self.session(caller), now: now())
        } catch {
            throw error == .expired ? Failure.challengeOver : Failure.notAChallenge
        }
        guard used.withLock({ $0[challenge.nonce] == nil }) else { throw Failure.challengeOver }
        return challenge
    }

    /// Sees to it that it is not used again. Only who has answered it gets this far: strangers cannot fill the room that
    /// there is for used ones.
    func use(_ challenge: Challenge) throws(Failure) {
        let now = now()
        try used.withLock { used throws(Failure) in
            guard now < challenge.expires, used[challenge.nonce] == nil else { throw .challengeOver }
            if used.count >= maximumUsed { used = used.filter { $0.value > now } }
            guard used.count < maximumUsed else { throw .serverBusy }
            used[challenge.nonce] = challenge.expires
        }
    }

    private static func session(_ caller: Caller) -> String { "\(caller.peer)/\(caller.lane)" }
}
