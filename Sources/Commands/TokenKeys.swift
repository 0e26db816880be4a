import Seal
import Synchronization

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
        /// Unix seconds.
        var read: Int
    }

    private let site: String
    private let now: @Sendable () -> Int
    private let load: @Sendable () throws -> Contents
    private let state: Mutex<State>

    /// `site`: issuer and audience of the tokens. `now`: Unix seconds.
    package init(
        site: String, now: @escaping @Sendable () -> Int, load: @escaping @Sendable () throws -> Contents
    ) throws {
        self.site = site
        self.now = now
        self.load = load
        state = Mutex(Self.state(try load(), site, now()))
    }

    package func reload() throws {
        let new = Self.state(try load(), site, now())
        state.withLock { $0 = new }
    }

    /// The public keys, newest first.
    package var published: [VerifyingKey] { state.withLock { $0.contents.published } }

    /// What a valid token says.
    func verify(_ token: String) throws(TokenError) -> TokenClaims {
        let (verifier, read) = state.withLock { ($0.verifier, $0.read) }
        do throws(TokenError) {
            return try verifier.verify(token, now: now())
        } catch {
            // Once a second, so that forged tokens do not make it read all the time.
            guard error == .unknownKey, now() > read, (try? reload()) != nil else { throw error }
            return try state.withLock { $0.verifier }.verify(token, now: now())
        }
    }

    /// - Throws: `SealError` when there is no key that signs.
    func issue(to account: String, epoch: Int64, lifetime: Int) throws -> String {
        guard let key = state.withLock({ $0.contents.signing }) else { throw SealError.malformed }
        let signer = TokenSigner(key: key, issuer: site, audience: site)
        return try signer.issue(subject: account, epoch: Int(epoch), now: now(), lifetime: lifetime)
    }

    /// What challenges are made with, the same on all auth servers of the site.
    func challenges() throws -> ChallengeSigner {
        guard let key = state.withLock({ $0.contents.signing }) else { throw SealError.malformed }
        return try ChallengeSigner(key: key.seed, server: site)
    }

    private static func state(_ contents: Contents, _ site: String, _ now: Int) -> State {
        let verifier = TokenVerifier(keys: contents.published, issuer: site, audience: site)
        return State(contents: contents, verifier: verifier, read: now)
    }
}
