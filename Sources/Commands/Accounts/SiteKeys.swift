import Signing
import Store
import Wire

/// Tells the site's own public keys from those of people. None of the site's may be one to log in with: for an account's
/// signing key, SIGN would answer challenges.
package struct SiteKeys: Sendable {
    private let store: Store
    private let tokenKeys: TokenKeys
    private let others: Set<[UInt8]>

    /// `others`: public keys of the server beside those of accounts and tokens.
    package init(store: Store, tokenKeys: TokenKeys, others: Set<[UInt8]> = []) {
        (self.store, self.tokenKeys, self.others) = (store, tokenKeys, others)
    }

    /// Whether it is a signing key of some account, of any version, or one of the site's own.
    func contains(_ publicKey: [UInt8]) async throws -> Bool {
        if isServers(publicKey) { return true }
        return try await store.isAccountKey(publicKey)
    }

    private func isServers(_ publicKey: [UInt8]) -> Bool {
        others.contains(publicKey) || tokenKeys.published.contains { $0.raw == publicKey }
    }

    /// The key that somebody wants to log in with, from the line of a `.pub` file.
    func logInKey(_ line: [UInt8]) async throws -> SSHPublicKey {
        let key = try newLogInKey(line)
        guard try await !store.isAccountKey(key.raw) else { throw Failure.siteKey }
        return key
    }

    /// The same, for a new account. Whether the key is an account's is not asked: the store that adds the account refuses
    /// it then.
    func newLogInKey(_ line: [UInt8]) throws(Failure) -> SSHPublicKey {
        let key: SSHPublicKey
        do throws(SSHPublicKey.Fault) {
            key = try SSHPublicKey(line: line)
        } catch {
            switch error {
            case .malformed: throw .notAKey
            case .otherType: throw .otherKeyType
            case .options: throw .keyOptions
            }
        }
        guard !isServers(key.raw) else { throw .siteKey }
        return key
    }
}
