import Signing
import Store
import Wire

/// Tells the site's own public keys from the keys of users. A key of the site must never be a log-in key. If an
/// account's signing key were one, SIGN would answer challenges for it.
package struct SiteKeys: Sendable {
    private let store: Store
    private let tokenKeys: TokenKeys
    private let others: Set<[UInt8]>

    /// Creates the check.
    ///
    /// - Parameter others: The server's public keys that belong neither to accounts nor to tokens.
    package init(store: Store, tokenKeys: TokenKeys, others: Set<[UInt8]> = []) {
        (self.store, self.tokenKeys, self.others) = (store, tokenKeys, others)
    }

    /// Whether the key is a signing key of any account, in any version, or another key of the site.
    func contains(_ publicKey: [UInt8]) async throws -> Bool {
        if isServers(publicKey) { return true }
        return try await store.isAccountKey(publicKey)
    }

    private func isServers(_ publicKey: [UInt8]) -> Bool {
        others.contains(publicKey) || tokenKeys.published.contains { $0.raw == publicKey }
    }

    /// Checks that a log-in key is not one of the site's own keys.
    ///
    /// - Throws: `siteKey` if it is one of them.
    func requireForeign(_ key: SSHPublicKey) async throws {
        guard try await !contains(key.raw) else { throw Failure.siteKey }
    }

    /// Checks the log-in key of a new account against the server's keys only. The store compares it with the keys of
    /// all accounts when it adds the account.
    ///
    /// - Throws: `siteKey` if it is one of the server's own keys.
    func requireForeign(toServer key: SSHPublicKey) throws(Failure) {
        guard !isServers(key.raw) else { throw .siteKey }
    }
}
