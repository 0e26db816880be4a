import Seal
import Store
import Synchronization

/// A key as the store has it and, once somebody has unwrapped it, as it is used.
final class KnownKey: Sendable {
    let row: AccountKey
    private let secret = Mutex<SecretBytes?>(nil)
    private let signing = Mutex<SigningKey?>(nil)

    init(_ row: AccountKey) {
        self.row = row
    }

    /// An encryption key, which `unwrap` is asked for once.
    func secret(_ unwrap: (AccountKey) throws -> SecretBytes) throws -> SecretBytes {
        try secret.withLock { secret in
            if let secret { return secret }
            let new = try unwrap(row)
            secret = new
            return new
        }
    }

    /// A signing key, whose seed `unwrap` is asked for once.
    func signing(_ unwrap: (AccountKey) throws -> SecretBytes) throws -> SigningKey {
        try signing.withLock { signing in
            if let signing { return signing }
            let new = try SigningKey(seed: try unwrap(row))
            signing = new
            return new
        }
    }
}
