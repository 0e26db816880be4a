import Seal
import Signing
import Store
import Synchronization

/// A key as the store has it and, once somebody has unwrapped it, as it is used.
final class KnownKey: Sendable {
    let row: AccountKey
    private let envelope = Once<EnvelopeKey>()
    private let signing = Once<SigningKey>()

    init(_ row: AccountKey) {
        self.row = row
    }

    /// An encryption key, which `unwrap` is asked for once.
    func envelope(_ unwrap: (AccountKey) throws -> SecretBytes) throws -> EnvelopeKey {
        try envelope.value { try EnvelopeKey(try unwrap(row)) }
    }

    /// A signing key, whose seed `unwrap` is asked for once.
    func signing(_ unwrap: (AccountKey) throws -> SecretBytes) throws -> SigningKey {
        try signing.value { try SigningKey(seed: try unwrap(row)) }
    }
}

/// A value that is made when somebody asks for it first.
private final class Once<Value: Sendable>: Sendable {
    private let known = Mutex<Value?>(nil)

    func value(_ make: () throws -> Value) throws -> Value {
        try known.withLock { known in
            if let known { return known }
            let new = try make()
            known = new
            return new
        }
    }
}
