import Seal
import Secrets
import Signing
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
        try envelope.withLock { try $0.orSet(EnvelopeKey(try unwrap(row))) }
    }

    /// A signing key, whose seed `unwrap` is asked for once.
    func signing(_ unwrap: (AccountKey) throws -> SecretBytes) throws -> SigningKey {
        try signing.withLock { try $0.orSet(SigningKey(seed: try unwrap(row))) }
    }
}

extension Optional {
    /// The value, which is made if there is none.
    fileprivate mutating func orSet(_ make: @autoclosure () throws -> Wrapped) rethrows -> Wrapped {
        if let self { return self }
        let new = try make()
        self = new
        return new
    }
}
