import Seal
import Signing
import Synchronization
import Wire

/// The keys of a site's tokens: the public keys that verify tokens and, in an auth server, the key that signs them.
///
/// The key files are read again when a token names an unknown key, because a rotation publishes a key before it is
/// used. They are also read again when the operator tells the daemon to reload.
package final class TokenKeys: Sendable {
    /// The keys that the files hold.
    package struct Contents: Sendable {
        /// The public keys by which tokens are accepted, the newest first.
        package let published: [VerifyingKey]
        /// The key that signs tokens; nil in a server that issues none.
        package let signing: SigningKey?

        package init(published: [VerifyingKey], signing: SigningKey?) {
            self.published = published
            self.signing = signing
        }
    }

    private struct State {
        var contents: Contents
        var verifier: TokenVerifier
        /// The number of times that the published keys have changed.
        var changes: Int
    }

    private let site: String
    private let now: @Sendable () -> Int
    private let load: @Sendable () throws -> Contents
    private let state: Mutex<State>
    /// The time of the last attempt to read the files, in Unix seconds. The lock is held during the read, so that
    /// older contents never replace newer ones.
    private let reading: Mutex<Int>

    /// Reads the keys for the first time.
    ///
    /// - Parameters:
    ///   - site: The issuer and the audience of the tokens.
    ///   - now: Returns the current time in Unix seconds.
    ///   - load: Reads the files.
    package init(
        site: String, now: @escaping @Sendable () -> Int, load: @escaping @Sendable () throws -> Contents
    ) throws {
        self.site = site
        self.now = now
        self.load = load
        let contents = try load()
        state = Mutex(State(contents: contents, verifier: Self.verifier(contents, site), changes: 0))
        reading = Mutex(now())
    }

    package func reload() throws {
        try reading.withLock { try read(&$0) }
    }

    private func read(_ last: inout Int) throws {
        last = now()
        let new = try load()
        let verifier = Self.verifier(new, site)
        state.withLock { state in
            if new.published.map(\.raw) != state.contents.published.map(\.raw) { state.changes += 1 }
            (state.contents, state.verifier) = (new, verifier)
        }
    }

    /// The number of times that the published keys have changed. After a change, a token that was verified before may
    /// no longer be valid.
    var changes: Int { state.withLock { $0.changes } }

    /// The public keys that verify tokens, the newest first.
    package var published: [VerifyingKey] { state.withLock { $0.contents.published } }

    /// Returns the bearer of a valid token. It reads the files again if the token names an unknown key.
    func verify(_ token: String) throws(TokenError) -> Bearer {
        let (verifier, changes) = state.withLock { ($0.verifier, $0.changes) }
        do throws(TokenError) {
            return try Bearer(verifier.verify(token, now: now()))
        } catch {
            guard error == .unknownKey, hasOthers(than: changes) else { throw error }
            return try Bearer(state.withLock { $0.verifier }.verify(token, now: now()))
        }
    }

    /// Whether the published keys have changed by now. The files are read at most once a second, even if a read
    /// fails, so that forged tokens do not cause constant reading.
    private func hasOthers(than known: Int) -> Bool {
        reading.withLock { last in
            if changes == known, now() > last { try? read(&last) }
            return changes != known
        }
    }

    /// Issues a token.
    ///
    /// - Parameter proof: How the session logged in; nil for a token that is handed out.
    /// - Throws: `SealError` if this server has no signing key.
    func issue(to account: AccountName, epoch: Int64, lifetime: Int, proof: LogInProof? = nil) throws -> String {
        guard let key = state.withLock({ $0.contents.signing }) else { throw SealError.malformed }
        let signer = TokenSigner(key: key, issuer: site, audience: site)
        return try signer.issue(
            subject: account.description, epoch: Int(epoch), now: now(), lifetime: lifetime, proof: proof)
    }

    /// Returns the signer of challenges, which is the same on all auth servers of the site.
    ///
    /// - Throws: `SealError` if this server has no signing key.
    func challenges() throws -> ChallengeSigner {
        guard let key = state.withLock({ $0.contents.signing }) else { throw SealError.malformed }
        return try ChallengeSigner(key: key.seed, server: site)
    }

    private static func verifier(_ contents: Contents, _ site: String) -> TokenVerifier {
        TokenVerifier(keys: contents.published, issuer: site, audience: site)
    }
}

/// The claims of a valid token, and the account name that was read from them.
package struct Bearer: Sendable {
    let account: AccountName
    package let claims: TokenClaims

    init(_ claims: TokenClaims) throws(TokenError) {
        // Tokens contain names in their canonical spelling, so another spelling belongs to no account.
        guard let account = AccountName(canonical: claims.sub) else { throw .malformed }
        (self.account, self.claims) = (account, claims)
    }
}
