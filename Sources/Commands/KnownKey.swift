import Seal
import Store
import Synchronization

/// A key as the store has it and, once somebody has unwrapped it, as it is used.
final class KnownKey: Sendable {
    let row: AccountKey
    private let envelope = Mutex<EnvelopeKey?>(nil)
    private let signing = Mutex<SigningKey?>(nil)

    init(_ row: AccountKey) {
        self.row = row
    }

    /// An encryption key, which `unwrap` is asked for once.
    func envelope(_ unwrap: (AccountKey) throws -> SecretBytes) throws -> EnvelopeKey {
        try envelope.withLock { envelope in
            if let envelope { return envelope }
            let new = try EnvelopeKey(try unwrap(row))
            envelope = new
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
