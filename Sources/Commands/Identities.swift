import Seal
import Store
import Synchronization
import Wire

/// Finds out who a session acts for, from the token that it carries. Whoever carries it is not trusted.
package final class Identities: Sendable {
    private let keys: TokenKeys
    private let store: any Store
    private let now: @Sendable () -> Int
    /// Tokens whose signature was checked, so that it is checked once; bounded.
    private let checked = Mutex<[String: TokenClaims]>([:])
    private static let maximumChecked = 16_384

    /// `now`: Unix seconds.
    package init(keys: TokenKeys, store: any Store, now: @escaping @Sendable () -> Int) {
        self.keys = keys
        self.store = store
        self.now = now
    }

    /// Forgets what was checked, since a key may have been withdrawn.
    package func reload() {
        checked.withLock { $0.removeAll() }
    }

    /// The account that the caller's token names, as it is now.
    ///
    /// - Throws: `logInFirst` without a token, `logInEnded` when it has expired, was ended, or is none of this site.
    package func account(of caller: Caller) async throws -> Account {
        guard let token = caller.token else { throw Failure.logInFirst }
        guard let claims = try? claims(of: token), let account = try await account(of: claims) else {
            throw Failure.logInEnded
        }
        return account
    }

    /// The account for which a token stands that says so; nil when it no longer does.
    func account(of claims: TokenClaims) async throws -> Account? {
        guard let account = try await store.account(named: claims.sub), account.epoch == claims.epoch,
            account.state == .active
        else { return nil }
        return account
    }

    /// What a valid token says.
    package func claims(of token: String) throws(TokenError) -> TokenClaims {
        if let known = checked.withLock({ $0[token] }) {
            guard now() < known.exp else {
                checked.withLock { _ = $0.removeValue(forKey: token) }
                throw .expired
            }
            return known
        }
        let claims = try keys.verify(token)
        checked.withLock { known in
            if known.count >= Self.maximumChecked { known.removeAll() }
            known[token] = claims
        }
        return claims
    }
}
