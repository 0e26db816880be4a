import Signing
import Store
import Synchronization
import Wire

/// Determines which account a session acts for, from the token that its requests carry. The proxy that passes the
/// token on is not trusted.
package final class Identities: Sendable {
    private let keys: TokenKeys
    let accounts: AccountCache
    private let now: @Sendable () -> Int
    private let maximumChecked: Int
    private let checked: Mutex<Checked>
    /// A token that was verified.
    final class VerifiedToken: Sendable {
        let token: String
        let bearer: Bearer
        /// The value of `TokenKeys.changes` when the token was verified.
        private let changes: Int
        /// The claims are accepted from `start` on and expire at `end`. Both are in seconds since 1970.
        private let start, end: Int

        init(token: String, bearer: Bearer, changes: Int) {
            (self.token, self.bearer, self.changes) = (token, bearer, changes)
            (start, end) = (bearer.claims.start, bearer.claims.exp)
        }

        func isGood(_ changes: Int, at now: Int) -> Bool { changes == self.changes && isCurrent(at: now) }

        fileprivate func isCurrent(at now: Int) -> Bool { now >= start && now < end }
    }

    /// The tokens whose signature was verified, so that each is verified once. Their number is bounded.
    private struct Checked {
        var bearers: [String: Bearer] = [:]
        /// The value of `TokenKeys.changes` when the tokens were verified.
        var changes = 0
    }

    /// Creates a verifier of identities.
    ///
    /// - Parameters:
    ///   - maximumChecked: The maximum number of verified tokens that are remembered.
    ///   - now: Returns the current time in Unix seconds.
    package init(
        keys: TokenKeys, accounts: AccountCache, maximumChecked: Int = 16_384, now: @escaping @Sendable () -> Int
    ) {
        self.keys = keys
        self.accounts = accounts
        self.maximumChecked = maximumChecked
        self.now = now
        checked = Mutex(Checked())
    }

    /// The number of verified tokens that are remembered.
    var remembered: Int { checked.withLock { $0.bearers.count } }

    /// The account that requests act for. It is an object, so that the next request of its lane can use it again.
    final class ActingAccount: Sendable {
        let account: Account
        /// The account's name.
        var name: AccountName { verified.bearer.account }
        /// The moment at which the account was current.
        let moment: AccountCache.Moment
        fileprivate let verified: VerifiedToken

        fileprivate init(_ account: Account, at moment: AccountCache.Moment, _ verified: VerifiedToken) {
            (self.account, self.moment, self.verified) = (account, moment, verified)
        }

        /// How and when the session proved that it acts for the account; nil if it showed only a token.
        var proof: LogInProof? { verified.bearer.claims.proof }
    }

    /// The number of seconds after which a log-in is no longer recent.
    private static let recent = 600
    /// The number of seconds by which the clock of the auth server that took the log-in may be ahead.
    private static let leeway = 60

    /// Which account a session must act for to issue a command.
    enum Need {
        case nobody
        case account
        /// An account, by a log-in within the last 10 minutes.
        case recent
    }

    /// Returns the account that the caller's token names, as it is now; nil if the command needs no account.
    ///
    /// - Throws: `logInFirst` without a token. `logInEnded` if the token has expired, was ended, or is not a token of
    ///   this site. `logInAgain` if the log-in must be recent and is not.
    func account(of caller: Caller, for need: Need) async throws -> ActingAccount? {
        need == .nobody ? nil : try await account(of: caller, isRecent: need == .recent)
    }

    /// Returns the account that the caller's token names, as it was at the moment; nil if the command needs no
    /// account.
    ///
    /// - Throws: The refusals of `account(of:for:)`, and `NotInMemory` if something must be read first.
    func known(_ caller: Caller, for need: Need, at moment: AccountCache.Moment) throws -> ActingAccount? {
        guard need != .nobody else { return nil }
        guard let known = try known(caller, at: moment, isRecent: need == .recent) else { throw NotInMemory.acting }
        return known
    }

    /// Returns the account that the caller's token names, as it is now.
    ///
    /// - Parameter isRecent: Whether the log-in must have happened within the last 10 minutes.
    func account(of caller: Caller, isRecent: Bool = false) async throws -> ActingAccount {
        if let moment = accounts.present, let known = try known(caller, at: moment, isRecent: isRecent) { return known }
        let verified = try verified(by: caller)
        let moment = try await accounts.moment()
        let account = try await accounts.account(named: verified.bearer.account, at: moment)
        return try acting(account, verified, at: moment, for: caller, isRecent: isRecent)
    }

    /// Returns the account that the caller's token names, as it was at the moment; nil if something must be read
    /// first.
    func known(_ caller: Caller, at moment: AccountCache.Moment, isRecent: Bool = false) throws(Failure)
        -> ActingAccount?
    {
        if let known = caller.laneContext?.acting, known.moment == moment, known.verified.token == caller.token,
            known.verified.isGood(keys.changes, at: now())
        {
            accounts.countHit()
            if isRecent { try requireRecentLogIn(known.proof) }
            return known
        }
        let verified = try verified(by: caller)
        guard let account = accounts.known(verified.bearer.account, at: moment) else { return nil }
        return try acting(account, verified, at: moment, for: caller, isRecent: isRecent)
    }

    private func verified(by caller: Caller) throws(Failure) -> VerifiedToken {
        guard let token = caller.token else { throw .logInFirst }
        guard let verified = try? verified(token, caller.laneContext) else { throw .logInEnded }
        return verified
    }

    private func acting(
        _ account: Account?, _ verified: VerifiedToken, at moment: AccountCache.Moment, for caller: Caller,
        isRecent: Bool
    ) throws(Failure) -> ActingAccount {
        guard let account, account.stands(behind: verified.bearer.claims) else { throw .logInEnded }
        if isRecent { try requireRecentLogIn(verified.bearer.claims.proof) }
        let acting = ActingAccount(account, at: moment, verified)
        caller.laneContext?.setActing(acting)
        return acting
    }

    /// Checks that the session logged in within the last 10 minutes.
    ///
    /// - Throws: `logInAgain` if it did not, or if the time of the log-in lies in the future by more than the leeway.
    private func requireRecentLogIn(_ proof: LogInProof?) throws(Failure) {
        let now = now()
        guard let proof, (now - Self.recent + 1)...(now + Self.leeway) ~= proof.time else { throw .logInAgain }
    }

    /// Returns the bearer of the caller's token, if the token is valid; nil for a caller without a token.
    func bearer(of caller: Caller) throws(TokenError) -> Bearer? {
        guard let token = caller.token else { return nil }
        return try verified(token, caller.laneContext).bearer
    }

    private func verified(_ token: String, _ lane: LaneContext?) throws(TokenError) -> VerifiedToken {
        let changes = keys.changes
        // Comparing a token with the lane's last token takes almost no time. Looking for it among all tokens takes
        // longer.
        if let known = lane?.verified, known.token == token, known.isGood(changes, at: now()) { return known }
        let new = VerifiedToken(token: token, bearer: try bearer(of: token), changes: changes)
        lane?.setVerified(new)
        return new
    }

    /// Returns the bearer of a valid token.
    package func bearer(of token: String) throws(TokenError) -> Bearer {
        let changes = keys.changes
        if let known = recall(token, changes) {
            if known.claims.isCurrent(at: now()) { return known }
            checked.withLock { _ = $0.bearers.removeValue(forKey: token) }
        }
        let bearer = try keys.verify(token)
        remember(bearer, of: token, changes)
        return bearer
    }

    /// Returns the bearer of a remembered token. All tokens are forgotten if the keys have changed since, because a
    /// key may have been withdrawn.
    private func recall(_ token: String, _ changes: Int) -> Bearer? {
        checked.withLock { checked in
            if checked.changes != changes { checked = Checked(changes: changes) }
            return checked.bearers[token]
        }
    }

    private func remember(_ bearer: Bearer, of token: String, _ changes: Int) {
        checked.withLock { checked in
            guard checked.changes == changes else { return }
            if checked.bearers.count >= maximumChecked { checked.bearers.removeAll() }
            checked.bearers[token] = bearer
        }
    }
}

extension Account {
    /// Whether a token with these claims is still good for the account.
    func stands(behind claims: TokenClaims) -> Bool { epoch == claims.epoch && state == .active }
}
