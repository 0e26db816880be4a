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

    /// - Throws: `siteKey` if it is one of the site's own, which nobody may log in with.
    func requireForeign(_ key: SSHPublicKey) async throws {
        guard try await !contains(key.raw) else { throw Failure.siteKey }
    }

    /// The same, for the key of a new account. Whether it is an account's is not asked: the store that adds the account
    /// refuses it then.
    func requireForeign(toServer key: SSHPublicKey) throws(Failure) {
        guard !isServers(key.raw) else { throw .siteKey }
    }
}
