import Seal
import Secrets
import Signing
import Store
import Synchronization

/// A key as the store has it, together with its unwrapped form after the first use.
final class KnownKey: Sendable {
    let row: AccountKey
    private let envelope = Mutex<EnvelopeKey?>(nil)
    private let signing = Mutex<SigningKey?>(nil)

    init(_ row: AccountKey) {
        self.row = row
    }

    /// Returns the encryption key. `unwrap` is called once, and its result is kept.
    func envelope(_ unwrap: (AccountKey) throws -> SecretBytes) throws -> EnvelopeKey {
        try envelope.withLock { try $0.orSet(EnvelopeKey(try unwrap(row))) }
    }

    /// Returns the signing key. `unwrap` is called once for its seed, and the key is kept.
    func signing(_ unwrap: (AccountKey) throws -> SecretBytes) throws -> SigningKey {
        try signing.withLock { try $0.orSet(SigningKey(seed: try unwrap(row))) }
    }
}

extension Optional {
    /// Returns the value, and makes and keeps it first if it is nil.
    fileprivate mutating func orSet(_ make: @autoclosure () throws -> Wrapped) rethrows -> Wrapped {
        if let self { return self }
        let new = try make()
        self = new
        return new
    }
}
