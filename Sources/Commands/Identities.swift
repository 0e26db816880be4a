import Signing
import Store
import Synchronization
import Wire

/// Finds out who a session acts for, from the token that it carries. Whoever carries it is not trusted.
package final class Identities: Sendable {
    private let keys: TokenKeys
    private let accounts: AccountCache
    private let now: @Sendable () -> Int
    private let maximumChecked: Int
    private let checked: Mutex<Checked>
    /// What each lane has shown last. Two proxies may have lanes of one number, so it counts for the same token only. It
    /// is bounded, as a request may still be at work when its lane has ended.
    private let lanes: Mutex<Recent<UInt64, Shown>>

    private struct Shown {
        let token: String
        let claims: TokenClaims
        /// The `changes` of the keys that it was checked with.
        let changes: Int
    }

    /// Tokens whose signature was checked, so that it is checked once; bounded.
    private struct Checked {
        var claims: [String: TokenClaims] = [:]
        /// The `changes` of the keys that they were checked with.
        var changes = 0
    }

    /// `now`: Unix seconds. `maximumChecked`: tokens that are remembered.
    package init(
        keys: TokenKeys, accounts: AccountCache, maximumChecked: Int = 16_384, now: @escaping @Sendable () -> Int
    ) {
        self.keys = keys
        self.accounts = accounts
        self.maximumChecked = maximumChecked
        self.now = now
        checked = Mutex(Checked())
        lanes = Mutex(Recent(maximumChecked))
    }

    /// How many tokens are remembered.
    var remembered: Int { checked.withLock { $0.claims.count } }

    /// Who a request acts for.
    struct Acting: Sendable {
        let account: Account
        /// When the account was so: a moment of the request's, if its store had to be asked.
        let moment: AccountCache.Moment?
        /// How and when the session proved to be the account's; nil where a token was all that it had.
        let proof: LogInProof?
    }

    /// Seconds after which a log-in is no longer recent.
    private static let recent = 600
    /// Seconds that the clock of the auth server which took the log-in may be ahead.
    private static let leeway = 60

    /// The account that the caller's token names, as it is now.
    ///
    /// - Throws: `logInFirst` without a token, `logInEnded` when it has expired, was ended, or is none of this site.
    func account(of caller: Caller) async throws -> Acting {
        guard let token = caller.token else { throw Failure.logInFirst }
        guard let claims = try? claims(of: token, lane: caller.lane) else { throw Failure.logInEnded }
        let moment = accounts.hasMoments ? try await accounts.moment() : nil
        guard let account = try await accounts.account(named: claims.sub, at: moment), account.stands(behind: claims)
        else { throw Failure.logInEnded }
        return Acting(account: account, moment: moment, proof: claims.proof)
    }

    /// - Throws: `logInAgain` unless the proof is of the last 10 minutes. One of the future is none.
    func requireRecentLogIn(_ proof: LogInProof?) throws(Failure) {
        let now = now()
        guard let proof, (now - Self.recent + 1)...(now + Self.leeway) ~= proof.time else { throw .logInAgain }
    }

    /// The account for which a token stands that says so; nil when it no longer does.
    func account(of claims: TokenClaims) async throws -> Account? {
        guard let account = try await accounts.account(named: claims.sub), account.stands(behind: claims) else {
            return nil
        }
        return account
    }

    /// What a valid token says, which a lane has shown.
    func claims(of token: String, lane: UInt64) throws(TokenError) -> TokenClaims {
        let changes = keys.changes
        // To compare a token with itself takes no time, to look for it among others does.
        let known = lanes.withLock { lanes in
            lanes[lane].flatMap { $0.changes == changes && $0.token == token ? $0.claims : nil }
        }
        if let known, known.isCurrent(at: now()) { return known }
        let claims = try claims(of: token)
        lanes.withLock { $0[lane] = Shown(token: token, claims: claims, changes: changes) }
        return claims
    }

    /// Nothing more comes from the lane.
    func ended(lane: UInt64) {
        lanes.withLock { $0[lane] = nil }
    }

    /// What a valid token says.
    package func claims(of token: String) throws(TokenError) -> TokenClaims {
        let changes = keys.changes
        if let known = recall(token, changes) {
            if known.isCurrent(at: now()) { return known }
            checked.withLock { _ = $0.claims.removeValue(forKey: token) }
        }
        let claims = try keys.verify(token)
        remember(claims, of: token, changes)
        return claims
    }

    /// What was checked with other keys is forgotten: one of them may have been withdrawn.
    private func recall(_ token: String, _ changes: Int) -> TokenClaims? {
        checked.withLock { checked in
            if checked.changes != changes { checked = Checked(changes: changes) }
            return checked.claims[token]
        }
    }

    private func remember(_ claims: TokenClaims, of token: String, _ changes: Int) {
        checked.withLock { checked in
            guard checked.changes == changes else { return }
            if checked.claims.count >= maximumChecked { checked.claims.removeAll() }
            checked.claims[token] = claims
        }
    }
}

extension Account {
    /// Whether a token that says so is still good.
    fileprivate func stands(behind claims: TokenClaims) -> Bool { epoch == claims.epoch && state == .active }
}
