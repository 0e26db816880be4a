import Seal
import Signing
import Synchronization
import Wire

/// The keys of a site's tokens: those by which they are known, and, in an auth server, the one that signs.
///
/// They are read again when a token names a key that is not known yet, since a rotation publishes a key before it is
/// used; and when the daemon is told to.
package final class TokenKeys: Sendable {
    /// What the files hold.
    package struct Contents: Sendable {
        /// By which tokens are accepted, the newest first.
        package let published: [VerifyingKey]
        /// nil in a server that issues none.
        package let signing: SigningKey?

        package init(published: [VerifyingKey], signing: SigningKey?) {
            self.published = published
            self.signing = signing
        }
    }

    private struct State {
        var contents: Contents
        var verifier: TokenVerifier
        /// How often the published keys became others.
        var changes: Int
    }

    private let site: String
    private let now: @Sendable () -> Int
    private let load: @Sendable () throws -> Contents
    private let state: Mutex<State>
    /// When the files were last read, or tried to be, in Unix seconds. Held meanwhile, so that what was read earlier never
    /// replaces what was read later.
    private let reading: Mutex<Int>

    /// `site`: issuer and audience of the tokens. `now`: Unix seconds.
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

    /// Changes when the published keys become others: what was verified before may not be any more.
    var changes: Int { state.withLock { $0.changes } }

    /// The public keys, newest first.
    package var published: [VerifyingKey] { state.withLock { $0.contents.published } }

    /// The bearer of a valid token.
    func verify(_ token: String) throws(TokenError) -> Bearer {
        let (verifier, changes) = state.withLock { ($0.verifier, $0.changes) }
        do throws(TokenError) {
            return try Bearer(verifier.verify(token, now: now()))
        } catch {
            guard error == .unknownKey, hasOthers(than: changes) else { throw error }
            return try Bearer(state.withLock { $0.verifier }.verify(token, now: now()))
        }
    }

    /// Whether there are other keys by now. They are looked for once a second, whatever comes of it, so that forged
    /// tokens do not make it read all the time.
    private func hasOthers(than known: Int) -> Bool {
        reading.withLock { last in
            if changes == known, now() > last { try? read(&last) }
            return changes != known
        }
    }

    /// `proof`: nil for a token that is handed out.
    ///
    /// - Throws: `SealError` when there is no key that signs.
    func issue(to account: AccountName, epoch: Int64, lifetime: Int, proof: LogInProof? = nil) throws -> String {
        guard let key = state.withLock({ $0.contents.signing }) else { throw SealError.malformed }
        let signer = TokenSigner(key: key, issuer: site, audience: site)
        return try signer.issue(
            subject: account.description, epoch: Int(epoch), now: now(), lifetime: lifetime, proof: proof)
    }

    /// What challenges are made with, the same on all auth servers of the site.
    func challenges() throws -> ChallengeSigner {
        guard let key = state.withLock({ $0.contents.signing }) else { throw SealError.malformed }
        return try ChallengeSigner(key: key.seed, server: site)
    }

    private static func verifier(_ contents: Contents, _ site: String) -> TokenVerifier {
        TokenVerifier(keys: contents.published, issuer: site, audience: site)
    }
}

/// What a valid token says, with the name of its account as it was read once.
package struct Bearer: Sendable {
    let account: AccountName
    package let claims: TokenClaims

    init(_ claims: TokenClaims) throws(TokenError) {
        // Another spelling of a name is nobody's: tokens are made of names in their canonical spelling.
        guard let account = AccountName(canonical: claims.sub) else { throw .malformed }
        (self.account, self.claims) = (account, claims)
    }
}
